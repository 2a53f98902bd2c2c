//! A Keycloak, and an Envoy for each of two gates that know it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use anyhow::Result;
use policies::audit::AuditEvent;
use serde::Deserialize;
use tests::audit;
use tests::backend::Backend;
use tests::cases::fixture::compile_folder;
use tests::envoy::{Proxy, Setup};
use tests::setup::project;

use super::server::Keycloak;
use crate::folder::Folder;
use crate::session::{Session, run_words};
use crate::traffic::predict;

/// What the gates' files say where this run's address belongs.
const WRITTEN: &str = "127.0.0.1:8080";

/// A folder beside this file, with a gate and an access file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// persons by groups, and machines
    Groups,
    /// persons by roles, and the applications that they use
    Roles,
}

/// Everything that runs; ends when it is dropped.
pub struct World {
    /// gives the tokens
    pub keycloak: Keycloak,
    guarded: BTreeMap<Gate, Guarded>,
    _backend: Backend,
}

/// An Envoy with one gate.
pub struct Guarded {
    /// the Envoy
    pub proxy: Proxy,
    files: Folder,
}

impl Gate {
    const ALL: [Self; 2] = [Self::Groups, Self::Roles];

    /// Its folder.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Groups => "groups",
            Self::Roles => "roles",
        }
    }
}

impl World {
    /// Starts all of it.
    pub fn start() -> Result<Self> {
        let keycloak = Keycloak::start()?;
        let backend = Backend::start()?;
        let guard = |gate: Gate| Ok((gate, Guarded::start(gate, keycloak.address, &backend)?));
        let guarded = Gate::ALL.into_iter().map(guard);
        Ok(Self {
            guarded: guarded.collect::<Result<_>>()?,
            keycloak,
            _backend: backend,
        })
    }

    /// The Envoy with this gate.
    pub fn guarded(&self, gate: Gate) -> &Guarded {
        &self.guarded[&gate]
    }
}

impl Guarded {
    fn start(gate: Gate, keycloak: SocketAddr, backend: &Backend) -> Result<Self> {
        let name = gate.name();
        let policy = project().join("tests/issuers/keycloak").join(name);
        let here = |text: String| text.replace(WRITTEN, &keycloak.to_string());
        let compiled = compile_folder(&policy, here)?;
        let upstreams = [("fraud-detector", backend.address), ("corp", keycloak)];
        let upstreams = upstreams.map(|(name, address)| (name.to_owned(), address.to_string()));
        let files = Folder::new(&format!("keycloak-{name}"))?;
        for file in ["gate.yaml", "fraud.yaml"] {
            let text = fs::read_to_string(policy.join(file))?;
            fs::write(files.path().join(file), here(text))?;
        }
        let setup = Setup::among(&compiled, upstreams.into(), None)?;
        let proxy = setup.start(&format!("keycloak-{name}"))?;
        Ok(Self { proxy, files })
    }

    /// The status that a prediction with this token gets, and its audit event.
    pub fn ask(&self, token: &str, id: &str) -> Result<(u16, AuditEvent)> {
        let status = predict(token, id).send(self.proxy.address)?.status;
        Ok((status, audit::wait_for(&self.proxy, id)?))
    }

    /// What the command line says about it, with keys that it fetches itself.
    pub fn whoami(&self, token: &str) -> Session {
        let files = self.files.path().display().to_string();
        run_words(&["whoami", &files, "--fetch-jwks"], token.as_bytes())
    }
}
