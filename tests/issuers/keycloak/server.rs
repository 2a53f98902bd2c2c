//! A running Keycloak with the realm of `realm.json`.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tests::http::Request;
use tests::process::{Group, free_addresses};
use tests::setup::{component, project};

use crate::folder::Folder;

/// Its start takes eight seconds on an idle machine.
const START: Duration = Duration::from_secs(180);
const REALM: &str = "/realms/ml";
/// The password of every person and client.
const PASSWORD: &str = "known-to-everybody";
/// What Keycloak's own script passes on, and what makes a short run short.
const JAVA_OPTIONS: [&str; 12] = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "--add-opens=java.base/java.util=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent=ALL-UNNAMED",
    "--add-opens=java.base/java.security=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--enable-native-access=ALL-UNNAMED",
    "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
    "-Dpicocli.disable.closures=true",
];

/// Ends, with its files, when it is dropped.
#[derive(Debug)]
pub struct Keycloak {
    /// where it listens
    pub address: SocketAddr,
    _server: Group,
    _folder: Folder,
}

impl Keycloak {
    /// Starts it and waits until the realm is there.
    pub fn start() -> Result<Self> {
        let installed = component("keycloak")?;
        let folder = Folder::new("keycloak")?;
        furnish(folder.path(), &installed)?;
        let [address, management] = free_addresses()?;
        let command = command(folder.path(), address, management);
        let log = folder.path().join("keycloak.log");
        let mut server = Group::start("keycloak", command, &log)?;
        let ready = Request::new("GET", "localhost", "/health/ready");
        server.wait_until(START, || {
            ready
                .send(management)
                .is_ok_and(|answer| answer.status == 200)
        })?;
        Ok(Self {
            address,
            _server: server,
            _folder: folder,
        })
    }

    /// The token that a client gets for a person, or for itself.
    pub fn token(&self, client: &str, person: Option<&str>) -> Result<String> {
        let form = match person {
            Some(person) => format!("grant_type=password&username={person}&password={PASSWORD}"),
            None => String::from("grant_type=client_credentials"),
        };
        let form = format!("{form}&client_id={client}&client_secret={PASSWORD}");
        let path = format!("{REALM}/protocol/openid-connect/token");
        let answer = Request::new("POST", &self.address.to_string(), &path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send(self.address)?;
        let text = answer.text();
        let given: Value = serde_json::from_str(&text).unwrap_or_default();
        match given["access_token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => bail!("no token for `{client}` and {person:?}: {text}"),
        }
    }

    /// The keys that it publishes.
    pub fn keys(&self) -> Result<Vec<Value>> {
        let path = format!("{REALM}/protocol/openid-connect/certs");
        let answer = Request::new("GET", &self.address.to_string(), &path).send(self.address)?;
        let set: Value = serde_json::from_slice(&answer.body)?;
        set["keys"].as_array().cloned().context("there are keys")
    }
}

/// A home of its own: the programs are those that are installed, what is written stays here.
fn furnish(home: &Path, installed: &Path) -> Result<()> {
    for part in ["conf", "lib", "providers", "themes"] {
        symlink(installed.join(part), home.join(part))?;
    }
    let import = home.join("data/import");
    fs::create_dir_all(&import)?;
    let realm = project().join("tests/issuers/keycloak/realm.json");
    fs::copy(realm, import.join("ml-realm.json"))?;
    Ok(())
}

fn command(home: &Path, address: SocketAddr, management: SocketAddr) -> Command {
    let mut command = Command::new("java");
    command.args(JAVA_OPTIONS);
    for (property, value) in [
        ("kc.home.dir", home.to_owned()),
        ("jboss.server.config.dir", home.join("conf")),
        ("java.io.tmpdir", home.join("data")),
    ] {
        command.arg(format!("-D{property}={}", value.display()));
    }
    command.arg("-cp").arg(home.join("lib/quarkus-run.jar"));
    command.arg("io.quarkus.bootstrap.runner.QuarkusEntryPoint");
    command.args(["start", "--optimized", "--import-realm", "--cache=local"]);
    command.args(["--http-enabled=true", "--http-host=127.0.0.1"]);
    command.arg(format!("--hostname=http://{address}"));
    command.arg(format!("--http-port={}", address.port()));
    command.arg("--http-management-host=127.0.0.1");
    command.arg(format!("--http-management-port={}", management.port()));
    command
}
