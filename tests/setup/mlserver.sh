#!/usr/bin/env bash
# Installs MLServer; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_mlserver() {
    environment "$1/out" --constraint "$here/mlserver.lock" "mlserver==$mlserver_version"
    "$1/out/bin/python" -c 'import mlserver'
}

cached "mlserver-$mlserver_version" make_mlserver
