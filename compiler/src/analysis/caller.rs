//! The kinds of callers, and what a rule asks of each.
//!
//! For one kind the properties of a request are independent: a user's name says nothing about its groups, a token's
//! attribute nothing about the hour. What cannot be true of the kind is false at once.

use std::borrow::Cow;

use policies::bundle::{
    ClaimKind, ClaimTest, Condition, Number, ServiceAccountClaim, Text as RequestText,
};
use policies::facts::{ADDRESS, VERSION, is_fact, of_header};
use policies::profile::Versions;
use policies::time::UnixTime;

use crate::lower::Pattern;
use crate::policy::{Gate, Issuer, Term};

use super::domain::{Addresses, Domain, Times, Values};
use super::effort::Effort;
use super::formula::{Formula, Property, Test};
use super::offers::Methods;
use super::rules::{Side, Target};
use super::solve::{Domains, solve};

/// A kind of caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// a person with a token of this issuer
    User(String),
    /// a machine with a token of this issuer
    Account(String),
    /// a workload with a Kubernetes token of this issuer
    Token(String),
    /// a workload by its certificate alone
    Workload,
}

/// A kind of caller, and what such a request can be.
#[derive(Debug, Clone)]
pub struct Shape {
    /// which
    pub kind: Kind,
    /// names that stand for issuers: no workload has one as its namespace
    issuers: Vec<String>,
    /// the properties of a request
    pub(super) domains: Domains,
    effort: Effort,
}

/// Every kind that the gate's issuers make possible, from a time on, with what may be spent on searches for requests of theirs.
#[must_use]
pub fn shapes(gate: &Gate, since: UnixTime, effort: &Effort) -> Vec<Shape> {
    let issuers: Vec<String> = gate
        .issuers
        .iter()
        .map(|issuer| issuer.name.clone())
        .collect();
    let shape = |kind: Kind, issuer: Option<&Issuer>| Shape {
        domains: domains(&kind, issuer, gate, since),
        kind,
        issuers: issuers.clone(),
        effort: effort.clone(),
    };
    let mut shapes = Vec::new();
    for issuer in &gate.issuers {
        let name = || issuer.name.clone();
        if issuer.claims.user.is_some() {
            shapes.push(shape(Kind::User(name()), Some(issuer)));
        }
        match &issuer.claims.service_account {
            Some(ServiceAccountClaim::Named(_)) => {
                shapes.push(shape(Kind::Account(name()), Some(issuer)));
            }
            Some(ServiceAccountClaim::Kubernetes) => {
                shapes.push(shape(Kind::Token(name()), Some(issuer)));
            }
            None => {}
        }
    }
    shapes.push(shape(Kind::Workload, None));
    shapes
}

fn domains(kind: &Kind, issuer: Option<&Issuer>, gate: &Gate, since: UnixTime) -> Domains {
    let optional_if = |possible: bool| {
        if possible {
            Domain::optional(Values::any_text())
        } else {
            Domain::missing()
        }
    };
    let has_groups = matches!(kind, Kind::User(_) | Kind::Account(_))
        && issuer.is_some_and(|issuer| issuer.claims.groups.is_some());
    let named = |issuer: &Issuer| {
        matches!(
            issuer.claims.service_account,
            Some(ServiceAccountClaim::Named(_))
        )
    };
    let has_client = matches!(kind, Kind::User(_)) && issuer.is_some_and(named);
    let groups = if has_groups {
        Domain::present(Values::any_set())
    } else {
        Domain::missing()
    };
    let mut domains = Domains::from([
        (Property::Name, Domain::present(Values::any_text())),
        (Property::Groups, groups),
        (Property::Peer, optional_if(*kind != Kind::Workload)),
        (Property::Client, optional_if(has_client)),
        (
            Property::Time(Number::Now),
            Domain::present(Values::Times(Times::since(since))),
        ),
        (Property::Method, Domain::present(Values::any_text())),
    ]);
    let attributes = issuer
        .into_iter()
        .flat_map(|issuer| &issuer.claims.attributes);
    domains.extend(attributes.map(|attribute| {
        let claim = Property::Claim(attribute.name.clone());
        (claim, Domain::optional(values(attribute.kind)))
    }));
    domains.extend(facts(gate));
    domains
}

/// What requests can say besides.
fn facts(gate: &Gate) -> impl Iterator<Item = (Property, Domain)> {
    let headers = gate.headers.iter().map(|name| {
        let field = Property::Fact(of_header(name));
        (field, Domain::optional(Values::any_text()))
    });
    let address = gate.address.then(|| {
        let any = Values::Addresses(Addresses::any());
        (Property::Fact(ADDRESS.to_owned()), Domain::present(any))
    });
    let version = Property::Fact(VERSION.to_owned());
    let version = (version, Domain::optional(Values::any_text()));
    headers.chain(address).chain([version])
}

fn values(kind: ClaimKind) -> Values {
    match kind {
        ClaimKind::Text => Values::any_text(),
        ClaimKind::Number => Values::Numbers(vec![(i64::MIN, i64::MAX)]),
        ClaimKind::Boolean => Values::Flag(None),
        ClaimKind::List | ClaimKind::Words => Values::any_set(),
    }
}

impl Shape {
    /// The requests of this kind of which the formula is true; `None` where there are none, or the search was given up
    /// ([`Side::gave_up`]).
    pub(super) fn solve(&self, formula: &Formula) -> Option<Cow<'_, Domains>> {
        solve(formula, &self.domains, &self.effort)
    }

    /// Whether it signed in with a token.
    pub(super) fn has_token(&self) -> bool {
        self.kind != Kind::Workload
    }

    /// The issuer of the token.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        match &self.kind {
            Kind::User(issuer) | Kind::Account(issuer) | Kind::Token(issuer) => Some(issuer),
            Kind::Workload => None,
        }
    }

    /// The same for requests that say what this one's can say, too.
    pub(super) fn saying(mut self, other: &Self) -> Self {
        let facts = other.domains.iter();
        for (property, domain) in
            facts.filter(|(property, _)| matches!(property, Property::Fact(_)))
        {
            let known = self.domains.entry(property.clone());
            known.or_insert_with(|| domain.clone());
        }
        self
    }

    /// The caller is one of these.
    pub(super) fn one_of<'a>(&self, terms: impl IntoIterator<Item = &'a Term>) -> Formula {
        Formula::any(terms.into_iter().map(|term| self.is(term)))
    }

    /// The caller is this, or in it.
    pub(super) fn is(&self, term: &Term) -> Formula {
        let (id, kind) = match term {
            Term::User(id) | Term::Group(id) | Term::ServiceAccount(id) => (id, &self.kind),
        };
        let (owner, name) = id.split_once('/').unwrap_or_default();
        let test = |property: Property, test: Test| Formula::Test(property, test);
        match (term, kind) {
            (Term::User(_), Kind::User(issuer)) if issuer == owner => {
                test(Property::Name, Test::Text(name.to_owned()))
            }
            (Term::Group(_), Kind::User(issuer) | Kind::Account(issuer)) if issuer == owner => {
                test(Property::Groups, Test::Contains(name.to_owned()))
            }
            (Term::ServiceAccount(_), Kind::Account(issuer)) if issuer == owner => {
                test(Property::Name, Test::Text(name.to_owned()))
            }
            (Term::ServiceAccount(id), Kind::Token(_) | Kind::Workload)
                if !self.is_issuer(owner) =>
            {
                test(Property::Name, Test::Text(id.clone()))
            }
            _ => Formula::Always(false),
        }
    }

    /// What the condition asks of such a request.
    pub(super) fn condition(
        &self,
        condition: &Condition,
        side: &Side<'_>,
        target: Target<'_>,
    ) -> Formula {
        let inner = |part: &Condition| self.condition(part, side, target);
        let terms = |terms: &[u32]| -> Vec<Term> {
            terms
                .iter()
                .filter_map(|term| side.term(*term).cloned())
                .collect()
        };
        match condition {
            Condition::Always(value) => Formula::Always(*value),
            Condition::All(parts) => Formula::all(parts.iter().map(inner)),
            Condition::Any(parts) => Formula::any(parts.iter().map(inner)),
            Condition::Not(part) => inner(part).not(),
            Condition::PrincipalIn(who) => self.one_of(&terms(who)),
            Condition::PeerIn(who) => Formula::any(terms(who).iter().map(|term| self.peer(term))),
            Condition::HasPeer => self.has_peer(),
            Condition::ClientIn(who) => {
                Formula::any(terms(who).iter().map(|term| self.client(term)))
            }
            Condition::HasClient => Formula::Test(Property::Client, Test::Present),
            Condition::Claim(name, test) => claim(name, test, target),
            Condition::ModelIn(patterns) => {
                let name = Pattern::exact(&target.class.pattern.namespace, &target.class.example);
                let covers = |pattern: &String| Pattern::parse(pattern).covers(&name);
                Formula::Always(patterns.iter().any(covers))
            }
            Condition::Public => Formula::Always(target.kind.public),
            Condition::Number(number, comparison, constant) => {
                let test = Test::Number(*comparison, *constant);
                Formula::Test(Property::Time(*number), test)
            }
            Condition::Text(text, constant) => about_model(*text, constant, target),
        }
    }

    /// A workload with a certificate alone is its own peer.
    fn peer(&self, term: &Term) -> Formula {
        let Term::ServiceAccount(id) = term else {
            return Formula::Always(false);
        };
        let owner = id.split_once('/').map_or("", |(owner, _)| owner);
        if self.is_issuer(owner) {
            return Formula::Always(false);
        }
        let property = if self.kind == Kind::Workload {
            Property::Name
        } else {
            Property::Peer
        };
        Formula::Test(property, Test::Text(id.clone()))
    }

    fn has_peer(&self) -> Formula {
        if self.kind == Kind::Workload {
            Formula::Always(true)
        } else {
            Formula::Test(Property::Peer, Test::Present)
        }
    }

    fn client(&self, term: &Term) -> Formula {
        match (term, &self.kind) {
            (Term::ServiceAccount(id), Kind::User(issuer)) => match id.split_once('/') {
                Some((owner, name)) if owner == issuer => {
                    Formula::Test(Property::Client, Test::Text(name.to_owned()))
                }
                _ => Formula::Always(false),
            },
            _ => Formula::Always(false),
        }
    }

    fn is_issuer(&self, owner: &str) -> bool {
        self.issuers.iter().any(|issuer| issuer == owner)
    }
}

/// What a claim, or a fact of the request, must be.
fn claim(name: &str, test: &ClaimTest, target: Target<'_>) -> Formula {
    let property = match is_fact(name) {
        true => Property::Fact(name.to_owned()),
        false => Property::Claim(name.to_owned()),
    };
    let mut tests = Test::any_of(test);
    tests.retain(|test| name != VERSION || can_name(test, target));
    let each = tests.into_iter();
    Formula::any(each.map(|test| Formula::Test(property.clone(), test)))
}

/// Whether a request about the model can name a version like this: servers of many models have none, and a text that a protocol
/// does not take for a version is refused before any rule is asked.
fn can_name(test: &Test, target: Target<'_>) -> bool {
    let versions = target.kind.api.profile().versions;
    let is_version = match test {
        Test::Text(text) => versions.has(text),
        _ => versions != Versions::None,
    };
    let has_room = target.methods.is_none_or(Methods::name_versions);
    is_version && has_room && !target.class.is_server()
}

/// Whether the request has this method. Where only some lead there, the last of them is any that is none of the others.
fn is_method(method: &str, methods: Option<Methods>) -> Formula {
    let test = |method: &str| Formula::Test(Property::Method, Test::Text(method.to_owned()));
    let Some(methods) = methods else {
        return test(method);
    };
    let mut others: Vec<&str> = methods.names().collect();
    match others.pop() {
        Some(last) if last == method => Formula::any(others.into_iter().map(test)).not(),
        _ if others.contains(&method) => test(method),
        _ => Formula::Always(false),
    }
}

fn about_model(text: RequestText, constant: &str, target: Target<'_>) -> Formula {
    let class = target.class;
    Formula::Always(match text {
        RequestText::Method => return is_method(constant, target.methods),
        RequestText::Namespace => class.pattern.namespace == constant,
        RequestText::Name => class.example == constant,
        RequestText::Api => target.kind.api.name() == constant,
    })
}
