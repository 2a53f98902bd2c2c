//! A loaded bundle: validated, indexed, immutable. What it cannot make sense of, it refuses as a whole.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::bundle::{Bundle, Condition, Issuer, ModelEntry, PodLabel, Route, Rule, VERSION, Who};
use crate::keys::{KeySet, KeysError};
use crate::principal::{Caller, Identity, Subject, Through, Workload};
use crate::sorted::unique;
use crate::{digest, facts};

mod asks;
mod issuers;
mod models;
mod table;
#[cfg(feature = "what-if")]
mod what_if;

pub(crate) use models::Models;
pub use models::{ADDED, LOCAL, folded, is_odd, plain};
pub(crate) use table::Table;

/// Deepest nesting of a rule's condition.
pub const MAX_CONDITION_DEPTH: u32 = 32;

/// A bundle that can decide.
#[derive(Debug)]
pub struct Engine {
    bundle: Bundle,
    digest: String,
    hosts: BTreeMap<String, Vec<Rc<Route>>>,
    models: BTreeMap<String, Rc<Models>>,
    table: Table,
}

/// Why a bundle is refused; the proxy keeps its last good one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// not JSON of the wire types, or a field too many
    #[error("the bundle does not parse: {0}")]
    Malformed(String),
    /// compiled for another filter
    #[error("the bundle has version {0}, this filter reads version {VERSION}")]
    Version(u32),
    /// truncated or edited on its way
    #[error("the bundle does not have the digest it was compiled with")]
    Digest,
    /// a position points nowhere, or a list that must not be empty is
    #[error("the bundle contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// the inline keys of this issuer cannot be used
    #[error("the keys of issuer `{0}` cannot be used: {1}")]
    Keys(String, KeysError),
}

impl Engine {
    /// Loads a bundle from the bytes that the compiler emitted.
    ///
    /// # Errors
    /// See [`LoadError`].
    #[inline(never)]
    pub fn load(bytes: &[u8]) -> Result<Self, LoadError> {
        let bundle: Bundle = serde_json::from_slice(bytes)
            .map_err(|error| LoadError::Malformed(error.to_string()))?;
        Self::new(bundle, digest::of(bytes))
    }

    /// With a bundle that was read already, and the digest of its bytes.
    ///
    /// # Errors
    /// See [`LoadError`].
    #[inline(never)]
    pub fn new(bundle: Bundle, digest: String) -> Result<Self, LoadError> {
        if bundle.version != VERSION {
            return Err(LoadError::Version(bundle.version));
        }
        check(&bundle)?;
        Ok(Self {
            hosts: index_hosts(&bundle.routes),
            models: models::index(&bundle.models),
            table: Table::new(&bundle),
            digest,
            bundle,
        })
    }

    /// The engine of one workload's sidecar: only its own routes are left. `label` gives the pod's labels by name.
    #[must_use]
    #[inline(never)]
    pub fn at_workload(mut self, namespace: &str, label: impl Fn(&str) -> Option<String>) -> Self {
        let here = |route: &Route| match &route.workload {
            Some(PodLabel { name, value }) => {
                route.namespace == namespace && label(name).as_ref() == Some(value)
            }
            None => true,
        };
        self.bundle.routes.retain(here);
        self.hosts = index_hosts(&self.bundle.routes);
        self
    }

    /// Digest of the bytes that were loaded.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What was loaded.
    #[must_use]
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The issuer with exactly this `iss`, and its position.
    #[must_use]
    pub fn issuer(&self, iss: &str) -> Option<(usize, &Issuer)> {
        self.bundle
            .issuers
            .iter()
            .enumerate()
            .find(|(_, issuer)| issuer.issuer == iss)
    }

    /// Keys that came with the bundle, by position of their issuer.
    pub fn inline_keys(&self) -> impl Iterator<Item = (usize, KeySet)> {
        let issuers = self.bundle.issuers.iter().enumerate();
        issuers.filter_map(|(position, issuer)| Some((position, issuers::keys(issuer).ok()??)))
    }

    /// The routes of a host, longest prefix first.
    pub fn routes(&self, host: &str) -> std::slice::Iter<'_, Rc<Route>> {
        self.hosts.get(host).map_or(&[][..], Vec::as_slice).iter()
    }

    /// The entry that judges this model: the exact name, else the longest beginning.
    #[must_use]
    pub fn model(&self, namespace: &str, name: &str) -> Option<&ModelEntry> {
        self.entry(namespace, name).map(|(_, entry)| entry)
    }

    /// The same with its position.
    pub(crate) fn entry(&self, namespace: &str, name: &str) -> Option<(u32, &ModelEntry)> {
        self.entry_of(self.models.get(namespace)?, name)
    }

    /// The models of a namespace.
    pub(crate) fn models(&self, namespace: &str) -> Option<Rc<Models>> {
        self.models.get(namespace).cloned()
    }

    /// The one of them that judges this model.
    pub(crate) fn entry_of(&self, models: &Models, name: &str) -> Option<(u32, &ModelEntry)> {
        let entries = &self.bundle.models;
        let position = models.find(entries, name)?;
        let entry = entries.get(usize::try_from(position).ok()?)?;
        Some((position, entry))
    }

    /// Whether some server could take the name for one that has an entry of its own: in other capitals, or with the parts written out
    /// that it would add itself or take off (Ollama's registry and tag, a scheme, `:local`), with an unusual word for its cloud; or for one
    /// that other entries judge.
    #[must_use]
    pub fn is_other_spelling(&self, namespace: &str, name: &str) -> bool {
        let entries = &self.bundle.models;
        let models = self.models.get(namespace);
        models.is_some_and(|models| models.is_other_spelling(entries, name))
    }

    /// The caller that a verified token and the connection make. With a token its principal counts, else the peer's.
    #[must_use]
    pub fn caller(&self, identity: Option<&Identity>, peer: Option<&Workload>) -> Caller {
        let peer = peer.map(|workload| Through {
            term: self.workload_term(workload),
        });
        let Some(identity) = identity else {
            let terms: Vec<u32> = peer.and_then(|peer| peer.term).into_iter().collect();
            return Caller {
                terms: terms.into(),
                peer,
                ..Caller::default()
            };
        };
        Caller {
            terms: self.terms(identity).into(),
            token: true,
            peer,
            client: identity.client_term().map(|term| Through {
                term: self.term(&term),
            }),
            claims: Rc::clone(&identity.claims),
            facts: None,
        }
    }

    fn terms(&self, identity: &Identity) -> Vec<u32> {
        let workload = match &identity.subject {
            Subject::Workload(workload) => Some(workload),
            Subject::User(_) | Subject::ServiceAccount(_) => None,
        };
        unique(match workload {
            Some(workload) => self.workload_term(workload).into_iter().collect(),
            None => identity
                .terms()
                .filter_map(|term| self.term(&term))
                .collect(),
        })
    }

    pub(crate) const fn table(&self) -> &Table {
        &self.table
    }

    pub(crate) fn rule(&self, rule: u32) -> Option<&Rule> {
        self.bundle.rules.get(usize::try_from(rule).ok()?)
    }

    /// A name `X/Y` in a rule means issuer X where there is one: a Kubernetes namespace called like an issuer names nobody.
    fn workload_term(&self, workload: &Workload) -> Option<u32> {
        let taken = self
            .bundle
            .issuers
            .iter()
            .any(|issuer| issuer.name == workload.namespace);
        if taken {
            None
        } else {
            self.term(&workload.term())
        }
    }

    fn term(&self, term: &str) -> Option<u32> {
        let position = self
            .bundle
            .terms
            .binary_search_by(|known| known.as_str().cmp(term))
            .ok()?;
        u32::try_from(position).ok()
    }
}

#[inline(never)]
fn check(bundle: &Bundle) -> Result<(), LoadError> {
    let sorted = bundle.terms.is_sorted_by(|a, b| a < b);
    ensure(sorted, "`terms` is not sorted and unique")?;
    ensure(bundle.scopes > 0, "`scopes` is 0")?;
    let in_order = |model: &ModelEntry| model.scopes.is_sorted_by(|a, b| a < b);
    ensure(
        bundle.models.iter().all(in_order),
        "a model's scopes are not sorted and unique",
    )?;
    let in_scopes = |scope: &u32| *scope < bundle.scopes;
    ensure(
        bundle
            .models
            .iter()
            .all(|model| model.scopes.iter().all(in_scopes)),
        "a model's scope does not exist",
    )?;
    ensure(
        bundle.facts.iter().all(|fact| facts::is_known(fact)),
        "a fact is of no known kind",
    )?;
    issuers::check_all(&bundle.issuers)?;
    bundle
        .rules
        .iter()
        .try_for_each(|rule| check_rule(bundle, rule))
}

fn check_rule(bundle: &Bundle, rule: &Rule) -> Result<(), LoadError> {
    ensure(rule.scope < bundle.scopes, "a rule's scope does not exist")?;
    ensure(!rule.actions.is_empty(), "a rule has no action")?;
    if let Who::AnyOf(terms) = &rule.who {
        ensure(!terms.is_empty(), "a rule has no principal")?;
        ensure(
            terms_exist(bundle, terms),
            "a rule's principal does not exist",
        )?;
    }
    match &rule.when {
        Some(condition) => check_condition(bundle, condition, MAX_CONDITION_DEPTH),
        None => Ok(()),
    }
}

fn check_condition(bundle: &Bundle, condition: &Condition, depth: u32) -> Result<(), LoadError> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(LoadError::Inconsistent("a condition is nested too deeply"));
    };
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts
            .iter()
            .try_for_each(|part| check_condition(bundle, part, depth)),
        Condition::Not(part) => check_condition(bundle, part, depth),
        Condition::PrincipalIn(terms) | Condition::PeerIn(terms) | Condition::ClientIn(terms) => {
            ensure(
                terms_exist(bundle, terms),
                "a condition's principal does not exist",
            )
        }
        Condition::Claim(name, _) => ensure(
            !facts::is_fact(name) || bundle.facts.contains(name),
            "a condition asks for what is not read",
        ),
        Condition::Always(_)
        | Condition::HasPeer
        | Condition::HasClient
        | Condition::ModelIn(_)
        | Condition::Public
        | Condition::Number(..)
        | Condition::Text(..) => Ok(()),
    }
}

fn terms_exist(bundle: &Bundle, terms: &[u32]) -> bool {
    terms
        .iter()
        .all(|term| usize::try_from(*term).is_ok_and(|position| position < bundle.terms.len()))
}

fn ensure(holds: bool, problem: &'static str) -> Result<(), LoadError> {
    if holds {
        Ok(())
    } else {
        Err(LoadError::Inconsistent(problem))
    }
}

#[inline(never)]
fn index_hosts(routes: &[Route]) -> BTreeMap<String, Vec<Rc<Route>>> {
    let mut hosts: BTreeMap<String, Vec<Rc<Route>>> = BTreeMap::new();
    for route in routes.iter().cloned().map(Rc::new) {
        for host in &route.hosts {
            hosts
                .entry(host.clone())
                .or_default()
                .push(Rc::clone(&route));
        }
    }
    for routes in hosts.values_mut() {
        longest_first(routes);
    }
    hosts
}

/// Routes of a host are few, and each sort of another type is another kilobyte of module: those of one length stay in order.
fn longest_first(routes: &mut [Rc<Route>]) {
    for end in 1..routes.len() {
        let longer = |pair: &[Rc<Route>]| match pair {
            [one, two] => two.prefix.len() > one.prefix.len(),
            _ => false,
        };
        let mut at = end;
        while at > 0 && routes.get(at.saturating_sub(1)..=at).is_some_and(longer) {
            routes.swap(at.saturating_sub(1), at);
            at = at.saturating_sub(1);
        }
    }
}
