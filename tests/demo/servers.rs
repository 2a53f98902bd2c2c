//! How each server of the example is started.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tests::identity;
use tests::setup::project;

use crate::install::Components;

/// Where everything listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// Envoy
    pub gateway: SocketAddr,
    /// the identity provider
    pub identity: SocketAddr,
    /// the Seldon model
    pub fraud: SocketAddr,
    /// the BentoML service
    pub risk: SocketAddr,
    /// the OpenAI-style server
    pub assistant: SocketAddr,
}

/// A server that is to be started.
#[derive(Debug)]
pub struct Server {
    /// name of its log
    pub name: &'static str,
    /// where it will listen
    pub address: SocketAddr,
    /// what starts it
    pub command: Command,
}

impl Addresses {
    /// What the gate calls each address behind the proxy: a backend's service or an issuer.
    pub fn upstreams(&self) -> [(&'static str, SocketAddr); 5] {
        [
            ("fraud-detector", self.fraud),
            ("risk-scorer", self.risk),
            ("assistant-llm", self.assistant),
            ("people", self.identity),
            ("workloads", self.identity),
        ]
    }
}

/// The identity provider and the model servers.
pub fn all(components: &Components, run: &Path, addresses: &Addresses) -> Vec<Server> {
    vec![
        Server {
            name: "idp",
            address: addresses.identity,
            command: identity::command(&components.oidc_provider, run, addresses.identity),
        },
        Server {
            name: "fraud-detector",
            address: addresses.fraud,
            command: seldon(components, addresses.fraud),
        },
        Server {
            name: "risk-scorer",
            address: addresses.risk,
            command: bentoml(components, run, addresses.risk),
        },
        Server {
            name: "assistant-llm",
            address: addresses.assistant,
            command: llama(components, addresses.assistant),
        },
    ]
}

fn folder(name: &str) -> PathBuf {
    project().join("examples/platform/servers").join(name)
}

fn seldon(components: &Components, address: SocketAddr) -> Command {
    let mut command = python(&components.seldon);
    command
        .args(["-W", "ignore", "-m", "gunicorn", "server:app", "--bind"])
        .arg(address.to_string());
    command.current_dir(folder("fraud"));
    command
}

fn bentoml(components: &Components, run: &Path, address: SocketAddr) -> Command {
    let mut command = python(&components.bentoml);
    command.args([
        "-m",
        "bentoml",
        "serve",
        "service:RiskScorer",
        "--host",
        "127.0.0.1",
        "--port",
    ]);
    command.arg(address.port().to_string());
    command.current_dir(folder("risk"));
    command
        .env("BENTOML_HOME", run.join("bentoml"))
        .env("BENTOML_DO_NOT_TRACK", "true");
    command
}

fn llama(components: &Components, address: SocketAddr) -> Command {
    let mut command = python(&components.llama);
    command
        .arg(folder("assistant").join("server.py"))
        .arg(address.port().to_string());
    command
}

fn python(environment: &Path) -> Command {
    let mut command = Command::new(environment.join("bin/python"));
    // nothing is written into the project
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
