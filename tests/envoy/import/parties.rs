//! Who talks to whom: workloads with certificates of one authority, as istiod gives them out, and the proxy's side of it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType};
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tests::cases::message::Message;

use crate::client::{Answer, over};

/// What the proxies' names end with.
pub const DOMAIN: &str = "proxy.test";

/// The authority, and what it has signed.
pub struct Parties {
    issuer: Issuer<'static, KeyPair>,
    /// PEM
    authority: String,
    roots: Arc<RootCertStore>,
    /// by SPIFFE identity; whoever has none shows no certificate
    clients: Mutex<BTreeMap<Option<String>, Arc<ClientConfig>>>,
    /// certificate and key of the proxy, PEM
    proxy: (String, String),
}

impl Parties {
    pub fn new() -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // another name than those that it signs have, or they look as if each had signed itself
        let name = rcgen::DnType::CommonName;
        params.distinguished_name.push(name, "import tests");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone())?;
        let key = KeyPair::generate()?;
        let proxy =
            CertificateParams::new(vec![format!("*.{DOMAIN}")])?.signed_by(&key, &issuer)?;
        Ok(Self {
            issuer,
            authority: certificate.pem(),
            roots: Arc::new(roots),
            clients: Mutex::default(),
            proxy: (proxy.pem(), key.serialize_pem()),
        })
    }

    /// Sends the message to the proxy of this name over a connection of its own.
    pub fn send(
        &self,
        address: SocketAddr,
        host: &str,
        peer: Option<&str>,
        message: &Message,
    ) -> Result<Answer> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(crate::client::DUE))?;
        let name = ServerName::try_from(host.to_owned())?;
        let client = ClientConnection::new(self.client(peer)?, name)?;
        over(&mut StreamOwned::new(client, stream), message).with_context(|| host.to_owned())
    }

    fn client(&self, peer: Option<&str>) -> Result<Arc<ClientConfig>> {
        let peer = peer.map(str::to_owned);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = clients.get(&peer) {
            return Ok(known.clone());
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(self.roots.clone());
        let config = Arc::new(match &peer {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = KeyPair::generate()?;
                let mut params = CertificateParams::new(Vec::new())?;
                let name = format!("spiffe://{identity}").try_into()?;
                params.subject_alt_names = vec![SanType::URI(name)];
                let certificate = params.signed_by(&key, &self.issuer)?;
                let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
                builder.with_client_auth_cert(vec![certificate.der().clone()], key)?
            }
        });
        clients.insert(peer, config.clone());
        Ok(config)
    }

    /// The chain of a proxy: like the template, with these filters before the router, and the certificate that every proxy has.
    pub fn chain(&self, template: &Value, host: &str, filters: &[Value]) -> Result<Value> {
        let mut chain = template.clone();
        chain["filter_chain_match"] = json!({ "server_names": [host] });
        chain["transport_socket"] = self.socket();
        let manager = &mut chain["filters"][0]["typed_config"];
        let all = manager["http_filters"].as_array_mut();
        let router = all.and_then(Vec::pop).context("there is a router")?;
        ensure!(router["name"] == "envoy.filters.http.router", "{router}");
        manager["http_filters"] = filters.iter().chain([&router]).cloned().collect();
        manager["route_config"] = json!({ "virtual_hosts": [{
            "name": "all",
            "domains": ["*"],
            "routes": [{ "match": { "prefix": "/" }, "route": { "cluster": SERVER } }],
        }] });
        Ok(chain)
    }

    fn socket(&self) -> Value {
        let (certificate, key) = &self.proxy;
        let inline = |text: &str| json!({ "inline_string": text });
        json!({
            "name": "envoy.transport_sockets.tls",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate": false,
                "common_tls_context": {
                    "tls_certificates": [{ "certificate_chain": inline(certificate), "private_key": inline(key) }],
                    "validation_context": { "trusted_ca": inline(&self.authority) },
                },
            },
        })
    }
}

/// Finds the chain by the name that the client asks for.
pub fn finds_names() -> Value {
    json!([{
        "name": "envoy.filters.listener.tls_inspector",
        "typed_config": { "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector" },
    }])
}

const SERVER: &str = "model-server";

/// The one model server.
pub fn cluster(address: SocketAddr) -> Value {
    let place = json!({ "socket_address": { "address": address.ip().to_string(), "port_value": address.port() } });
    let endpoint = json!({ "endpoint": { "address": place } });
    json!({
        "name": SERVER,
        "type": "STATIC",
        "load_assignment": { "cluster_name": SERVER, "endpoints": [{ "lb_endpoints": [endpoint] }] },
    })
}
