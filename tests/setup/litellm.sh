#!/usr/bin/env bash
# Installs LiteLLM's proxy; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_litellm() {
    environment "$1/out" --constraint "$here/litellm.lock" "litellm[proxy]==$litellm_version"
    # else it fetches prices
    LITELLM_LOCAL_MODEL_COST_MAP=True "$1/out/bin/python" -c 'import litellm.proxy.proxy_cli'
}

cached "litellm-$litellm_version" make_litellm
