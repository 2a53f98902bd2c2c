//! `modelgate compile`: bundles and Istio resources, all or nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use compiler::envoy::{self, Place};
use compiler::output::{self, Options, Output, TargetOutput};

use policies::time::UnixTime;

use crate::command::init::shell;
use crate::project::{Compiled, Paths, Project};
use crate::shown::counted;
use crate::{Exit, Terminal, fetch, folder, module, time};

/// Arguments of `compile`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Write bundles, Istio resources and the rules in Cedar into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "emit")]
    out: Option<PathBuf>,
    /// Print one of the results instead
    #[arg(long, value_enum, value_name = "WHAT")]
    emit: Option<Emit>,
    /// Install target to print, where there are several
    #[arg(long, value_name = "NAME", conflicts_with = "out")]
    target: Option<String>,
    /// Ask every issuer for its keys now: discovery becomes an address, and keys that no proxy would take stop the compile
    #[arg(long)]
    fetch_jwks: bool,
    /// When, in Unix seconds or RFC 3339, for gates that limit how long grants may be; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    #[command(flatten)]
    module: module::ModuleArguments,
    #[command(flatten)]
    place: EnvoyArguments,
}

/// What can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// what the filter loads
    Bundle,
    /// the Istio resources, of all targets unless `--target` names one
    Istio,
    /// the rules in Cedar
    Cedar,
    /// a complete bootstrap for a plain Envoy
    Envoy,
}

/// What a bootstrap for a plain Envoy needs to know.
#[derive(Debug, Args)]
#[command(next_help_heading = "With `--emit envoy`")]
pub struct EnvoyArguments {
    /// Address that Envoy listens on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address of a backend's service, or of an issuer that keys are fetched from; once for each
    #[arg(long = "upstream", value_name = "NAME=ADDR", value_parser = pair)]
    upstreams: Vec<(String, String)>,
    /// PEM file with the authorities that issuers' certificates are checked against
    #[arg(long, value_name = "FILE")]
    upstream_ca: Option<PathBuf>,
    /// Address of Envoy's admin interface; none unless given
    #[arg(long, value_name = "ADDR")]
    admin: Option<SocketAddr>,
}

/// Writes or prints.
///
/// # Errors
/// When files cannot be read or written, or an argument is missing.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    if arguments.out.is_none() && arguments.emit.is_none() {
        bail!("say `--out DIR`, where all results are written, or `--emit WHAT`, which is printed");
    }
    let needs_module = !matches!(
        arguments.emit,
        Some(Emit::Bundle | Emit::Cedar | Emit::Envoy)
    );
    let module = if needs_module {
        Some(arguments.module.module()?)
    } else {
        None
    };
    let now = arguments.at.unwrap_or_else(time::now);
    let options = Options { module, now };
    let compiled = Project::compiled_and(&arguments.paths, &options, terminal, |issuers| {
        if arguments.fetch_jwks {
            fetch::resolve(issuers)?;
        }
        Ok(())
    });
    let Some(compiled) = compiled? else {
        terminal.say("nothing was written\n");
        return Ok(Exit::Problems);
    };
    if let Some(out) = &arguments.out {
        write(out, arguments, &compiled, terminal)?;
    }
    if let Some(emit) = arguments.emit {
        let text = printed(arguments, emit, &compiled)?;
        terminal.hand_over(&text)?;
    }
    // the program ends: to take 100,000 rules apart again is a tenth of all that was done
    std::mem::forget(compiled);
    Ok(Exit::Clean)
}

/// Writes all results into a folder, and says what comes next.
fn write(
    out: &Path,
    arguments: &Arguments,
    compiled: &Compiled,
    terminal: &mut Terminal<'_>,
) -> Result<()> {
    let files = output::files(&compiled.output)?;
    folder::write(out, &files)?;
    let out = out.display().to_string();
    terminal.print(&format!(
        "{} written to {out}\nnext: kubectl apply -f {}\n",
        counted(files.len(), "file"),
        shell(&format!("{}/istio/", out.trim_end_matches('/')))
    ))?;
    if arguments.module.module_url == module::DEFAULT_URL {
        terminal.say(&format!(
            "proxies load the filter from {}, a file that each of them must have; `--module-url` names another place\n",
            module::DEFAULT_URL
        ));
    }
    Ok(())
}

fn printed(arguments: &Arguments, emit: Emit, compiled: &Compiled) -> Result<String> {
    let named = || one(&compiled.output, arguments.target.as_deref());
    Ok(match emit {
        Emit::Cedar => compiled.output.meaning.text(),
        Emit::Bundle => named()?.text.clone(),
        Emit::Istio => {
            let targets = if arguments.target.is_some() {
                vec![named()?]
            } else {
                compiled.output.targets.iter().collect()
            };
            let objects: Vec<_> = targets
                .into_iter()
                .flat_map(|target| target.istio.clone())
                .collect();
            output::yaml(&objects)?
        }
        Emit::Envoy => {
            let target = named()?;
            let place = place(arguments)?;
            envoy::bootstrap(
                &target.bundle,
                &target.text,
                &compiled.loaded.policy.gate.issuers,
                &place,
            )?
        }
    })
}

/// The only target, or the one that is named.
fn one<'a>(output: &'a Output, name: Option<&str>) -> Result<&'a TargetOutput> {
    let known = || {
        output
            .targets
            .iter()
            .map(|target| target.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (name, output.targets.as_slice()) {
        (Some(name), targets) => {
            let found = targets.iter().find(|target| target.name == name);
            found.with_context(|| format!("no install target `{name}`; there are {}", known()))
        }
        (None, [only]) => Ok(only),
        (None, _) => bail!(
            "there are several install targets, say `--target NAME`: {}",
            known()
        ),
    }
}

fn place(arguments: &Arguments) -> Result<Place> {
    let EnvoyArguments {
        listen,
        upstreams,
        upstream_ca,
        admin,
    } = &arguments.place;
    let mut known = BTreeMap::new();
    for (name, address) in upstreams {
        if known.insert(name.clone(), address.clone()).is_some() {
            bail!("`--upstream {name}=...` stands there twice");
        }
    }
    let text = |path: PathBuf| {
        path.into_os_string()
            .into_string()
            .ok()
            .context("a path that is not UTF-8")
    };
    let authorities = upstream_ca
        .as_ref()
        .map(|file| text(std::path::absolute(file)?))
        .transpose()?;
    Ok(Place {
        wasm: text(arguments.module.file()?)?,
        listen: *listen,
        upstreams: known,
        authorities,
        admin: *admin,
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, address) = text.split_once('=').ok_or("write NAME=HOST:PORT")?;
    Ok((name.to_owned(), address.to_owned()))
}
