#!/usr/bin/env bash
# Installs the OpenID provider with the versions of the example's package-lock.json; prints the folder that contains
# `node_modules`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
source=$(cd "$here/../../examples/platform/servers/idp" && pwd)

make_oidc_provider() {
    cp "$source/package.json" "$source/package-lock.json" "$1/out/"
    npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$1/out"
    test -f "$1/out/node_modules/oidc-provider/package.json"
}

cached "oidc-provider-$oidc_provider_version" make_oidc_provider
