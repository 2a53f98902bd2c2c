//! How each model server is started: on loopback, one worker, with the models of `tests/servers/models`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail};
use tests::setup::{component, project};

/// Where the servers listen: HTTP and gRPC.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub mlserver: [SocketAddr; 3],
    pub kserve: [SocketAddr; 2],
    pub litellm: SocketAddr,
    pub seldon_cats: [SocketAddr; 2],
    pub seldon_secret: [SocketAddr; 2],
    pub bento_cats: SocketAddr,
    pub bento_secret: SocketAddr,
    pub llama: SocketAddr,
}

/// Folders with `bin/python`.
#[derive(Debug)]
pub struct Components {
    pub mlserver: PathBuf,
    pub kserve: PathBuf,
    pub litellm: PathBuf,
    pub seldon: PathBuf,
    pub bentoml: PathBuf,
    pub llama: PathBuf,
    pub clients: PathBuf,
}

/// A server that is to be started.
#[derive(Debug)]
pub struct Server {
    pub name: &'static str,
    pub command: Command,
    /// all of them accept connections when it is ready
    pub addresses: Vec<SocketAddr>,
}

impl Addresses {
    /// Free ones.
    pub fn new() -> Result<Self> {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m] = kept_free()?;
        Ok(Self {
            mlserver: [a, b, c],
            kserve: [d, e],
            litellm: f,
            seldon_cats: [g, h],
            seldon_secret: [i, j],
            bento_cats: k,
            bento_secret: l,
            llama: m,
        })
    }
}

impl Components {
    /// Installs what is missing, all at the same time.
    pub fn install() -> Result<Self> {
        let names = [
            "mlserver", "kserve", "litellm", "seldon", "bentoml", "llama", "clients", "envoy",
        ];
        let threads = names.map(|name| thread::spawn(move || component(name)));
        let mut folders = Vec::new();
        for thread in threads {
            folders.push(thread.join().expect("no panic in `component`")?);
        }
        let Ok(
            [
                mlserver,
                kserve,
                litellm,
                seldon,
                bentoml,
                llama,
                clients,
                _,
            ],
        ) = <[PathBuf; 8]>::try_from(folders)
        else {
            bail!("a component has no folder")
        };
        Ok(Self {
            mlserver,
            kserve,
            litellm,
            seldon,
            bentoml,
            llama,
            clients,
        })
    }

    /// Every server; each writes its record and its files into `run`.
    pub fn servers(&self, run: &Path, at: &Addresses) -> Vec<Server> {
        let mut servers = vec![
            self.mlserver(run, at.mlserver),
            self.kserve(run, at.kserve),
            self.litellm(run, at.litellm),
            self.llama(run, at.llama),
        ];
        for (animal, [http, grpc]) in [
            ("seldon-cats", at.seldon_cats),
            ("seldon-secret", at.seldon_secret),
        ] {
            servers.extend(self.seldon(run, animal, http, grpc));
        }
        for (animal, address) in [
            ("bento-cats", at.bento_cats),
            ("bento-secret", at.bento_secret),
        ] {
            servers.push(self.bentoml(run, animal, address));
        }
        servers
    }

    fn mlserver(&self, run: &Path, at: [SocketAddr; 3]) -> Server {
        let mut command = python(&self.mlserver, "mlserver", run, "mlserver");
        command.args(["-c", "from mlserver.cli import main; main()", "start", "."]);
        let [http, grpc, metrics] = at.map(|address| address.port().to_string());
        command
            .env("MLSERVER_HTTP_PORT", http)
            .env("MLSERVER_GRPC_PORT", grpc);
        command.env("MLSERVER_METRICS_PORT", metrics);
        Server {
            name: "mlserver",
            command,
            addresses: at[..2].to_vec(),
        }
    }

    fn kserve(&self, run: &Path, at: [SocketAddr; 2]) -> Server {
        let mut command = python(&self.kserve, "kserve", run, "kserve");
        command.arg("animals.py");
        command.args(at.map(|address| address.port().to_string()));
        Server {
            name: "kserve",
            command,
            addresses: at.to_vec(),
        }
    }

    fn litellm(&self, run: &Path, at: SocketAddr) -> Server {
        let mut command = python(&self.litellm, "litellm", run, "litellm");
        command.args([
            "-c",
            "from litellm import run_server; run_server()",
            "--config",
            "config.yaml",
        ]);
        command.args(["--host", "127.0.0.1", "--port", &at.port().to_string()]);
        // else it fetches prices
        command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        Server {
            name: "litellm",
            command,
            addresses: vec![at],
        }
    }

    fn llama(&self, run: &Path, at: SocketAddr) -> Server {
        let mut command = python(&self.llama, "llama", run, "llama");
        command.arg("animal.py").arg(at.port().to_string());
        Server {
            name: "llama",
            command,
            addresses: vec![at],
        }
    }

    /// REST and gRPC are two processes.
    fn seldon(
        &self,
        run: &Path,
        animal: &'static str,
        http: SocketAddr,
        grpc: SocketAddr,
    ) -> [Server; 2] {
        let start = |arguments: &[&str], address: SocketAddr, name| {
            let mut command = python(&self.seldon, "seldon", run, "seldon");
            command
                .env("ANIMAL", animal)
                .args(["-W", "ignore"])
                .args(arguments);
            command.arg(address.to_string());
            Server {
                name,
                command,
                addresses: vec![address],
            }
        };
        let gunicorn = [
            "-m",
            "gunicorn",
            "animal:app",
            "--threads",
            "2",
            "--keep-alive",
            "60",
            "--bind",
        ];
        [
            start(&gunicorn, http, animal),
            start(
                &["animal.py"],
                grpc,
                match animal {
                    "seldon-cats" => "seldon-cats-grpc",
                    _ => "seldon-secret-grpc",
                },
            ),
        ]
    }

    fn bentoml(&self, run: &Path, animal: &'static str, at: SocketAddr) -> Server {
        let mut command = python(&self.bentoml, "bentoml", run, "bentoml");
        command.args([
            "-m",
            "bentoml",
            "serve",
            "animal:Animal",
            "--host",
            "127.0.0.1",
            "--port",
        ]);
        command.arg(at.port().to_string()).env("ANIMAL", animal);
        command
            .env("BENTOML_HOME", run.join(animal))
            .env("BENTOML_DO_NOT_TRACK", "true");
        Server {
            name: animal,
            command,
            addresses: vec![at],
        }
    }
}

/// A Python of this environment, in the folder of these models, with the record of this name.
fn python(environment: &Path, models: &str, run: &Path, record: &str) -> Command {
    let folder = project().join("tests/servers/models");
    let mut command = Command::new(environment.join("bin/python"));
    command
        .current_dir(folder.join(models))
        .env("PYTHONPATH", folder);
    // nothing is written into the project
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("RAN", run.join(record).with_extension("ran"));
    command
}

/// Addresses that nobody takes by chance while the servers start, which takes some of them a minute: their ports are below those
/// that the system gives to connections, and begin where no other run of these tests does.
fn kept_free<const N: usize>() -> Result<[SocketAddr; N]> {
    const PORTS: Range<u16> = 20_000..32_000;
    let first = usize::try_from(std::process::id())? * 16 % PORTS.len();
    let ports = PORTS.skip(first).chain(PORTS.take(first));
    let ports = ports.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    let found: Vec<SocketAddr> = ports.filter(free).take(N).collect();
    found.try_into().ok().context("not enough free ports")
}
