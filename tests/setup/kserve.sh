#!/usr/bin/env bash
# Installs KServe's Python server; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_kserve() {
    environment "$1/out" --constraint "$here/kserve.lock" "kserve==$kserve_version"
    "$1/out/bin/python" -c 'import kserve'
}

cached "kserve-$kserve_version" make_kserve
