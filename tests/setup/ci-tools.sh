#!/usr/bin/env bash
# Installs what reads the parts for CI as their services do: pre-commit, zizmor and check-jsonschema; prints the folder that contains
# `bin/python` and `bin/zizmor`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_ci_tools() {
    environment "$1/out" --constraint "$here/ci-tools.lock" "pre-commit==$pre_commit_version" "zizmor==$zizmor_version" \
        "check-jsonschema==$check_jsonschema_version"
    "$1/out/bin/python" -m pre_commit --version
    "$1/out/bin/python" -m check_jsonschema --version
    "$1/out/bin/zizmor" --version
}

cached "ci-tools-$pre_commit_version-$zizmor_version-$check_jsonschema_version" make_ci_tools
