#!/usr/bin/env bash
# Builds cargo-deny; prints the folder that contains `bin/cargo-deny`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_cargo_deny() {
    CARGO_TARGET_DIR=$1/target cargo install --quiet --locked --no-track --root "$1/out" "cargo-deny@$cargo_deny_version"
    "$1/out/bin/cargo-deny" --version
}

cached "cargo-deny-$cargo_deny_version" make_cargo_deny
