//! The emitted bundles, loaded from their bytes as a proxy loads them, with keys for the issuers that publish them elsewhere.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use compiler::policy::Issuer;
use policies::engine::Engine;
use policies::guard::Guard;
use policies::time::UnixTime;

use crate::fetch;
use crate::project::Compiled;

/// Keys from a file do not age, whatever time a question is about: none is later than when they came.
const NEVER_OLD: UnixTime = UnixTime::from_nanos(u64::MAX);

/// Keys that a proxy would fetch.
#[derive(Debug, Clone, Args)]
pub struct Keys {
    /// Keys of an issuer with a `jwksUri`: a file with its JWK set
    #[arg(long = "jwks", value_name = "ISSUER=FILE", value_parser = pair)]
    pub jwks: Vec<(String, PathBuf)>,
    /// Ask the other issuers for their keys, as a proxy would
    #[arg(long)]
    pub fetch_jwks: bool,
}

/// One guard for each install target.
#[derive(Debug)]
pub struct Guards(Vec<Guard>);

impl Guards {
    /// Loads every bundle, or only that of one target.
    ///
    /// # Errors
    /// When there is no such target or issuer, or keys cannot be read.
    pub fn load(compiled: &Compiled, target: Option<&str>, keys: &Keys) -> Result<Self> {
        let targets = &compiled.output.targets;
        let wanted = targets
            .iter()
            .filter(|output| target.is_none_or(|target| output.name == target));
        let engine = |output: &compiler::output::TargetOutput| Engine::load(output.text.as_bytes());
        let engines = wanted
            .map(engine)
            .collect::<Result<Vec<_>, _>>()
            .context("the emitted bundle does not load")?;
        if engines.is_empty() {
            let names: Vec<&str> = targets.iter().map(|output| output.name.as_str()).collect();
            bail!(
                "no install target `{}`; there are {}",
                target.unwrap_or_default(),
                names.join(", ")
            );
        }
        let mut guards = Self(engines.into_iter().map(Guard::new).collect());
        for (issuer, file) in &keys.jwks {
            let bytes =
                fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
            guards
                .install(issuer, &bytes)
                .with_context(|| format!("cannot use `{}`", file.display()))?;
        }
        if keys.fetch_jwks {
            guards.fetch(compiled, keys)?;
        }
        Ok(guards)
    }

    fn fetch(&mut self, compiled: &Compiled, keys: &Keys) -> Result<()> {
        let given = |issuer: &&Issuer| keys.jwks.iter().any(|(name, _)| *name == issuer.name);
        let issuers = compiled.loaded.policy.gate.issuers.iter();
        for issuer in issuers.filter(|issuer| !given(issuer)) {
            if let Some(published) = fetch::published(issuer)? {
                self.install(&issuer.name, &published.keys)?;
            }
        }
        Ok(())
    }

    /// The guard that would see a request to this host: the first with a route for it, else the first.
    pub fn for_host(&mut self, authority: &[u8]) -> &mut Guard {
        let host = host(authority);
        let routing = self
            .0
            .iter()
            .position(|guard| guard.engine().routes(&host).next().is_some());
        &mut self.0[routing.unwrap_or_default()]
    }

    /// Any guard: all know the same issuers.
    pub fn first(&mut self) -> &mut Guard {
        &mut self.0[0]
    }

    fn install(&mut self, issuer: &str, jwks: &[u8]) -> Result<()> {
        for guard in &mut self.0 {
            let issuers = &guard.engine().bundle().issuers;
            let names = || {
                issuers
                    .iter()
                    .map(|issuer| issuer.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let position = issuers.iter().position(|known| known.name == issuer);
            let position =
                position.ok_or_else(|| anyhow!("no issuer `{issuer}`; there are {}", names()))?;
            guard.install_keys(position, jwks, NEVER_OLD)?;
        }
        Ok(())
    }
}

/// The name without port, for choosing a target only; the machine reads the bytes themselves.
fn host(authority: &[u8]) -> String {
    let text = String::from_utf8_lossy(authority).to_ascii_lowercase();
    let name = text.split(':').next().unwrap_or_default();
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

fn pair(text: &str) -> Result<(String, PathBuf), String> {
    let (issuer, file) = text.split_once('=').ok_or("write ISSUER=FILE")?;
    Ok((issuer.to_owned(), PathBuf::from(file)))
}
