#!/usr/bin/env bash
# Installs Binaryen; prints the folder that contains `bin/wasm-opt`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_binaryen() {
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$1/out" "binaryen@$binaryen_version"
    mkdir "$1/out/bin"
    ln -s ../node_modules/.bin/wasm-opt "$1/out/bin/wasm-opt"
    "$1/out/bin/wasm-opt" --version
}

cached "binaryen-$binaryen_version" make_binaryen
