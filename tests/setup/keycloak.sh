#!/usr/bin/env bash
# Installs Keycloak, built for a database in memory; prints the folder that contains `lib/quarkus-run.jar`.
#
# Needs Java 17 (`java`) whenever it runs, and Maven (`mvn`) once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

needs() {
    command -v "$1" > /dev/null && return
    echo "keycloak needs $2: \`$1\` is not on the path" >&2
    exit 1
}

make_keycloak() {
    needs mvn Maven
    mvn --quiet --batch-mode dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$keycloak_version:tar.gz" \
        "-DoutputDirectory=$1"
    tar -xzf "$1/keycloak-quarkus-dist-$keycloak_version.tar.gz" -C "$1/out" --strip-components=1
    "$1/out/bin/kc.sh" build --db=dev-mem --health-enabled=true
}

needs java 'Java 17'
cached "keycloak-$keycloak_version" make_keycloak
