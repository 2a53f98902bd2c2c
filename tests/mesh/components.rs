//! Where the real components are: each setup script prints the folder of one, installing it first if need be.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The folders of the installed components.
pub struct Components {
    /// Holds `envoy`.
    pub envoy: PathBuf,
    /// Holds `kubectl`.
    pub kubectl: PathBuf,
    /// Holds `etcd`.
    pub etcd: PathBuf,
    /// Holds `kube-apiserver`.
    pub kube_apiserver: PathBuf,
    /// Holds `pilot-discovery`, `pilot-agent`, `istioctl`, `crds.yaml` and `envoy_bootstrap.json`.
    pub istio: PathBuf,
}

impl Components {
    /// Asks every setup script for its folder.
    pub fn installed() -> Result<Self> {
        Ok(Self {
            envoy: folder("envoy")?,
            kubectl: folder("kubectl")?,
            etcd: folder("etcd")?,
            kube_apiserver: folder("kube-apiserver")?,
            istio: folder("istio")?,
        })
    }
}

fn folder(component: &str) -> Result<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("setup/{component}.sh"));
    let output = Command::new(&script)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", script.display()))?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        script.display(),
        output.status
    );
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim_end()))
}
