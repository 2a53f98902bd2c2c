//! The dictionary of principals.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher};

use cedar_policy::pst::EntityUID;
use policies::bundle::ServiceAccountClaim;

use crate::cedar::Entity;
use crate::checks::grammar::{is_label, is_subdomain};
use crate::checks::names::literal;
use crate::policy::{Gate, Issuer, Term};
use crate::syntax::suggest;

use super::refusal::Refusal;

/// Every principal that was named, in the order of naming.
#[derive(Debug, Clone)]
pub struct Terms {
    issuers: BTreeSet<String>,
    /// issuers whose tokens name workloads as certificates do
    kubernetes: BTreeSet<String>,
    namespaces: BTreeSet<String>,
    headers: BTreeSet<String>,
    attributes: BTreeSet<String>,
    address: bool,
    positions: HashMap<Term, u32, BuildHasherDefault<DefaultHasher>>,
    names: Vec<Term>,
}

impl Terms {
    pub(super) fn new(gate: &Gate) -> Self {
        let (kubernetes, issuers): (Vec<&Issuer>, Vec<&Issuer>) =
            gate.issuers.iter().partition(|issuer| {
                issuer.claims.service_account == Some(ServiceAccountClaim::Kubernetes)
            });
        let names = |issuers: Vec<&Issuer>| {
            let names = issuers.into_iter().map(|issuer| issuer.name.clone());
            names.collect()
        };
        let namespaces = gate
            .namespaces
            .iter()
            .map(|namespace| namespace.name.clone())
            .collect();
        Self {
            issuers: names(issuers),
            kubernetes: names(kubernetes),
            namespaces,
            headers: gate.headers.clone(),
            attributes: gate.attributes.keys().cloned().collect(),
            address: gate.address,
            positions: HashMap::default(),
            names: Vec::new(),
        }
    }

    /// The principals, by position.
    #[must_use]
    pub fn names(&self) -> &[Term] {
        &self.names
    }

    /// The position of an entity; a name that no token and no certificate can carry is refused.
    pub(super) fn position(&mut self, uid: &EntityUID) -> Result<u32, Refusal> {
        let term = self.term(uid)?;
        if let Some(position) = self.positions.get(&term) {
            return Ok(*position);
        }
        let position = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.positions.insert(term.clone(), position);
        self.names.push(term);
        Ok(position)
    }

    /// The same for a name of an access file.
    pub(super) fn named(&mut self, term: &Term) -> Result<u32, Refusal> {
        match self.positions.get(term) {
            Some(position) => Ok(*position),
            None => self.position(&term.uid()),
        }
    }

    /// Knows one more namespace.
    pub(super) fn with_namespace(mut self, name: &str) -> Self {
        self.namespaces.insert(name.to_owned());
        self
    }

    /// A namespace without models is a typing error, and a `forbid` that names it would forbid nothing.
    pub(super) fn check_namespace(&self, namespace: &str) -> Result<(), Refusal> {
        if self.namespaces.contains(namespace) {
            return Ok(());
        }
        let known: Vec<&str> = self.namespaces.iter().map(String::as_str).collect();
        Err(Refusal::entity(
            namespace,
            "is no namespace of the gate",
            format!("there are `{}`", known.join("`, `")),
        ))
    }

    /// Cedar takes a field that the gate does not list for one that no request has, and a `forbid` that asks for it would forbid
    /// nothing.
    pub(super) fn check_header(&self, name: &str) -> Result<(), Refusal> {
        if self.headers.contains(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.headers.iter().map(String::as_str).collect();
        let help = match known.as_slice() {
            [] => "have it listed in `conditions.headers` of the gate".to_owned(),
            known => format!("the gate lists `{}`", known.join("`, `")),
        };
        Err(Refusal::entity(
            name,
            "is no header field that conditions can ask for",
            help,
        ))
    }

    /// The same for attributes of tokens: `has` of one that no issuer declares is false for Cedar, and not worth more than a warning.
    pub(super) fn check_claim(&self, name: &str) -> Result<(), Refusal> {
        if self.attributes.contains(name) {
            return Ok(());
        }
        let known: Vec<&str> = self.attributes.iter().map(String::as_str).collect();
        let help = match known.as_slice() {
            [] => "have it declared in `claims.attributes` of an issuer".to_owned(),
            known => suggest::help(name, known.iter().copied(), "the attributes are"),
        };
        let why = "is no attribute that an issuer of the gate declares";
        Err(Refusal::entity(name, why, help))
    }

    /// The administrator vouches for what the proxies take for a client's address.
    pub(super) fn check_address(&self) -> Result<(), Refusal> {
        if self.address {
            return Ok(());
        }
        Err(Refusal::entity(
            "context.address",
            "is nothing that conditions can ask for",
            "have the gate say `conditions: { address: true }`",
        ))
    }

    /// An application is known by its issuer's tokens; one that no issuer names would never be met.
    pub(super) fn check_application(&self, uid: &EntityUID) -> Result<(), Refusal> {
        let id = uid.eid.to_string();
        let owner = id.split_once('/').map_or("", |(owner, _)| owner);
        if self.issuers.contains(owner) {
            return Ok(());
        }
        Err(Refusal::entity(
            uid,
            "is no application of an issuer",
            "write `ServiceAccount::\"ISSUER/NAME\"`, or ask for `context.peer`",
        ))
    }

    fn term(&self, uid: &EntityUID) -> Result<Term, Refusal> {
        let id = uid.eid.to_string();
        literal(&id).map_err(Refusal::name)?;
        let (owner, name) = id.split_once('/').unwrap_or_default();
        let nobody = |why: &str, help: String| Err(Refusal::entity(uid, why, help));
        let known = self.issuers.contains(owner);
        match Entity::of(uid) {
            Some(Entity::User | Entity::Group) if name.is_empty() || !known => {
                let issuers: Vec<&str> = self.issuers.iter().map(String::as_str).collect();
                nobody(
                    "names no issuer",
                    format!(
                        "write `ISSUER/NAME`; the issuers are `{}`",
                        issuers.join("`, `")
                    ),
                )
            }
            Some(Entity::ServiceAccount) if name.is_empty() || owner.is_empty() => nobody(
                "is no service account",
                "write `NAMESPACE/NAME` or `ISSUER/NAME`".into(),
            ),
            Some(Entity::ServiceAccount) if self.kubernetes.contains(owner) => nobody(
                "is no name in a token of Kubernetes",
                "write `NAMESPACE/NAME`".into(),
            ),
            Some(Entity::ServiceAccount) if !known && !is_workload(owner, name) => nobody(
                "is no service account of Kubernetes, and its issuer is none of the gate",
                "write `NAMESPACE/NAME` or `ISSUER/NAME`".into(),
            ),
            Some(Entity::User) => Ok(Term::User(id)),
            Some(Entity::Group) => Ok(Term::Group(id)),
            Some(Entity::ServiceAccount) => Ok(Term::ServiceAccount(id)),
            _ => nobody(
                "is no principal",
                "write `User::`, `Group::` or `ServiceAccount::\"ISSUER/NAME\"`".into(),
            ),
        }
    }
}

/// Whether a certificate can name it.
fn is_workload(namespace: &str, name: &str) -> bool {
    is_label(namespace) && is_subdomain(name)
}
