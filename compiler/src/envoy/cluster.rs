//! Envoy clusters: backends in plain text, issuers over TLS with their name checked.

use serde_json::{Value, json};

use crate::lower::address;

/// Where Debian and Alpine keep the system's authorities.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A cluster without TLS.
pub(super) fn plain(name: &str, (host, port): (&str, u16)) -> Value {
    let address = json!({ "socket_address": { "address": host, "port_value": port } });
    let endpoint = json!({ "endpoint": { "address": address } });
    json!({
        "name": name,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "5s",
        "load_assignment": { "cluster_name": name, "endpoints": [{ "lb_endpoints": [endpoint] }] },
    })
}

/// A cluster with TLS: the server must prove to be `name_in_certificate`.
pub(super) fn tls(
    name: &str,
    upstream: (&str, u16),
    name_in_certificate: &str,
    authorities: Option<&str>,
) -> Value {
    let named = address(name_in_certificate).is_none();
    let kind = if named { "DNS" } else { "IP_ADDRESS" };
    let mut cluster = plain(name, upstream);
    cluster["transport_socket"] = json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            "common_tls_context": {
                "validation_context": {
                    "trusted_ca": { "filename": authorities.unwrap_or(SYSTEM_AUTHORITIES) },
                    "match_typed_subject_alt_names": [
                        { "san_type": kind, "matcher": { "exact": name_in_certificate } }],
                },
            },
        },
    });
    if named {
        // an address is no server name (RFC 6066 section 3)
        cluster["transport_socket"]["typed_config"]["sni"] = json!(name_in_certificate);
    }
    cluster
}
