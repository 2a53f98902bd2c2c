#!/usr/bin/env bash
# Installs Seldon Core's Python wrapper; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_seldon() {
    environment "$1/out" --constraint "$here/seldon.lock" "seldon-core==$seldon_version" "setuptools<81"
    "$1/out/bin/python" -c 'import seldon_core.microservice'
}

cached "seldon-$seldon_version" make_seldon
