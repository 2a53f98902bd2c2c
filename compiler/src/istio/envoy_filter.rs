//! `EnvoyFilter`: the filter itself, where body mode `hold` needs what a `WasmPlugin` cannot say: that the request's headers wait
//! for the body (`allow_on_headers_stop_iteration`), and that the body fits the proxy's buffer.

use policies::bundle::PluginConfig;
use serde::Serialize;
use serde_json::{Value, json};

use super::wasm_plugin::Mode;
use super::{Module, Object, Selector};
use crate::envoy::buffer_limit;

const WASM: &str = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm";
const RBAC: &str = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC";
const MANAGER: &str = "envoy.filters.network.http_connection_manager";
const JWT_AUTHN: &str = "envoy.filters.http.jwt_authn";
const ROUTER: &str = "envoy.filters.http.router";
/// Istio refuses to guess where among other patches the relative ones of this object come.
const PRIORITY: i32 = 10;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    workload_selector: Labels,
    priority: i32,
    config_patches: Vec<ConfigPatch>,
}

#[derive(Debug, Clone, Serialize)]
struct Labels {
    labels: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigPatch {
    apply_to: &'static str,
    #[serde(rename = "match")]
    matches: Match,
    patch: Patch,
}

#[derive(Debug, Clone, Serialize)]
struct Match {
    context: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<Value>,
}

#[derive(Debug, Clone, Serialize)]
struct Patch {
    operation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

pub(super) fn object(
    name: &str,
    namespace: &str,
    selector: Selector,
    mode: Mode,
    config: &PluginConfig,
    limit: u64,
    module: &Module,
) -> Object {
    let context = match mode {
        Mode::Client => "GATEWAY",
        Mode::Server => "SIDECAR_INBOUND",
    };
    // one name a proxy: two gates' objects may select the same pods
    let resource = format!("{namespace}.{name}");
    let mut patches = vec![
        ConfigPatch::new("EXTENSION_CONFIG", context, "ADD")
            .with(extension(&resource, config, module)),
        ConfigPatch::new("VIRTUAL_HOST", context, "MERGE")
            .with(json!({ "request_body_buffer_limit": buffer_limit(limit) })),
    ];
    patches.extend(placing(&resource, context));
    let spec = Spec {
        workload_selector: Labels {
            labels: selector.match_labels,
        },
        priority: PRIORITY,
        config_patches: patches,
    };
    Object::new(
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        name,
        namespace,
        super::Spec::EnvoyFilter(spec),
    )
}

/// Puts the filter where a `WasmPlugin` of phase AUTHZ is, right behind `jwt_authn`; and where nothing verifies tokens, before
/// the router, which is always there: no listener is without the filter. Patches cannot ask whether another one was
/// applied, but they are applied in their order, REPLACE takes the first that fits and REMOVE all: of a place holder at
/// each of the two places the first becomes the filter, and what is left goes.
fn placing(resource: &str, context: &'static str) -> [ConfigPatch; 4] {
    let holder = format!("{resource}.place");
    let at =
        |name: &str, operation| ConfigPatch::new("HTTP_FILTER", context, operation).at_filter(name);
    [
        at(ROUTER, "INSERT_BEFORE").with(discovered(&holder)),
        at(JWT_AUTHN, "INSERT_AFTER").with(discovered(&holder)),
        at(&holder, "REPLACE").with(discovered(resource)),
        at(&holder, "REMOVE"),
    ]
}

/// A filter whose configuration comes by ECDS, as istiod writes it for a `WasmPlugin`: until it is there, the listener waits; where
/// the module cannot be loaded, the agent puts an RBAC filter in its place that denies everything.
fn discovered(resource: &str) -> Value {
    json!({
        "name": resource,
        "config_discovery": {
            "config_source": {
                "ads": {},
                "initial_fetch_timeout": "0s",
                "resource_api_version": "V3",
            },
            "type_urls": [WASM, RBAC],
        },
    })
}

fn extension(resource: &str, config: &PluginConfig, module: &Module) -> Value {
    json!({
        "name": resource,
        "typed_config": {
            "@type": WASM,
            "config": {
                "name": resource,
                "root_id": "modelgate",
                "failure_policy": "FAIL_CLOSED",
                "allow_on_headers_stop_iteration": true,
                "vm_config": {
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": code(module),
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": json!(config).to_string(),
                },
            },
        },
    })
}

/// As istiod writes a `WasmPlugin`'s `url`. The agent fetches what is remote and says `local` to the proxy, so that no cluster is
/// ever asked; `nil` is its word for no checksum.
fn code(module: &Module) -> Value {
    if let Some(path) = module.url.strip_prefix("file://") {
        return json!({ "local": { "filename": path } });
    }
    json!({
        "remote": {
            "http_uri": { "uri": module.url, "cluster": "_", "timeout": "30s" },
            "sha256": module.checksum().unwrap_or("nil"),
        },
    })
}

impl ConfigPatch {
    fn new(apply_to: &'static str, context: &'static str, operation: &'static str) -> Self {
        Self {
            apply_to,
            matches: Match {
                context,
                listener: None,
            },
            patch: Patch {
                operation,
                value: None,
            },
        }
    }

    fn with(mut self, value: Value) -> Self {
        self.patch.value = Some(value);
        self
    }

    /// Of every HTTP connection manager, the filter of this name.
    fn at_filter(mut self, name: &str) -> Self {
        let filter = json!({ "name": MANAGER, "subFilter": { "name": name } });
        self.matches.listener = Some(json!({ "filterChain": { "filter": filter } }));
        self
    }
}
