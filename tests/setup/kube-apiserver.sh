#!/usr/bin/env bash
# Builds kube-apiserver; prints the folder that contains the `kube-apiserver` binary.
#
# The module k8s.io/kubernetes points its staging modules at folders of its own tree, which `go install` refuses. A
# module of ours requires it and points each of them at its published version instead.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

# published_staging: one -replace argument for each staging module that k8s.io/kubernetes replaces by a folder.
published_staging() {
    local folder
    folder=$(go env GOMODCACHE)/cache/download/k8s.io/kubernetes/@v
    sed -nE "s#^\s*(k8s.io/[a-z0-9-]+) => ./staging/.*#-replace=\1=\1@v0.${kubernetes_version#1.}#p" \
        "$folder/v$kubernetes_version.mod"
}

make_kube_apiserver() {
    local version=k8s.io/component-base/version
    mkdir "$1/module"
    cd "$1/module"
    printf '//go:build never\n\npackage main\n\nimport _ "k8s.io/kubernetes/cmd/kube-apiserver"\n' > main.go
    go mod init apiserver
    go mod download "k8s.io/kubernetes@v$kubernetes_version"
    go mod edit -require "k8s.io/kubernetes@v$kubernetes_version" $(published_staging)
    go mod tidy
    go build -buildvcs=false -o "$1/out/kube-apiserver" -ldflags="-s -w \
        -X $version.gitVersion=v$kubernetes_version -X $version.gitMajor=1 -X $version.gitMinor=36" \
        k8s.io/kubernetes/cmd/kube-apiserver
    "$1/out/kube-apiserver" --version
}

cached "kube-apiserver-$kubernetes_version" make_kube_apiserver
