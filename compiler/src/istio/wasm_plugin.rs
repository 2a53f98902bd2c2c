//! `WasmPlugin`: the filter itself. Phase AUTHZ: after Istio's own authentication, before its authorization.

use policies::bundle::PluginConfig;
use serde::Serialize;

use super::{Module, Object, Selector};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    selector: Selector,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    phase: &'static str,
    fail_strategy: &'static str,
    plugin_name: &'static str,
    #[serde(rename = "match")]
    traffic: [Traffic; 1],
    plugin_config: PluginConfig,
}

#[derive(Debug, Clone, Serialize)]
struct Traffic {
    mode: Mode,
}

/// Without a mode a sidecar would run the filter twice, for what comes in and for what goes out.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Mode {
    /// gateways
    Client,
    /// what comes into a sidecar
    Server,
}

pub(super) fn object(
    name: &str,
    namespace: &str,
    selector: Selector,
    mode: Mode,
    config: &PluginConfig,
    module: &Module,
) -> Object {
    let spec = Spec {
        selector,
        url: module.url.clone(),
        sha256: module.checksum().map(str::to_owned),
        phase: "AUTHZ",
        fail_strategy: "FAIL_CLOSE",
        plugin_name: "modelgate",
        traffic: [Traffic { mode }],
        plugin_config: config.clone(),
    };
    Object::new(
        "extensions.istio.io/v1alpha1",
        "WasmPlugin",
        name,
        namespace,
        super::Spec::WasmPlugin(spec),
    )
}
