//! `ServiceEntry`: makes the host that keys are fetched from a cluster of every proxy that needs it.

use serde::Serialize;

use super::{Object, object_name};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    hosts: [String; 1],
    location: &'static str,
    resolution: &'static str,
    ports: [Port; 1],
    export_to: [&'static str; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Port {
    number: u16,
    name: &'static str,
    protocol: &'static str,
}

pub(super) fn object(host: &str, port: u16, tls: bool, namespace: &str) -> Object {
    let (name, protocol) = if tls { ("https", "HTTPS") } else { ("http", "HTTP") };
    let spec = Spec {
        hosts: [host.to_owned()],
        location: "MESH_EXTERNAL",
        resolution: "DNS",
        ports: [Port { number: port, name, protocol }],
        export_to: ["*"],
    };
    let spec = super::Spec::ServiceEntry(spec);
    Object::new("networking.istio.io/v1", "ServiceEntry", &object_name(host, port), namespace, spec)
}
