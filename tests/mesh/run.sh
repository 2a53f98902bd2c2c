#!/usr/bin/env bash
# The real-mesh tests, after `make build`: installs the components, and runs in private namespaces. Arguments go to the
# test binary (`--list`, a name to filter by, ...).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"

for component in envoy kubectl etcd istio kube-apiserver; do
    tests/setup/$component.sh > /dev/null
done
binary=$(cargo test --quiet --locked -p policies -p compiler -p cli -p tests --test mesh --no-run --message-format json |
    python3 -c 'import json, sys
for line in sys.stdin:
    made = json.loads(line)
    if made["reason"] == "compiler-artifact" and made["target"]["name"] == "mesh":
        print(made["executable"])')
MODELGATE=$root/target/dist/modelgate
MODELGATE_WASM=$root/target/dist/modelgate.wasm
MESH_FOLDER=$root/target/mesh
export MODELGATE MODELGATE_WASM MESH_FOLDER

rm -rf "$MESH_FOLDER"
mkdir -p "$MESH_FOLDER"
user=()
[ "$(id -u)" = 0 ] || user=(--map-root-user)
unshare "${user[@]}" --mount --net --pid --fork --kill-child --mount-proc "$here/namespace.sh" "$binary" "$@"
