#!/usr/bin/env bash
# Builds a program over istiod's own code, of tests/envoy/istio, that translates policies into Envoy's filters; prints the folder that
# contains `istio-filters`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

source=$here/../envoy/istio/main.go

make_istio_filters() {
    mkdir "$1/module"
    cp "$source" "$1/module"
    cd "$1/module"
    go mod init istio-filters
    go mod edit -require "istio.io/istio@$istio_version"
    go mod tidy
    go build -buildvcs=false -ldflags="-s -w" -o "$1/out/istio-filters" .
}

cached "istio-filters-$istio_version-$(sha256sum "$source" | cut -c 1-8)" make_istio_filters
