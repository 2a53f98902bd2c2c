//! The Envoys that are compared: the same listener, and an answer from the listener itself, with different filters before it.

use std::fs;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use policies::bundle::{Bundle, Effect, Rule, Who};
use serde_json::{Value, json};
use tests::cases::fixture::{Compiled, Mode};
use tests::envoy::{Setup, folder, manager};
use tests::process::Group;

use crate::empty;
use crate::native::{jwt_authn, rbac};
use crate::opa;

/// OPA verifies the token of every request.
pub const VERIFIED: &str = "verified";
/// OPA reads the token and believes it.
pub const DECODED: &str = "decoded";

/// Which filters a request passes, and with which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variant {
    /// none
    Bare,
    /// a module that does nothing
    Empty,
    /// Envoy's jwt_authn
    Authn,
    /// what Istio emits: jwt_authn, and RBAC with so many policies
    Native(usize),
    /// the same with one policy and a cache of tokens, which Istio does not set
    Cached,
    /// ours, with a token that it has seen before
    Known,
    /// ours, with a token that it has not seen
    FirstSeen,
    /// ours with so many rules, and a token that it has seen before
    Rules(usize),
    /// Open Policy Agent behind ext_authz, with this rule of `opa/policy.rego`
    Opa(&'static str),
    /// another build of ours, as in one of the others
    Build(PathBuf, Box<Self>),
}

impl Variant {
    /// In the order of the table.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::Bare,
            Self::Empty,
            Self::Authn,
            Self::Native(1),
            Self::Native(10),
            Self::Native(1000),
            Self::Native(10_000),
            Self::Cached,
            Self::Known,
            Self::FirstSeen,
            Self::Rules(10),
            Self::Rules(10_000),
            Self::Rules(100_000),
            Self::Opa(VERIFIED),
            Self::Opa(DECODED),
        ]
    }

    /// As the table has it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Bare => String::from("none"),
            Self::Empty => String::from("empty wasm filter"),
            Self::Authn => String::from("jwt_authn"),
            Self::Native(policies) => format!("jwt_authn, RBAC with {policies}"),
            Self::Cached => String::from("jwt_authn with cache, RBAC with 1"),
            Self::Known => String::from("modelgate, known token"),
            Self::FirstSeen => String::from("modelgate, first-seen tokens"),
            Self::Rules(rules) => format!("modelgate, {rules} rules"),
            Self::Opa(rule) => format!("ext_authz, OPA, token {rule}"),
            Self::Build(module, like) => {
                let module = module.file_stem().unwrap_or_default();
                format!("{}: {}", module.display(), like.name())
            }
        }
    }

    /// How many different tokens the requests have: more than the filter remembers, where it is to know none.
    #[must_use]
    pub fn tokens(&self) -> usize {
        match self {
            Self::FirstSeen => 3 * policies::guard::MAX_TOKENS,
            Self::Build(_, like) => like.tokens(),
            _ => 1,
        }
    }

    /// Whether it asks for a token.
    #[must_use]
    pub const fn asks(&self) -> bool {
        !matches!(self, Self::Bare | Self::Empty | Self::Authn)
    }

    /// What runs beside the proxy, where something does.
    ///
    /// # Errors
    /// It does not start.
    pub fn beside(&self, setup: &mut Setup) -> Result<Option<Group>> {
        match self {
            Self::Opa(rule) => Ok(Some(opa::start(rule, setup)?)),
            _ => Ok(None),
        }
    }

    /// Its bootstrap.
    ///
    /// # Errors
    /// There is no module, or no bootstrap.
    pub fn setup(&self) -> Result<Setup> {
        if let Self::Build(module, like) = self {
            let mut setup = like.setup()?;
            let filters = manager(setup.listener())?["http_filters"].as_array_mut();
            load_module(
                filters.context("there are filters")?,
                module.canonicalize()?,
            )?;
            return Ok(setup);
        }
        let unused = (Ipv4Addr::LOCALHOST, 1).into();
        let mut setup = match self {
            Self::Rules(count) => Setup::new(&with_rules(*count)?, unused, unused)?,
            _ => Setup::new(Mode::Stream.compiled(), unused, unused)?,
        };
        let manager = manager(setup.listener())?;
        let filters = manager["http_filters"]
            .as_array_mut()
            .context("there are filters")?;
        match self {
            Self::Bare => drop(filters.remove(0)),
            Self::Empty => load_module(filters, empty_module()?)?,
            Self::Authn => drop(filters.splice(0..1, [jwt_authn(false)])),
            Self::Native(count) => drop(filters.splice(0..1, [jwt_authn(false), rbac(*count)])),
            Self::Cached => drop(filters.splice(0..1, [jwt_authn(true), rbac(1)])),
            Self::Opa(_) => drop(filters.splice(0..1, [opa::ext_authz()])),
            Self::Known | Self::FirstSeen | Self::Rules(_) | Self::Build(..) => {}
        }
        manager["route_config"] = json!({ "virtual_hosts": [{ "name": "any", "domains": ["*"], "routes": [
            { "match": { "prefix": "/" }, "direct_response": { "status": 200 } }] }] });
        Ok(setup)
    }
}

/// Puts another module in the place of ours.
///
/// # Errors
/// There is no module to replace.
pub fn load_module(filters: &mut [Value], module: PathBuf) -> Result<()> {
    let path = "/typed_config/config/vm_config/code/local/filename";
    let ours = filters.first_mut().and_then(|ours| ours.pointer_mut(path));
    *ours.context("a module")? = json!(module);
    Ok(())
}

fn empty_module() -> Result<PathBuf> {
    let file = folder()?.join("empty.wasm");
    fs::write(&file, empty::module())?;
    Ok(file)
}

/// The fixture with fewer or more rules: the first of them, the one that allows the request, and others for others.
fn with_rules(count: usize) -> Result<Compiled> {
    let compiled = Mode::Stream.compiled();
    let mut bundle: Bundle = serde_json::from_str(&compiled.bundle)?;
    let allowing = |rule: &Rule| rule.id.to_string().starts_with("fraud/fraud-models/allow");
    // denies and guardrails stay, so that what is allowed stays the same
    let mut kept: Vec<Rule> = Vec::new();
    for rule in &bundle.rules {
        if allowing(rule) || (rule.effect != Effect::Allow && kept.len() < count) {
            kept.push(rule.clone());
        }
    }
    kept.truncate(count);
    let like = kept.iter().find(|rule| allowing(rule)).cloned();
    let like = like.context("the fixture allows the request")?;
    for number in kept.len()..count {
        // sorted after every other term
        bundle.terms.push(format!("user:~others/{number:06}"));
        let term = u32::try_from(bundle.terms.len())? - 1;
        kept.push(Rule {
            id: format!("fraud/others/allow[{number}]").as_str().into(),
            who: Who::AnyOf(vec![term]),
            ..like.clone()
        });
    }
    bundle.rules = kept;
    forget_unused_scopes(&mut bundle)?;
    Ok(Compiled {
        bundle: serde_json::to_string(&bundle)?,
        issuers: compiled.issuers.clone(),
    })
}

/// A bundle has no more scopes than rules.
fn forget_unused_scopes(bundle: &mut Bundle) -> Result<()> {
    let mut used: Vec<u32> = bundle.rules.iter().map(|rule| rule.scope).collect();
    used.push(0);
    used.sort_unstable();
    used.dedup();
    let new = |scope: u32| u32::try_from(used.binary_search(&scope).ok()?).ok();
    for rule in &mut bundle.rules {
        rule.scope = new(rule.scope).context("a used scope")?;
    }
    for model in &mut bundle.models {
        model.scopes = model
            .scopes
            .iter()
            .filter_map(|scope| new(*scope))
            .collect();
    }
    bundle.scopes = u32::try_from(used.len())?;
    Ok(())
}
