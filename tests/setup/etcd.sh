#!/usr/bin/env bash
# Builds etcd; prints the folder that contains the `etcd` binary.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_etcd() {
    mkdir "$1/module"
    cd "$1/module"
    cat > main.go <<-'GO'
	package main

	import (
		"os"

		"go.etcd.io/etcd/server/v3/etcdmain"
	)

	func main() { etcdmain.Main(os.Args) }
	GO
    go mod init etcd
    go mod edit -require "go.etcd.io/etcd/server/v3@v$etcd_version"
    go mod tidy
    go build -buildvcs=false -ldflags="-s -w" -o "$1/out/etcd" .
    "$1/out/etcd" --version
}

cached "etcd-$etcd_version" make_etcd
