#!/usr/bin/env bash
# Builds Prometheus and promtool, without service discovery and without the page; prints the folder that contains them.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_prometheus() {
    local module=github.com/prometheus/prometheus
    cd "$1"
    GOFLAGS=-buildvcs=false GOBIN=$1/out go install -tags netgo,remove_all_sd -ldflags="-s -w" \
        "$module/cmd/prometheus@v$prometheus_version" "$module/cmd/promtool@v$prometheus_version"
    "$1/out/promtool" --version
}

cached "prometheus-$prometheus_version" make_prometheus
