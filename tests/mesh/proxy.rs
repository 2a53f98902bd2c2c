//! One istio-agent with its Envoy: an ingress gateway or a sidecar. The network has no interception, hence each has an
//! address of its own, and a folder of its own as working directory with what a pod would have mounted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tests::process::Group;

use crate::components::Components;
use crate::control_plane::ISTIOD;
use crate::kubectl::Kubectl;
use crate::poll;

const LIMIT: Duration = Duration::from_secs(90);

/// What a proxy is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Lets clients in.
    Gateway,
    /// Stands beside one workload.
    Sidecar,
}

/// One proxy of the mesh.
#[derive(Clone, Copy)]
pub struct Place {
    /// Gateway or sidecar.
    pub role: Role,
    /// The pod's name; also its service account.
    pub name: &'static str,
    /// The pod's namespace.
    pub namespace: &'static str,
    /// The pod's address.
    pub address: &'static str,
    /// The pod's labels, names and values.
    pub labels: [(&'static str, &'static str); 2],
    /// The first of the four ports that its administration needs.
    pub ports: u16,
}

impl Place {
    /// The identity in its certificate.
    pub fn identity(&self) -> String {
        format!(
            "spiffe://cluster.local/ns/{}/sa/{}",
            self.namespace, self.name
        )
    }
}

/// A running proxy; dropping it ends the agent, and the end of the process namespace its Envoy.
pub struct Proxy {
    status: String,
    agent: Group,
}

impl Proxy {
    /// Starts the agent for `place`. Its service account must exist; it is ready only after [`Proxy::ready`].
    pub fn start(
        place: &Place,
        components: &Components,
        kubectl: &Kubectl,
        folder: &Path,
    ) -> Result<Self> {
        let work = folder.join(place.name);
        mount(place, kubectl, &work)?;
        let role = if place.role == Role::Gateway {
            "router"
        } else {
            "sidecar"
        };
        let mut command = Command::new(components.istio.join("pilot-agent"));
        command
            .current_dir(&work)
            .args(["proxy", role, "--concurrency", "1", "--templateFile"])
            .arg(components.istio.join("envoy_bootstrap.json"))
            .envs(pod(place))
            .envs(mesh(place, components));
        let agent = Group::start(
            place.name,
            command,
            &folder.join(format!("{}.log", place.name)),
        )?;
        Ok(Self {
            status: format!("127.0.0.1:{}", place.ports),
            agent,
        })
    }

    /// Polls until the agent says that its Envoy is ready.
    pub fn ready(&mut self) -> Result<()> {
        let status = &self.status;
        self.agent
            .wait_until(LIMIT, || poll::answers(status, "/healthz/ready"))
    }
}

/// Writes the files that a pod would have mounted.
fn mount(place: &Place, kubectl: &Kubectl, work: &Path) -> Result<()> {
    for folder in [
        "var/run/secrets/tokens",
        "var/run/secrets/istio",
        "etc/istio/pod",
        "etc/istio/proxy",
    ] {
        fs::create_dir_all(work.join(folder))?;
    }
    let token = kubectl.token(place.namespace, place.name, "istio-ca")?;
    fs::write(work.join("var/run/secrets/tokens/istio-token"), token)?;
    let root = [
        "get",
        "configmap",
        "istio-ca-root-cert",
        "-n",
        "istio-system",
    ];
    let root = kubectl.run(&[&root[..], &["-o", r"jsonpath={.data.root-cert\.pem}"]].concat())?;
    fs::write(work.join("var/run/secrets/istio/root-cert.pem"), root)?;
    let line = |(label, value)| format!("{label}=\"{value}\"\n");
    let lines: String = place.labels.into_iter().map(line).collect();
    Ok(fs::write(work.join("etc/istio/pod/labels"), lines)?)
}

fn pod(place: &Place) -> [(&'static str, String); 6] {
    let labels: BTreeMap<&str, &str> = place.labels.into_iter().collect();
    [
        ("POD_NAME", place.name.to_owned()),
        ("POD_NAMESPACE", place.namespace.to_owned()),
        ("INSTANCE_IP", place.address.to_owned()),
        ("SERVICE_ACCOUNT", place.name.to_owned()),
        ("ISTIO_METAJSON_LABELS", json!(labels).to_string()),
        ("ISTIO_META_INTERCEPTION_MODE", "NONE".to_owned()),
    ]
}

fn mesh(place: &Place, components: &Components) -> [(&'static str, String); 8] {
    let config = json!({
        "discoveryAddress": ISTIOD,
        "binaryPath": components.envoy.join("envoy"),
        "configPath": "./etc/istio/proxy",
        "statusPort": place.ports,
        "proxyAdminPort": place.ports + 1,
        // how long connections made under an old listener may keep its filters
        "drainDuration": "1s",
    });
    [
        ("PROXY_CONFIG", config.to_string()),
        ("CA_ADDR", ISTIOD.to_owned()),
        ("PILOT_CERT_PROVIDER", "istiod".to_owned()),
        ("TRUST_DOMAIN", "cluster.local".to_owned()),
        ("JWT_POLICY", "third-party-jwt".to_owned()),
        ("ISTIO_META_CLUSTER_ID", "Kubernetes".to_owned()),
        (
            "ISTIO_METAJSON_ENVOY_STATUS_PORT",
            (place.ports + 2).to_string(),
        ),
        (
            "ISTIO_METAJSON_ENVOY_PROMETHEUS_PORT",
            (place.ports + 3).to_string(),
        ),
    ]
}
