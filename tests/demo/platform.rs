//! The running platform: identity provider and model servers, and Envoy with the compiled example in front of them.

use std::fs::{self, DirBuilder};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tests::http::Request;
use tests::identity::{Identity, make_secrets};
use tests::process::{Group, Record, free_addresses};
use tests::setup::project;

use crate::install::{self, Components};
use crate::servers::{self, Addresses};

/// Longest start of any part on a slow machine.
const START: Duration = Duration::from_secs(120);
/// Longest time until the filter has fetched the keys of an issuer.
const KEYS: Duration = Duration::from_secs(20);

/// Everything that runs; ends when it is dropped.
pub struct Platform {
    /// where Envoy listens
    pub gateway: SocketAddr,
    /// the identity provider
    pub identity: Identity,
    envoy: Group,
    servers: Vec<Group>,
}

impl Platform {
    /// Installs what is missing, starts everything with its files in the new folder `run`, and waits until all of it answers.
    pub fn start(run: &Path) -> Result<Self> {
        let components = install::components()?;
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(run)
            .context("make the folder of the run")?;
        make_secrets(run)?;
        let [gateway, identity, fraud, risk, assistant] = free_addresses()?;
        let addresses = Addresses {
            gateway,
            identity,
            fraud,
            risk,
            assistant,
        };

        let mut servers = Vec::new();
        for server in servers::all(&components, run, &addresses) {
            servers.push((
                Group::start(server.name, server.command, &log(run, server.name))?,
                server.address,
            ));
        }
        let bootstrap = compile(run, &addresses)?;
        for (server, address) in &mut servers {
            server.wait_for_port(*address, START)?;
        }
        let mut envoy = Group::start("envoy", envoy(&components, &bootstrap), &log(run, "envoy"))?;
        envoy.wait_for_port(gateway, START)?;

        let identity = Identity::new(identity, run)?;
        let servers = servers.into_iter().map(|(server, _)| server).collect();
        Ok(Self {
            gateway,
            identity,
            envoy,
            servers,
        })
    }

    /// Waits until the filter has the keys of the issuer of each token.
    pub fn wait_for_keys(&self, tokens: [&str; 2]) -> Result<()> {
        for token in tokens {
            let request = Request::new("GET", "fraud.models.example.com", "/").bearer(token);
            let start = Instant::now();
            while request.send(self.gateway)?.status == 503 {
                ensure!(
                    start.elapsed() < KEYS,
                    "the filter has no keys after {KEYS:?}"
                );
                thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// Envoy's log; audit events are among its lines.
    pub fn envoy_log(&self) -> &Path {
        self.envoy.log()
    }

    /// What is needed to end everything from another process, if it is kept.
    pub fn records(&self) -> Result<Vec<Record>> {
        self.servers
            .iter()
            .chain([&self.envoy])
            .map(Group::record)
            .collect()
    }

    /// Lets everything run on.
    pub fn keep(self) {
        self.servers
            .into_iter()
            .chain([self.envoy])
            .for_each(Group::keep);
    }
}

fn log(run: &Path, name: &str) -> PathBuf {
    run.join(name).with_extension("log")
}

/// Compiles the example to a bootstrap for a plain Envoy.
fn compile(run: &Path, addresses: &Addresses) -> Result<PathBuf> {
    let dist = project().join("target/dist");
    let program = dist.join("modelgate");
    let mut command = Command::new(&program);
    command
        .arg("compile")
        .arg(project().join("examples/platform"));
    command.args(["--emit", "envoy", "--target", "edge"]);
    command.arg("--wasm").arg(dist.join("modelgate.wasm"));
    command.arg("--listen").arg(addresses.gateway.to_string());
    for (name, address) in addresses.upstreams() {
        command.arg("--upstream").arg(format!("{name}={address}"));
    }
    command.arg("--upstream-ca").arg(run.join("ca.pem"));
    let output = command
        .output()
        .with_context(|| format!("run `{}` (made by `make build`)", program.display()))?;
    if !output.status.success() {
        bail!(
            "`modelgate compile` ended with {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let bootstrap = run.join("envoy.yaml");
    fs::write(&bootstrap, output.stdout)?;
    Ok(bootstrap)
}

fn envoy(components: &Components, bootstrap: &Path) -> Command {
    let mut command = Command::new(components.envoy.join("envoy"));
    command.arg("-c").arg(bootstrap);
    command.args(["--concurrency", "2", "--disable-hot-restart"]);
    command.args([
        "--log-level",
        "warning",
        "--component-log-level",
        "wasm:info",
    ]);
    command
}
