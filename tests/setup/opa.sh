#!/usr/bin/env bash
# Builds an ext_authz server over Open Policy Agent's library, of tests/bench/opa; prints the folder that contains `opa`.
# The module of OPA's own Envoy plugin is not to be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

source=$here/../bench/opa/main.go

make_opa() {
    mkdir "$1/module"
    cp "$source" "$1/module"
    cd "$1/module"
    go mod init opa
    go mod edit -require "github.com/open-policy-agent/opa@v$opa_version" \
        -require "github.com/envoyproxy/go-control-plane/envoy@v$control_plane_version"
    go mod tidy
    go build -buildvcs=false -ldflags="-s -w" -o "$1/out/opa" .
}

cached "opa-$opa_version-$(sha256sum "$source" | cut -c 1-8)" make_opa
