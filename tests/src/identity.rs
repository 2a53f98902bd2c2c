//! The example's identity provider: how it is started, and tokens from it, asked for as any client would ask.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::setup::project;

/// The identity provider of the example.
#[derive(Debug)]
pub struct Identity {
    address: SocketAddr,
    run: PathBuf,
    secret: String,
}

impl Identity {
    /// The one that listens at `address`, with its files in `run`.
    ///
    /// # Errors
    /// [`make_secrets`] was not called for `run`.
    pub fn new(address: SocketAddr, run: &Path) -> Result<Self> {
        let secret = fs::read_to_string(run.join("secret"))
            .context("the secret of the identity provider's clients")?;
        Ok(Self {
            address,
            run: run.to_owned(),
            secret,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token of a person. The password grant stands for the sign-in page.
    ///
    /// # Errors
    /// The provider gives none.
    pub fn person(&self, email: &str) -> Result<String> {
        let password = format!("password={}", self.secret);
        self.token(
            "people",
            "portal",
            &[
                "grant_type=password",
                &format!("username={email}"),
                &password,
            ],
        )
    }

    /// The token of a workload, by client credentials.
    ///
    /// # Errors
    /// The provider gives none.
    pub fn workload(&self, client: &str) -> Result<String> {
        self.token("workloads", client, &["grant_type=client_credentials"])
    }

    /// A private key of a realm (RFC 7517), to sign what the provider never would.
    ///
    /// # Errors
    /// The provider has not made it yet.
    pub fn private_key(&self, realm: &str) -> Result<Value> {
        let set: Value =
            serde_json::from_slice(&fs::read(self.run.join(format!("{realm}.jwks.json")))?)?;
        Ok(set["keys"][0].clone())
    }

    fn token(&self, realm: &str, client: &str, form: &[&str]) -> Result<String> {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--max-time", "30"]);
        command.arg("--cacert").arg(self.run.join("ca.pem"));
        command
            .arg("--connect-to")
            .arg(format!("id.example.com:443:{}", self.address));
        command
            .arg("--user")
            .arg(format!("{client}:{}", self.secret));
        for field in form {
            command.args(["--data-urlencode", field]);
        }
        command.arg(format!("https://id.example.com/realms/{realm}/token"));
        let output = command.output().context("run `curl`")?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        match answer["access_token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => bail!(
                "no token for `{client}` of realm `{realm}`: {answer} {}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }
}

/// What starts it at `address`: `modules` is where oidc-provider is installed.
#[must_use]
pub fn command(modules: &Path, run: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new("node");
    command.arg(project().join("examples/platform/servers/idp/server.mjs"));
    command.arg("--modules").arg(modules);
    command.arg("--run").arg(run);
    command.arg("--port").arg(address.port().to_string());
    command
}

/// Certificates, and the secret of every client and person; both are good for this run alone.
///
/// # Errors
/// `openssl` fails, or the files are there already.
pub fn make_secrets(run: &Path) -> Result<()> {
    let script = project().join("examples/platform/servers/idp/certificates.sh");
    let status = Command::new(&script)
        .arg(run)
        .status()
        .with_context(|| format!("run `{}`", script.display()))?;
    ensure!(
        status.success(),
        "`{}` ended with {status}; see `{}`",
        script.display(),
        run.join("openssl.log").display()
    );
    let output = Command::new("openssl")
        .args(["rand", "-hex", "16"])
        .output()
        .context("run `openssl`")?;
    let secret = String::from_utf8(output.stdout)?;
    let secret = secret.trim();
    ensure!(secret.len() == 32, "`openssl rand` gave no secret");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(run.join("secret"))?;
    file.write_all(secret.as_bytes())?;
    Ok(())
}
