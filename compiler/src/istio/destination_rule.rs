//! `DestinationRule`: keys are fetched over TLS, from a server that proves its name.

use serde::Serialize;

use crate::lower::{address, mesh_host};

use super::{Object, object_name};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    host: String,
    traffic_policy: TrafficPolicy,
    export_to: [&'static str; 1],
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct TrafficPolicy {
    port_level_settings: [PortSettings; 1],
}

#[derive(Debug, Clone, Serialize)]
struct PortSettings {
    port: PortNumber,
    tls: Tls,
}

#[derive(Debug, Clone, Serialize)]
struct PortNumber {
    number: u16,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    mode: &'static str,
    /// today's default, said all the same: meshes set up otherwise would verify nobody
    ca_certificates: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sni: Option<String>,
    subject_alt_names: [String; 1],
}

pub(super) fn object(host: &str, port: u16, namespace: &str) -> Object {
    let tls = Tls {
        mode: "SIMPLE",
        ca_certificates: "system",
        // an address is no server name (RFC 6066 section 3)
        sni: address(host).is_none().then(|| host.to_owned()),
        subject_alt_names: [host.to_owned()],
    };
    let spec = Spec {
        host: mesh_host(host),
        traffic_policy: TrafficPolicy {
            port_level_settings: [PortSettings {
                port: PortNumber { number: port },
                tls,
            }],
        },
        export_to: ["."],
    };
    let spec = super::Spec::DestinationRule(spec);
    Object::new(
        "networking.istio.io/v1",
        "DestinationRule",
        &object_name(host, port),
        namespace,
        spec,
    )
}
