//! kubectl against the tests' own API server.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The program and the kubeconfig that it uses.
#[derive(Clone)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
}

impl Kubectl {
    /// `program` with `kubeconfig`, which may be written later.
    pub fn new(program: PathBuf, kubeconfig: PathBuf) -> Self {
        Self {
            program,
            kubeconfig,
        }
    }

    /// Runs kubectl with `arguments` and returns what it printed.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(arguments).output()?;
        ensure!(
            output.status.success(),
            "kubectl {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Applies a file or a folder.
    pub fn apply(&self, path: &Path) -> Result<()> {
        let path = path.to_str().context("a path that is not UTF-8")?;
        self.run(&[
            "apply",
            "--server-side",
            "--force-conflicts",
            "--recursive",
            "-f",
            path,
        ])
        .map(drop)
    }

    /// A token of the service account `name` in `namespace`, made by the API server.
    pub fn token(&self, namespace: &str, name: &str, audience: &str) -> Result<String> {
        let arguments = [
            "create",
            "token",
            name,
            "-n",
            namespace,
            "--audience",
            audience,
        ];
        Ok(self.run(&arguments)?.trim_end().to_owned())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(arguments);
        command
    }
}
