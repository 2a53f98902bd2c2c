//! A real Envoy with the filter, configured by the compiler's own bootstrap.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use compiler::envoy::{Place, bootstrap};
use policies::bundle::Bundle;
use serde_json::{Value, json};

use crate::cases::fixture::Compiled;
use crate::http::Request;
use crate::process::{Group, free_addresses};
use crate::setup::component;

/// Time that an Envoy gets to start; compiling the module takes most of it.
const START: Duration = Duration::from_secs(60);

/// A running Envoy.
#[derive(Debug)]
pub struct Proxy {
    /// where the filter listens
    pub address: SocketAddr,
    /// its admin interface
    pub admin: SocketAddr,
    group: Group,
}

/// What a bootstrap says.
#[derive(Debug)]
pub struct Setup {
    /// the whole bootstrap
    pub bootstrap: Value,
    /// threads that serve requests, each with a virtual machine
    pub workers: usize,
    /// more of the command line
    pub arguments: Vec<String>,
    address: SocketAddr,
    admin: SocketAddr,
}

impl Setup {
    /// The bootstrap that the compiler emits: every backend is at `backend`, the partners' keys are at `keys`.
    ///
    /// # Errors
    /// There is no module, no free port, or no bootstrap.
    pub fn new(compiled: &Compiled, backend: SocketAddr, keys: SocketAddr) -> Result<Self> {
        let bundle: Bundle = serde_json::from_str(&compiled.bundle)?;
        let services = bundle.routes.iter().map(|route| route.service.clone());
        let mut upstreams: BTreeMap<String, String> =
            services.map(|name| (name, backend.to_string())).collect();
        upstreams.insert(String::from("partners"), keys.to_string());
        Self::among(compiled, upstreams, None)
    }

    /// The bootstrap with these addresses, each of a backend's service or an issuer; `authorities` is a PEM file that the
    /// issuers' certificates are checked against.
    ///
    /// # Errors
    /// As [`Setup::new`].
    pub fn among(
        compiled: &Compiled,
        upstreams: BTreeMap<String, String>,
        authorities: Option<&Path>,
    ) -> Result<Self> {
        let [address, admin] = free_addresses()?;
        let bundle = serde_json::from_str(&compiled.bundle)?;
        let place = Place {
            wasm: module()?.display().to_string(),
            listen: address,
            upstreams,
            authorities: authorities.map(|file| file.display().to_string()),
            admin: Some(admin),
        };
        let mut issuers = compiled.issuers.clone();
        // whoever tests that Istio verifies puts its check before the filter
        issuers
            .iter_mut()
            .for_each(|issuer| issuer.verified_by_istio = false);
        let text = bootstrap(&bundle, &compiled.bundle, &issuers, &place)?;
        let mut bootstrap: Value = serde_json::from_str(&text)?;
        // as Istio's listeners have it: else Envoy itself refuses every upgrade, and the filter is never asked
        manager(&mut bootstrap["static_resources"]["listeners"][0])?["upgrade_configs"] =
            json!([{ "upgrade_type": "websocket" }]);
        Ok(Self {
            bootstrap,
            workers: 1,
            arguments: Vec::new(),
            address,
            admin,
        })
    }

    /// Where it will listen.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one listener.
    pub fn listener(&mut self) -> &mut Value {
        &mut self.bootstrap["static_resources"]["listeners"][0]
    }

    /// Starts an Envoy and waits until it is ready; `name` is unique among those that run.
    ///
    /// # Errors
    /// It ends or is not ready in time; the error ends with its last lines.
    pub fn start(&self, name: &str) -> Result<Proxy> {
        let log = folder()?.join(format!("{name}.log"));
        let mut group = Group::start(name, self.command(name)?, &log)?;
        let ready = || admin(self.admin, "GET", "/ready").is_ok_and(|text| text.trim() == "LIVE");
        group.wait_until(START, ready)?;
        Ok(Proxy {
            address: self.address,
            admin: self.admin,
            group,
        })
    }

    fn command(&self, name: &str) -> Result<Command> {
        let file = folder()?.join(format!("{name}.json"));
        fs::write(&file, self.bootstrap.to_string())?;
        let mut command = Command::new(binary()?);
        command.arg("--config-path").arg(file);
        command.args(["--disable-hot-restart", "--log-level", "info"]);
        command.args(["--concurrency", &self.workers.to_string()]);
        command.args(&self.arguments);
        Ok(command)
    }
}

impl Proxy {
    /// All that it has logged so far.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.log_file())?).into_owned())
    }

    /// No virtual machine failed, and nothing else of Envoy's part for them. Where a filter fails closed, only the log says that one
    /// did; it can be long, and is read line by line.
    ///
    /// # Errors
    /// One did, or the log or the counters cannot be read.
    pub fn no_machine_failed(&self) -> Result<()> {
        for line in BufReader::new(File::open(self.log_file())?).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            ensure!(!tells_of_failure(&line), "a virtual machine failed: {line}");
        }
        // what is behind `wasmcustom.` the filter itself counts
        let all = stats(self.admin, "wasm")?.into_iter();
        for (name, value) in all.filter(|(name, _)| !name.starts_with("wasmcustom.")) {
            let failure = ["vm_reload", "crash", "fail", "error"]
                .iter()
                .any(|word| name.contains(word));
            ensure!(!failure || value == 0, "{name}: {value}");
        }
        Ok(())
    }

    /// Where it logs to.
    #[must_use]
    pub fn log_file(&self) -> &Path {
        self.group.log()
    }

    /// Process id.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.group.pid()
    }

    /// Waits until `ready`; fails at once when Envoy ends.
    ///
    /// # Errors
    /// As [`Group::wait_until`].
    pub fn wait_until(&mut self, timeout: Duration, ready: impl FnMut() -> bool) -> Result<()> {
        self.group.wait_until(timeout, ready)
    }
}

/// The HTTP connection manager of a listener.
///
/// # Errors
/// The listener has none.
pub fn manager(listener: &mut Value) -> Result<&mut Value> {
    let manager = listener.pointer_mut("/filter_chains/0/filters/0/typed_config");
    manager.context("the listener has no connection manager")
}

/// The filter's configuration in a listener, as text.
///
/// # Errors
/// The listener has no such filter.
pub fn configuration(listener: &mut Value) -> Result<&mut Value> {
    let path = "/http_filters/0/typed_config/config/configuration/value";
    let configuration = manager(listener)?.pointer_mut(path);
    configuration.context("the listener has no configuration of the filter")
}

/// Moves the filter's own part of a listener to a file of this name in [`folder`], which Envoy watches, as Istio's proxies get it from
/// istiod (ECDS); gives back what [`push`] takes. Connections and requests live on when it changes.
///
/// # Errors
/// The listener has no such filter, or the file cannot be written.
pub fn filter_in_file(setup: &mut Setup, name: &str) -> Result<Value> {
    let file = folder()?.join(format!("{name}.filter"));
    let filter = manager(setup.listener())?.pointer_mut("/http_filters/0");
    let filter = filter.context("the listener has no filter")?;
    let config = filter["typed_config"].take();
    *filter = json!({ "name": filter["name"], "config_discovery": {
        "config_source": { "path_config_source": { "path": file }, "resource_api_version": "V3" },
        "type_urls": [config["@type"]],
    } });
    let resource = json!({
        "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
        "name": filter["name"],
        "typed_config": config,
    });
    push(&resource, name)?;
    Ok(resource)
}

/// The same with another policy.
///
/// # Errors
/// It is no filter's part.
pub fn with_policy(filter: &Value, compiled: &Compiled, hold: bool) -> Result<Value> {
    let mut filter = filter.clone();
    let place = filter.pointer_mut("/typed_config/config/configuration/value");
    let config = compiler::envoy::plugin_config(&compiled.bundle, hold);
    *place.context("a configuration")? = json!(serde_json::to_string(&config)?);
    Ok(filter)
}

/// Puts the filter's part in place in one go.
///
/// # Errors
/// The file cannot be written.
pub fn push(filter: &Value, name: &str) -> Result<()> {
    let folder = folder()?;
    let new = folder.join(format!("{name}.filter.new"));
    fs::write(&new, json!({ "resources": [filter] }).to_string())?;
    Ok(fs::rename(new, folder.join(format!("{name}.filter")))?)
}

/// Counters and gauges whose names contain `filter`.
///
/// # Errors
/// The admin interface does not answer.
pub fn stats(address: SocketAddr, filter: &str) -> Result<BTreeMap<String, u64>> {
    let text = admin(address, "GET", &format!("/stats?filter={filter}"))?;
    let number = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    Ok(text.lines().filter_map(number).collect())
}

fn admin(address: SocketAddr, method: &str, target: &str) -> Result<String> {
    let response = Request::new(method, "admin", target).send(address)?;
    ensure!(
        response.status == 200,
        "{target}: status {}",
        response.status
    );
    Ok(response.text())
}

/// What the runs write: configurations and logs.
///
/// # Errors
/// It cannot be made.
pub fn folder() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/envoy");
    fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

/// The filter as it is shipped.
///
/// # Errors
/// It is not built.
pub fn module() -> Result<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/dist/modelgate.wasm");
    let path = std::env::var_os("MODELGATE_WASM").map_or(built, PathBuf::from);
    path.canonicalize()
        .with_context(|| format!("{}: run `make build`", path.display()))
}

/// The filter with the build feature `portable`.
///
/// # Errors
/// It is not built.
pub fn portable() -> Result<PathBuf> {
    module()?
        .with_file_name("modelgate-portable.wasm")
        .canonicalize()
        .context("modelgate-portable.wasm: run `make portable`")
}

/// The binary, installed on first use.
fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    if let Some(binary) = BINARY.get() {
        return Ok(binary);
    }
    let folder = component("envoy")?;
    Ok(BINARY.get_or_init(|| folder.join("envoy")))
}

/// A line of Envoy's log that says that a virtual machine failed, or where.
fn tells_of_failure(line: &str) -> bool {
    line.contains("Wasm VM failed") || line.contains("Function: proxy_")
}
