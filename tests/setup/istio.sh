#!/usr/bin/env bash
# Builds istiod (pilot-discovery), the agent (pilot-agent) and istioctl; prints the folder that contains them,
# beside the CRDs (crds.yaml) and the agent's bootstrap template (envoy_bootstrap.json) of the same version.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/versions.sh"
. "$here/cache.sh"

make_istio() {
    local module=istio.io/istio source
    cd "$1"
    GOFLAGS=-buildvcs=false GOBIN=$1/out go install -ldflags="-s -w" \
        "$module/pilot/cmd/pilot-discovery@$istio_version" \
        "$module/pilot/cmd/pilot-agent@$istio_version" \
        "$module/istioctl/cmd/istioctl@$istio_version"
    source=$(go env GOMODCACHE)/$module@$istio_version
    install -m 644 "$source/manifests/charts/base/files/crd-all.gen.yaml" "$1/out/crds.yaml"
    install -m 644 "$source/tools/packaging/common/envoy_bootstrap.json" "$1/out/envoy_bootstrap.json"
}

cached "istio-$istio_version" make_istio
