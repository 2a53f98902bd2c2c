//! `ServiceEntry`: makes the host that keys are fetched from a cluster of every proxy that needs it.

use serde::Serialize;

use crate::lower::{address, mesh_host};

use super::{Object, object_name};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    hosts: [String; 1],
    location: &'static str,
    resolution: &'static str,
    ports: [Port; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    endpoints: Vec<Endpoint>,
    export_to: [&'static str; 1],
}

#[derive(Debug, Clone, Serialize)]
struct Port {
    number: u16,
    name: &'static str,
    protocol: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Endpoint {
    address: String,
}

/// Found by DNS; an IP literal, which only `insecureJwks` allows, is its own endpoint.
pub(super) fn object(host: &str, port: u16, tls: bool, namespace: &str) -> Object {
    let (name, protocol) = if tls {
        ("https", "HTTPS")
    } else {
        ("http", "HTTP")
    };
    let address = address(host);
    let spec = Spec {
        hosts: [mesh_host(host)],
        location: "MESH_EXTERNAL",
        resolution: if address.is_some() { "STATIC" } else { "DNS" },
        ports: [Port {
            number: port,
            name,
            protocol,
        }],
        endpoints: address
            .iter()
            .map(|address| Endpoint {
                address: address.to_string(),
            })
            .collect(),
        export_to: ["."],
    };
    let spec = super::Spec::ServiceEntry(spec);
    Object::new(
        "networking.istio.io/v1",
        "ServiceEntry",
        &object_name(host, port),
        namespace,
        spec,
    )
}
