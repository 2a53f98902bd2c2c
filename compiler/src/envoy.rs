//! A complete bootstrap for a plain Envoy, so that anybody can try the filter without a mesh: one listener with the filter,
//! routes to the backends as Istio would route them, and the clusters that the filter fetches keys from.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use policies::bundle::{BodyMode, Bundle, PluginConfig, Route};
use serde_json::{Value, json};

use crate::policy::{Address, Issuer};

mod cluster;

/// Where things are on this machine.
#[derive(Debug, Clone)]
pub struct Place {
    /// path of `modelgate.wasm` as Envoy sees it
    pub wasm: String,
    /// address that Envoy listens on
    pub listen: SocketAddr,
    /// `HOST:PORT` of each backend's service and of each issuer with remote keys
    pub upstreams: BTreeMap<String, String>,
    /// PEM file with the authorities that issuers' certificates are checked against; the system's where there is none
    pub authorities: Option<String>,
    /// address of Envoy's admin interface
    pub admin: Option<SocketAddr>,
}

/// Why there is no bootstrap.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BootstrapError {
    /// an upstream is not given
    #[error("no address for `{name}`: add `--upstream {name}=HOST:PORT`")]
    Missing {
        /// service or issuer
        name: String,
    },
    /// Istio is to verify its tokens, and there is none
    #[error(
        "issuer `{name}` says `verifiedBy: istio`, and a plain Envoy has no Istio: delete the line for this bootstrap"
    )]
    NeedsIstio {
        /// issuer
        name: String,
    },
    /// an upstream is given that nothing needs
    #[error(
        "`{name}` is neither a backend's service nor an issuer whose keys are fetched; known: {known}"
    )]
    Unknown {
        /// as given
        name: String,
        /// comma-separated
        known: String,
    },
    /// an address that is none
    #[error("`{address}` of `{name}` is not HOST:PORT")]
    Address {
        /// service or issuer
        name: String,
        /// as given
        address: String,
    },
}

/// Prints the bootstrap, as JSON that ends with a line break.
///
/// # Errors
/// See [`BootstrapError`].
pub fn bootstrap(
    bundle: &Bundle,
    text: &str,
    issuers: &[Issuer],
    place: &Place,
) -> Result<String, BootstrapError> {
    if let Some(issuer) = issuers.iter().find(|issuer| issuer.verified_by_istio) {
        let name = issuer.name.clone();
        return Err(BootstrapError::NeedsIstio { name });
    }
    check_names(bundle, issuers, place)?;
    let mut bootstrap = json!({
        "node": { "id": format!("modelgate-{}", bundle.target), "cluster": "modelgate" },
        "static_resources": {
            "listeners": [listener(bundle, text, place)],
            "clusters": clusters(bundle, issuers, place)?,
        },
    });
    if let Some(admin) = place.admin {
        bootstrap["admin"] = json!({ "address": socket_address(admin) });
    }
    Ok(format!("{bootstrap:#}\n"))
}

fn services(bundle: &Bundle) -> impl Iterator<Item = &str> {
    let services: std::collections::BTreeSet<&str> = bundle
        .routes
        .iter()
        .map(|route| route.service.as_str())
        .collect();
    services.into_iter()
}

fn remote(issuers: &[Issuer]) -> impl Iterator<Item = &Issuer> {
    issuers.iter().filter(|issuer| issuer.fetched().is_some())
}

fn check_names(bundle: &Bundle, issuers: &[Issuer], place: &Place) -> Result<(), BootstrapError> {
    let known: Vec<&str> = services(bundle)
        .chain(remote(issuers).map(|issuer| issuer.name.as_str()))
        .collect();
    match place
        .upstreams
        .keys()
        .find(|name| !known.contains(&name.as_str()))
    {
        Some(name) => Err(BootstrapError::Unknown {
            name: name.clone(),
            known: known.join(", "),
        }),
        None => Ok(()),
    }
}

fn address<'a>(name: &str, place: &'a Place) -> Result<(&'a str, u16), BootstrapError> {
    let missing = || BootstrapError::Missing {
        name: name.to_owned(),
    };
    let text = place.upstreams.get(name).ok_or_else(missing)?;
    let parsed = text
        .rsplit_once(':')
        .and_then(|(host, port)| Some((host, port.parse().ok()?)));
    parsed.ok_or_else(|| BootstrapError::Address {
        name: name.to_owned(),
        address: text.clone(),
    })
}

fn clusters(
    bundle: &Bundle,
    issuers: &[Issuer],
    place: &Place,
) -> Result<Vec<Value>, BootstrapError> {
    let mut clusters = BTreeMap::new();
    for service in services(bundle) {
        clusters.insert(
            service.to_owned(),
            cluster::plain(service, address(service, place)?),
        );
    }
    for issuer in remote(issuers) {
        let Some(Address {
            tls, host, port, ..
        }) = issuer.fetched()
        else {
            continue;
        };
        let name = crate::lower::cluster(host, *port);
        let upstream = address(&issuer.name, place)?;
        let made = match tls {
            true => cluster::tls(&name, upstream, host, place.authorities.as_deref()),
            false => cluster::plain(&name, upstream),
        };
        clusters.insert(name, made);
    }
    Ok(clusters.into_values().collect())
}

fn listener(bundle: &Bundle, text: &str, place: &Place) -> Value {
    let manager = json!({
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "modelgate",
        "normalize_path": true,
        "merge_slashes": false,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "common_http_protocol_options": { "idle_timeout": "60s" },
        "request_timeout": "300s",
        "http_filters": [
            filter(bundle, text, place),
            { "name": "envoy.filters.http.router", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } },
        ],
        "route_config": { "name": "modelgate", "virtual_hosts": virtual_hosts(bundle) },
    });
    json!({
        "name": "modelgate",
        "address": socket_address(place.listen),
        "filter_chains": [{ "filters": [{
            "name": "envoy.filters.network.http_connection_manager", "typed_config": manager }] }],
    })
}

/// What a request may have buffered, in bytes, so that the filter gets a body of `limit` bytes whole, and is shown one that is larger
/// before Envoy itself refuses it: Envoy adds to what is held all that it read at once, as much as a connection's buffer
/// takes (1 MiB unless it was changed) and a little more.
pub(crate) const fn buffer_limit(limit: u64) -> u64 {
    const READ_AT_ONCE: u64 = 2 << 20;
    limit.saturating_add(READ_AT_ONCE)
}

fn socket_address(address: SocketAddr) -> Value {
    json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } })
}

/// What the bundle's text becomes on its way into the filter.
#[must_use]
pub fn plugin_config(text: &str, hold_headers: bool) -> PluginConfig {
    PluginConfig::new(text, hold_headers)
}

fn filter(bundle: &Bundle, text: &str, place: &Place) -> Value {
    let hold = bundle.body.mode == BodyMode::Hold;
    let configuration = json!(plugin_config(text, hold)).to_string();
    json!({
        "name": "modelgate",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": "modelgate",
                "root_id": "modelgate",
                "failure_policy": "FAIL_CLOSED",
                "allow_on_headers_stop_iteration": hold,
                "vm_config": {
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": { "local": { "filename": place.wasm } },
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration },
            },
        },
    })
}

/// One virtual host for each set of hosts; within it the longest prefix first.
fn virtual_hosts(bundle: &Bundle) -> Vec<Value> {
    let mut hosts: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
    for route in &bundle.routes {
        for host in &route.hosts {
            hosts.entry(host).or_default().push(route);
        }
    }
    let mut hosts: Vec<Value> = hosts
        .into_iter()
        .map(|(host, routes)| virtual_host(host, routes))
        .collect();
    if bundle.body.mode == BodyMode::Hold {
        for host in &mut hosts {
            host["request_body_buffer_limit"] = json!(buffer_limit(bundle.body.limit));
        }
    }
    hosts
}

fn virtual_host(host: &str, mut routes: Vec<&Route>) -> Value {
    routes.sort_by(|a, b| {
        b.prefix
            .len()
            .cmp(&a.prefix.len())
            .then_with(|| a.prefix.cmp(&b.prefix))
    });
    json!({
        "name": host,
        "domains": [host, format!("{host}:*")],
        "routes": routes.iter().flat_map(|route| calls(route)).chain(routes.iter().map(|plain| route(plain))).collect::<Vec<Value>>(),
    })
}

/// The route of gRPC calls that find their backend by header fields, as Seldon's operator writes it.
fn calls(route: &Route) -> Option<Value> {
    let exact = |(name, value): &(String, String)| json!({ "name": name, "string_match": { "exact": value } });
    let headers: Vec<Value> = route.call_headers.iter().map(exact).collect();
    let action = json!({ "cluster": route.service, "timeout": "300s" });
    let matched = json!({ "prefix": "/", "grpc": {}, "headers": headers });
    (!route.call_headers.is_empty()).then(|| json!({ "match": matched, "route": action }))
}

/// Seldon's operator writes the same prefix and rewrite into its VirtualService.
fn route(route: &Route) -> Value {
    let mut action = json!({ "cluster": route.service, "timeout": "300s" });
    if !route.prefix.is_empty() {
        action["prefix_rewrite"] = json!("/");
    }
    json!({ "match": { "prefix": format!("{}/", route.prefix) }, "route": action })
}
