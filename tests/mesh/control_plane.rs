//! etcd, the Kubernetes API server and istiod, on the private loopback: their ports are fixed because nothing else can
//! be there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use rcgen::KeyPair;
use tests::process::Group;

use crate::components::Components;
use crate::kubectl::Kubectl;
use crate::poll;

/// Where agents ask for certificates and configuration; the name is in istiod's certificate.
pub const ISTIOD: &str = "localhost:15012";

const ETCD: &str = "http://127.0.0.1:2379";
const API_SERVER: &str = "https://127.0.0.1:6443";
const ADMIN_TOKEN: &str = "admin-of-the-mesh-tests";
const LIMIT: Duration = Duration::from_secs(60);

/// The running control plane; dropping it ends it.
pub struct ControlPlane {
    /// The way to talk to the API server.
    pub kubectl: Kubectl,
    // in the order in which they must end
    _istiod: Group,
    _api_server: Group,
    _etcd: Group,
}

impl ControlPlane {
    /// Starts all three, one after the other was seen to be ready, with Istio's CRDs and the namespace `istio-system`.
    pub fn start(components: &Components, folder: &Path) -> Result<Self> {
        let kubeconfig = folder.join("kubeconfig");
        let kubectl = Kubectl::new(components.kubectl.join("kubectl"), kubeconfig.clone());
        let etcd = start_etcd(components, folder)?;
        let api_server = start_api_server(components, folder, &kubectl)?;
        kubectl.apply(&components.istio.join("crds.yaml"))?;
        kubectl.run(&["create", "namespace", "istio-system"])?;
        let istiod = start_istiod(components, folder, &kubeconfig)?;
        Ok(Self {
            kubectl,
            _istiod: istiod,
            _api_server: api_server,
            _etcd: etcd,
        })
    }
}

fn start_etcd(components: &Components, folder: &Path) -> Result<Group> {
    let mut command = Command::new(components.etcd.join("etcd"));
    command
        .arg("--data-dir")
        .arg(folder.join("etcd"))
        .arg("--unsafe-no-fsync")
        .args([
            "--listen-client-urls",
            ETCD,
            "--advertise-client-urls",
            ETCD,
        ]);
    let mut etcd = Group::start("etcd", command, &folder.join("etcd.log"))?;
    etcd.wait_until(LIMIT, || poll::answers("127.0.0.1:2379", "/health"))?;
    Ok(etcd)
}

fn start_api_server(components: &Components, folder: &Path, kubectl: &Kubectl) -> Result<Group> {
    let certificates = folder.join("api-server");
    let key = KeyPair::generate()?;
    let (private, public) = (
        folder.join("service-accounts.key"),
        folder.join("service-accounts.pub"),
    );
    fs::write(&private, key.serialize_pem())?;
    fs::write(&public, key.public_key_pem())?;
    let tokens = folder.join("tokens.csv");
    fs::write(
        &tokens,
        format!("{ADMIN_TOKEN},admin,admin,\"system:masters\"\n"),
    )?;
    fs::write(
        folder.join("kubeconfig"),
        kubeconfig(&certificates.join("apiserver.crt")),
    )?;

    let mut command = api_server(components);
    command
        .arg("--cert-dir")
        .arg(&certificates)
        .arg("--service-account-signing-key-file")
        .arg(&private)
        .arg("--service-account-key-file")
        .arg(&public)
        .arg("--token-auth-file")
        .arg(&tokens);
    let mut api_server = Group::start(
        "kube-apiserver",
        command,
        &folder.join("kube-apiserver.log"),
    )?;
    api_server.wait_until(LIMIT, || kubectl.run(&["get", "--raw", "/readyz"]).is_ok())?;
    Ok(api_server)
}

/// What does not depend on this run's files.
fn api_server(components: &Components) -> Command {
    let mut command = Command::new(components.kube_apiserver.join("kube-apiserver"));
    command
        .args([
            "--etcd-servers",
            ETCD,
            "--secure-port=6443",
            "--bind-address=127.0.0.1",
        ])
        .args([
            "--advertise-address=127.0.0.1",
            "--service-cluster-ip-range=10.96.0.0/16",
        ])
        .args([
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
        ])
        .arg("--disable-admission-plugins=ServiceAccount");
    command
}

fn kubeconfig(authority: &Path) -> String {
    format!(
        r"apiVersion: v1
kind: Config
clusters:
  - name: mesh
    cluster: {{ server: '{API_SERVER}', certificate-authority: '{}' }}
users:
  - name: admin
    user: {{ token: {ADMIN_TOKEN} }}
contexts:
  - name: mesh
    context: {{ cluster: mesh, user: admin }}
current-context: mesh
",
        authority.display()
    )
}

fn start_istiod(components: &Components, folder: &Path, kubeconfig: &Path) -> Result<Group> {
    let work = folder.join("istiod");
    fs::create_dir_all(&work)?;
    let mesh_config: PathBuf = work.join("mesh.yaml");
    fs::write(&mesh_config, include_str!("fixtures/mesh-config.yaml"))?;
    let mut command = Command::new(components.istio.join("pilot-discovery"));
    command
        .current_dir(&work)
        .arg("discovery")
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .arg("--meshConfig")
        .arg(&mesh_config)
        .args([
            "--httpAddr=127.0.0.1:15080",
            "--httpsAddr=127.0.0.1:15017",
            "--grpcAddr=127.0.0.1:15010",
        ])
        .args([
            "--secureGRPCAddr=127.0.0.1:15012",
            "--monitoringAddr=127.0.0.1:15014",
        ])
        .envs([
            ("POD_NAMESPACE", "istio-system"),
            ("POD_NAME", "istiod-0"),
            ("SERVICE_ACCOUNT", "istiod"),
        ])
        .envs([
            ("ENABLE_LEADER_ELECTION", "false"),
            ("ISTIOD_CUSTOM_HOST", "localhost"),
        ])
        // the upstream Envoy lacks the filters that only Istio's own build has
        .envs([
            ("PILOT_ENABLE_ALPN_FILTER", "false"),
            ("PILOT_DISABLE_MX_ALPN", "true"),
        ])
        .env("PILOT_ENABLE_METADATA_EXCHANGE", "false");
    let mut istiod = Group::start("istiod", command, &folder.join("istiod.log"))?;
    istiod.wait_until(LIMIT, || poll::answers("127.0.0.1:15080", "/ready"))?;
    Ok(istiod)
}
