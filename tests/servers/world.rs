//! Everything that runs: the model servers, an Envoy as gateway, and one at each Seldon deployment, as its sidecar would be.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::json;
use tests::cases::caller::Caller;
use tests::cases::fixture::{Compiled, compile_folder};
use tests::envoy::{Proxy, Setup};
use tests::process::Group;
use tests::setup::project;

use crate::launch::{Addresses, Components};

/// Time that the servers get to start, all at once on two cores.
const START: Duration = Duration::from_secs(240);
/// Backends that speak HTTP/2 alone.
const GRPC: [&str; 4] = [
    "mlserver-grpc",
    "kserve-grpc",
    "seldon-cats",
    "seldon-secret",
];
const GATEWAY: &str = "gateway: { namespace: istio-system, labels: { istio: ingressgateway } }";

/// All of it. What is dropped ends.
pub struct World {
    pub edge: Proxy,
    /// of `seldon-cats` and `seldon-secret`
    pub sidecars: [Proxy; 2],
    pub at: Addresses,
    pub components: Components,
    /// with a record for each server
    pub run: PathBuf,
    _servers: Vec<Group>,
}

impl World {
    /// Starts everything, and waits until it is ready.
    pub fn start() -> Result<Self> {
        let components = Components::install()?;
        let run = project().join("target/servers");
        match fs::remove_dir_all(&run) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(&run)?,
        }
        let at = Addresses::new()?;
        let mut servers = Vec::new();
        for server in components.servers(&run, &at) {
            let log = run.join(server.name).with_extension("log");
            let group = Group::start(server.name, server.command, &log)?;
            servers.push((group, server.addresses));
        }
        let edge = edge(&at)?;
        let sidecars = [sidecar("seldon-cats", &at)?, sidecar("seldon-secret", &at)?];
        for (group, addresses) in &mut servers {
            for address in addresses {
                group.wait_for_port(*address, START)?;
            }
        }
        Ok(Self {
            edge,
            sidecars,
            at,
            components,
            run,
            _servers: servers.into_iter().map(|(group, _)| group).collect(),
        })
    }

    /// No virtual machine of any Envoy failed.
    pub fn healthy(&self) -> Result<()> {
        for proxy in self.sidecars.iter().chain([&self.edge]) {
            proxy.no_machine_failed()?;
        }
        Ok(())
    }
}

/// What `authorization` says when ana calls.
pub fn authorization() -> Result<String> {
    let caller = Caller::Known("ana".to_owned());
    let values = caller.authorization(now()?);
    values.into_iter().next().context("ana has a token")
}

/// Unix seconds.
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

fn edge(at: &Addresses) -> Result<Proxy> {
    let compiled = compiled(|gate| gate)?;
    let upstreams = [
        ("mlserver-rest", at.mlserver[0]),
        ("mlserver-grpc", at.mlserver[1]),
        ("kserve-rest", at.kserve[0]),
        ("kserve-grpc", at.kserve[1]),
        ("litellm", at.litellm),
        ("llama", at.llama),
        ("seldon-cats", at.seldon_cats[0]),
        ("seldon-secret", at.seldon_secret[0]),
        ("bento-cats", at.bento_cats),
        ("bento-secret", at.bento_secret),
    ];
    let mut setup = Setup::among(&compiled, addresses(&upstreams), None)?;
    speak_http2(&mut setup, &GRPC[..2])?;
    setup.start("servers-edge")
}

/// The proxy beside a Seldon deployment's gRPC server: it knows where it is by its node's metadata.
fn sidecar(app: &str, at: &Addresses) -> Result<Proxy> {
    let compiled =
        compiled(|gate| gate.replacen(GATEWAY, "sidecars: { namespaces: [seldon] }", 1))?;
    let upstreams = [
        ("seldon-cats", at.seldon_cats[1]),
        ("seldon-secret", at.seldon_secret[1]),
    ];
    let mut setup = Setup::among(&compiled, addresses(&upstreams), None)?;
    speak_http2(&mut setup, &GRPC[2..])?;
    setup.bootstrap["node"]["metadata"] =
        json!({ "NAMESPACE": "seldon", "LABELS": { "seldon-deployment-id": app } });
    setup.start(&format!("servers-{app}"))
}

fn compiled(change: impl Fn(String) -> String) -> Result<Compiled> {
    compile_folder(&project().join("tests/servers/policy"), change)
}

fn addresses(upstreams: &[(&str, SocketAddr)]) -> BTreeMap<String, String> {
    let pair = |(name, address): &(&str, SocketAddr)| ((*name).to_owned(), address.to_string());
    upstreams.iter().map(pair).collect()
}

/// As Istio has it for a port that is called `grpc`.
fn speak_http2(setup: &mut Setup, names: &[&str]) -> Result<()> {
    const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    let clusters = setup.bootstrap["static_resources"]["clusters"].as_array_mut();
    let clusters = clusters.context("the bootstrap has clusters")?;
    let called = |name: &serde_json::Value| names.iter().any(|wanted| name == wanted);
    for cluster in clusters
        .iter_mut()
        .filter(|cluster| called(&cluster["name"]))
    {
        cluster["typed_extension_protocol_options"][OPTIONS] = json!({
            "@type": format!("type.googleapis.com/{OPTIONS}"),
            "explicit_http_config": { "http2_protocol_options": {} },
        });
    }
    Ok(())
}
