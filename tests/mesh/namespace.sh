#!/usr/bin/env bash
# Process 1 of the private mount, network and process namespaces of the mesh tests: raises the loopback, puts our own
# /etc/hosts, CA bundle and /var/lib/istio in place, and runs the command. When it ends, for whatever reason, the
# kernel ends every process that was started in here.
#
# MESH_FOLDER: where the private files live. MESH_FOLDER/ca-bundle.crt starts as the system's; the tests append theirs.
set -euo pipefail

python3 - <<'PY'
import fcntl, socket, struct
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))
PY

system_bundle=/etc/ssl/certs/ca-certificates.crt
cp "$system_bundle" "$MESH_FOLDER/ca-bundle.crt"
mount --bind "$MESH_FOLDER/ca-bundle.crt" "$system_bundle"

printf '127.0.0.1 localhost\n127.0.0.20 id.example.com\n' > "$MESH_FOLDER/hosts"
mount --bind "$MESH_FOLDER/hosts" /etc/hosts

# The agent writes to /var/lib/istio, a constant; an overlay lets it exist here without touching the machine.
overlay=$MESH_FOLDER/overlay
mkdir -p "$overlay"
mount -t tmpfs tmpfs "$overlay"
mkdir "$overlay/upper" "$overlay/work"
mount -t overlay overlay -o "lowerdir=/var/lib,upperdir=$overlay/upper,workdir=$overlay/work" /var/lib
mkdir -p /var/lib/istio/data

trap 'exit 130' INT TERM
"$@" &
wait $!
