//! The example's OpenID provider with an Envoy in front of a model server, whose gate knows nothing of it but its issuers.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tests::backend::Backend;
use tests::cases::fixture::compile_folder;
use tests::envoy::Setup;
use tests::identity::{Identity, command, make_secrets};
use tests::process::{Group, free_addresses};
use tests::setup::{component, project};

use crate::folder::Folder;

const START: Duration = Duration::from_secs(60);

/// A running oidc-provider with the realms `people` and `workloads`.
#[derive(Debug)]
pub struct Provider {
    /// where tokens come from
    pub identity: Identity,
    modules: PathBuf,
    server: Option<Group>,
    folder: Folder,
}

impl Provider {
    /// Starts one, with its files in a new folder of this name.
    pub fn start(name: &str) -> Result<Self> {
        let modules = component("oidc-provider")?;
        let folder = Folder::new(name)?;
        make_secrets(folder.path())?;
        let [address] = free_addresses()?;
        Ok(Self {
            identity: Identity::new(address, folder.path())?,
            server: Some(serve(&modules, folder.path(), address)?),
            modules,
            folder,
        })
    }

    /// Starts it anew at the same address, with a key for persons that it never had.
    pub fn rotate(&mut self, kid: &str) -> Result<()> {
        let set = new_key(kid)?;
        fs::write(self.folder.path().join("people.jwks.json"), set)?;
        self.server = None;
        let address = self.identity.address();
        self.server = Some(serve(&self.modules, self.folder.path(), address)?);
        let used = self.identity.private_key("people")?;
        ensure!(
            used["kid"] == kid,
            "the provider has the key {}",
            used["kid"]
        );
        Ok(())
    }

    /// An Envoy, not yet started, that finds the keys by the issuers' discovery documents.
    pub fn gate(&self, backend: &Backend) -> Result<Setup> {
        let policy = project().join("tests/issuers/rotation/policy");
        let compiled = compile_folder(&policy, |gate| gate)?;
        let identity = self.identity.address();
        let upstreams = [
            ("fraud-detector", backend.address),
            ("people", identity),
            ("workloads", identity),
        ];
        let upstreams: BTreeMap<String, String> = upstreams
            .map(|(name, address)| (name.to_owned(), address.to_string()))
            .into();
        Setup::among(
            &compiled,
            upstreams,
            Some(&self.folder.path().join("ca.pem")),
        )
    }
}

fn serve(modules: &Path, run: &Path, address: SocketAddr) -> Result<Group> {
    let log = run.join("oidc-provider.log");
    let mut server = Group::start("oidc-provider", command(modules, run, address), &log)?;
    server.wait_for_port(address, START)?;
    Ok(server)
}

fn new_key(kid: &str) -> Result<String> {
    let script = project().join("tests/issuers/rotation/key.mjs");
    let output = Command::new("node").arg(&script).arg(kid).output();
    let output = output.context("run `node`")?;
    let set: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())?;
    Ok(set.to_string())
}
