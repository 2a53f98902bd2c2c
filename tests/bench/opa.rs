//! Open Policy Agent behind Envoy's ext_authz: a process beside the proxy, which is asked about every request.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::envoy::{Setup, folder};
use tests::process::{Group, free_addresses};
use tests::setup::{component, project};
use tests::token::{Key, jwks};

const START: Duration = Duration::from_secs(20);
const CLUSTER: &str = "opa";

/// The filter that asks.
#[must_use]
pub fn ext_authz() -> Value {
    json!({ "name": "envoy.filters.http.ext_authz", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
        "transport_api_version": "V3",
        "grpc_service": { "envoy_grpc": { "cluster_name": CLUSTER }, "timeout": "10s" },
    } })
}

/// Starts the process, with this rule of the policy, and leads the proxy to it.
///
/// # Errors
/// It is not built, or does not start.
pub fn start(rule: &str, setup: &mut Setup) -> Result<Group> {
    let [address] = free_addresses()?;
    let data = folder()?.join("opa.json");
    let keys = jwks(&[Key::Rsa1, Key::Ec1]).to_string();
    let known = json!({ "jwks": keys, "issuer": "https://id.example.com/realms/people", "audience": "ml-models" });
    fs::write(&data, known.to_string())?;
    let mut command = Command::new(component("opa")?.join("opa"));
    command
        .arg(address.to_string())
        .arg(project().join("tests/bench/opa/policy.rego"))
        .arg(data)
        .arg(format!("data.models.{rule}"));
    let mut group = Group::start("opa", command, &folder()?.join(format!("opa-{rule}.log")))?;
    group.wait_for_port(address, START)?;
    let clusters = setup.bootstrap["static_resources"]["clusters"].as_array_mut();
    clusters
        .context("there are clusters")?
        .push(cluster(address));
    Ok(group)
}

fn cluster(address: SocketAddr) -> Value {
    json!({
        "name": CLUSTER,
        "type": "STATIC",
        "typed_extension_protocol_options": { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": { "http2_protocol_options": {} },
        } },
        "load_assignment": { "cluster_name": CLUSTER, "endpoints": [{ "lb_endpoints": [{ "endpoint": {
            "address": { "socket_address": { "address": address.ip(), "port_value": address.port() } } } }] }] },
    })
}
