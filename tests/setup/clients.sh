#!/usr/bin/env bash
# Installs the clients that callers of models use, but BentoML's; prints the folder that contains `bin/python`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"
. "$here/environment.sh"

make_clients() {
    environment "$1/out" --constraint "$here/clients.lock" "openai==$openai_version" \
        "tritonclient[all]==$tritonclient_version" requests grpcio grpcio-reflection
    "$1/out/bin/python" -c 'import openai, requests, tritonclient.http, tritonclient.grpc, grpc_reflection'
}

cached "clients-openai-$openai_version-tritonclient-$tritonclient_version" make_clients
