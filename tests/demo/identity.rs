//! Tokens from the identity provider, asked for as any client would ask.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The identity provider of the example.
#[derive(Debug)]
pub struct Identity {
    address: SocketAddr,
    run: PathBuf,
    secret: String,
}

/// Fresh tokens of everybody who plays a part.
#[derive(Debug)]
pub struct Tokens {
    /// ana@example.com, of risk-analytics
    pub analyst: String,
    /// rita@example.com, of risk-officers
    pub officer: String,
    /// sam@example.com, of support
    pub support: String,
    /// carl@example.com, of risk-analytics and contractors
    pub contractor: String,
    /// the client `checkout`
    pub checkout: String,
    /// the client `newsletter`
    pub newsletter: String,
}

impl Tokens {
    /// Asks for all of them.
    pub fn get(identity: &Identity) -> Result<Self> {
        Ok(Self {
            analyst: identity.person("ana@example.com")?,
            officer: identity.person("rita@example.com")?,
            support: identity.person("sam@example.com")?,
            contractor: identity.person("carl@example.com")?,
            checkout: identity.workload("checkout")?,
            newsletter: identity.workload("newsletter")?,
        })
    }
}

impl Identity {
    /// The one that listens at `address`, with its files in `run`.
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
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token of a person. The password grant stands for the sign-in page.
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
    pub fn workload(&self, client: &str) -> Result<String> {
        self.token("workloads", client, &["grant_type=client_credentials"])
    }

    /// A private key of a realm (RFC 7517), to sign what the provider never would.
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
