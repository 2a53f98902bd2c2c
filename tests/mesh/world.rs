//! The whole mesh of the example: control plane, identity provider, gateway, one sidecar and backend for each model
//! service, and a workload that calls them from inside.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value};
use tests::token::Key;

use crate::backend::{Arrival, Backend};
use crate::certificates::Authority;
use crate::components::Components;
use crate::control_plane::ControlPlane;
use crate::identity::{self, Issuer};
use crate::kubectl::Kubectl;
use crate::policies;
use crate::proxy::{Place, Proxy, Role};

/// The gateway.
pub const GATEWAY: Place = Place {
    role: Role::Gateway,
    name: "istio-ingressgateway",
    namespace: "istio-system",
    address: "127.0.0.10",
    labels: [("istio", "ingressgateway"), ("app", "istio-ingressgateway")],
    ports: 16000,
};

/// The model services, each in the namespace that owns it.
pub const MODELS: [Place; 3] = [
    workload("fraud-detector", "fraud", "127.0.0.11", 16010),
    workload("risk-scorer", "risk", "127.0.0.12", 16020),
    workload("assistant-llm", "assistant", "127.0.0.13", 16030),
];

/// A workload of another team, which the example lets call a model by its certificate.
pub const CHECKOUT: Place = workload("checkout", "payments", "127.0.0.21", 16040);

/// A workload of another team, whose certificate gives it no rights.
pub const REFUND: Place = workload("refund", "payments", "127.0.0.22", 16050);

/// Where the filter's module is fetched from, by who does not load it from a file.
pub const MODULE_URL: &str = "https://id.example.com/modelgate.wasm";
const MODULE_PATH: &str = "/modelgate.wasm";

const IDENTITY_PROVIDER: &str = "id.example.com";

/// Everything that runs.
pub struct World {
    /// The programs.
    pub components: Components,
    /// The API server.
    pub kubectl: Kubectl,
    backends: BTreeMap<&'static str, Backend>,
    issuers: BTreeMap<&'static str, Issuer>,
    /// Where logs and made files are.
    pub folder: PathBuf,
    _proxies: Vec<Proxy>,
    _control_plane: ControlPlane,
}

impl World {
    /// Starts everything; returns when every proxy is ready.
    pub fn start(folder: &Path) -> Result<Self> {
        let components = Components::installed()?;
        let issuers = start_identity_provider(folder)?;
        let control_plane = ControlPlane::start(&components, folder)?;
        let kubectl = control_plane.kubectl.clone();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("mesh/fixtures");
        kubectl.apply(&fixtures.join("namespaces.yaml"))?;
        kubectl.apply(&fixtures.join("plumbing"))?;
        let mut backends = BTreeMap::new();
        for place in MODELS {
            backends.insert(
                place.name,
                Backend::start(&format!("{}:9000", place.address))?,
            );
        }
        let proxies = start_proxies(&components, &kubectl, folder)?;
        Ok(Self {
            components,
            kubectl,
            backends,
            issuers,
            folder: folder.to_owned(),
            _proxies: proxies,
            _control_plane: control_plane,
        })
    }

    /// What arrived at any backend of the trace `trace`, with the service's name.
    pub fn arrivals(&self, trace: &str) -> Vec<(&'static str, Arrival)> {
        let mut arrivals = Vec::new();
        for (service, backend) in &self.backends {
            arrivals.extend(
                backend
                    .arrived(trace)
                    .into_iter()
                    .map(|arrival| (*service, arrival)),
            );
        }
        arrivals
    }

    /// Whether at least the head of a request of the trace `trace` reached a backend.
    pub fn begun(&self, trace: &str) -> bool {
        self.backends.values().any(|backend| backend.begun(trace))
    }

    /// The log of the proxy at `place`.
    pub fn log(&self, place: &Place) -> PathBuf {
        self.folder
            .join("proxies")
            .join(format!("{}.log", place.name))
    }

    /// A token of the issuer with the short name `issuer`.
    pub fn token(&self, issuer: &str, claims: &Map<String, Value>) -> Result<String> {
        self.issuers
            .get(issuer)
            .with_context(|| format!("no issuer `{issuer}`"))?
            .token(claims)
    }
}

const fn workload(
    name: &'static str,
    namespace: &'static str,
    address: &'static str,
    ports: u16,
) -> Place {
    Place {
        role: Role::Sidecar,
        name,
        namespace,
        address,
        // the one by which our resources know plain pods, and the one of Seldon's operator
        labels: [("app", name), ("seldon-deployment-id", name)],
        ports,
    }
}

fn start_identity_provider(folder: &Path) -> Result<BTreeMap<&'static str, Issuer>> {
    let authority = Authority::new()?;
    authority.join(&folder.join("ca-bundle.crt"))?;
    let mut issuers = BTreeMap::new();
    let mut documents = HashMap::new();
    for (name, key) in [("people", Key::Rsa1), ("workloads", Key::Ec2)] {
        let iss = format!("https://{IDENTITY_PROVIDER}/realms/{name}");
        let issuer = Issuer { name: iss, key };
        documents.insert(
            format!("/realms/{name}/jwks"),
            issuer.key_set().into_bytes(),
        );
        issuers.insert(name, issuer);
    }
    documents.insert(MODULE_PATH.to_owned(), fs::read(policies::module()?)?);
    identity::serve(
        "127.0.0.20:443",
        authority.server(IDENTITY_PROVIDER)?,
        documents,
    )?;
    Ok(issuers)
}

/// Starts all proxies at once, then waits for each.
fn start_proxies(components: &Components, kubectl: &Kubectl, folder: &Path) -> Result<Vec<Proxy>> {
    let work = folder.join("proxies");
    fs::create_dir_all(&work)?;
    let mut proxies = Vec::new();
    for place in [GATEWAY, CHECKOUT, REFUND].iter().chain(&MODELS) {
        proxies.push(Proxy::start(place, components, kubectl, &work)?);
    }
    for proxy in &mut proxies {
        proxy.ready()?;
    }
    Ok(proxies)
}
