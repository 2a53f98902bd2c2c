#!/usr/bin/env bash
# Installs BentoML; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_bentoml() {
    environment "$1/out" --constraint "$here/bentoml.lock" "bentoml==$bentoml_version"
    "$1/out/bin/python" -m bentoml --version
}

cached "bentoml-$bentoml_version" make_bentoml
