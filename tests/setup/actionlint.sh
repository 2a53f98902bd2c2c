#!/usr/bin/env bash
# Builds actionlint; prints the folder that contains `bin/actionlint`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_actionlint() {
    GOFLAGS=-buildvcs=false GOBIN=$1/out/bin go install "github.com/rhysd/actionlint/cmd/actionlint@v$actionlint_version"
    "$1/out/bin/actionlint" -version
}

cached "actionlint-$actionlint_version" make_actionlint
