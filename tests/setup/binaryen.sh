#!/usr/bin/env bash
# Installs Binaryen; prints the folder that contains `wasm-opt` and `wasm-metadce`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_binaryen() {
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1/out" "binaryen@$binaryen_version"
    "$1/out/node_modules/.bin/wasm-opt" --version
}

echo "$(cached "binaryen-$binaryen_version" make_binaryen)/node_modules/.bin"
