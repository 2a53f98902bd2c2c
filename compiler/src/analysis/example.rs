//! One request out of a class: a witness that can be tried.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use policies::action::Action;
use policies::bundle::{Api, Number};
use policies::facts;
use policies::principal::{ClaimValue, Claims};
use policies::time::UnixTime;

use crate::diagnostic::uncovered;
use crate::policy::Term;

use super::caller::{Kind, Shape};
use super::domain::{Domain, Times, USUAL, Values};
use super::formula::{Formula, Property};
use super::models::Class;
use super::offers::{methods, offers};
use super::rules::Target;
use super::solve::Domains;
use super::words;

/// Versions of every protocol that has versions.
const VERSIONS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// what kind of caller
    pub kind: Kind,
    /// plain name at the issuer, or `NAMESPACE/NAME` of a workload
    pub name: String,
    /// plain names at the issuer
    pub groups: BTreeSet<String>,
    /// `NAMESPACE/NAME` of the workload at the other end of the connection
    pub peer: Option<String>,
    /// the application that the token was given to
    pub client: Option<String>,
    /// what else the token says
    pub claims: Claims,
    /// what else the request says, by the names of facts
    pub facts: Claims,
    /// owner of the model
    pub namespace: String,
    /// its name
    pub model: String,
    /// its protocol
    pub api: Api,
    /// what is done
    pub action: Action,
    /// when
    pub now: UnixTime,
    /// whether the date matters, not the hour and weekday alone
    pub dated: bool,
    /// HTTP method
    pub method: String,
}

impl Example {
    /// The plainest request among these.
    pub(super) fn of(domains: &Domains, shape: &Shape, target: Target<'_>, action: Action) -> Self {
        let text = |property: Property, usual: &[&str]| {
            let domain = domains.get(&property)?;
            domain.values.as_ref().filter(|_| !domain.absent)?;
            Some(text_of(domain, usual))
        };
        let times = domains.get(&Property::Time(Number::Now));
        let times = times.and_then(|domain| match &domain.values {
            Some(Values::Times(times)) => Some(times),
            _ => None,
        });
        let usual_name = if shape.issuer().is_some() && !matches!(shape.kind, Kind::Token(_)) {
            "somebody"
        } else {
            "elsewhere/somebody"
        };
        let groups = match domains.get(&Property::Groups).map(|domain| &domain.values) {
            Some(Some(Values::Set { has, .. })) => has.clone(),
            _ => BTreeSet::new(),
        };
        let (claims, facts) = said(domains);
        let methods = methods(target.class, target.kind.api, action);
        Self {
            name: text(Property::Name, &[usual_name]).unwrap_or_default(),
            groups,
            peer: text(Property::Peer, &["elsewhere/somebody"]),
            client: text(Property::Client, &["some-application"]),
            claims,
            facts,
            namespace: target.class.pattern.namespace.clone(),
            model: target.class.example.clone(),
            api: target.kind.api,
            action,
            now: times.and_then(Times::usual).unwrap_or_default(),
            dated: times.is_some_and(Times::is_dated),
            method: text(Property::Method, &methods).unwrap_or_default(),
            kind: shape.kind.clone(),
        }
    }

    /// The same, doing something else: by its method where that leads there, and with its version where that has room for it.
    #[must_use]
    pub fn doing(&self, action: Action) -> Self {
        let class = Class::exactly(&self.namespace, &self.model);
        let methods = offers(&class, self.api).remove(&action).unwrap_or_default();
        let fits = methods.names().any(|method| method == self.method);
        let other = methods.names().next().filter(|_| !fits);
        let mut facts = self.facts.clone();
        facts.retain(|name, _| name != facts::VERSION || methods.name_versions());
        Self {
            action,
            method: other.map_or_else(|| self.method.clone(), str::to_owned),
            facts,
            ..self.clone()
        }
    }

    /// Where it comes from, if that is not the usual address.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.facts.get(facts::ADDRESS) {
            Some(ClaimValue::Text(bits)) => facts::address(bits),
            _ => None,
        }
    }

    /// Every name that a rule can have for the caller.
    pub(super) fn terms(&self) -> Vec<Term> {
        let (who, issuer) = match &self.kind {
            Kind::User(issuer) => (Term::User(format!("{issuer}/{}", self.name)), issuer),
            Kind::Account(issuer) => {
                let id = format!("{issuer}/{}", self.name);
                (Term::ServiceAccount(id), issuer)
            }
            Kind::Token(_) | Kind::Workload => {
                return vec![Term::ServiceAccount(self.name.clone())];
            }
        };
        let groups = self.groups.iter();
        let groups = groups.map(|group| Term::Group(format!("{issuer}/{group}")));
        groups.chain([who]).collect()
    }

    /// Whether the formula, made for this kind of caller, holds.
    pub(super) fn passes(&self, formula: &Formula) -> bool {
        match formula {
            Formula::Always(value) => *value,
            Formula::Test(property, test) => self
                .value(property)
                .is_some_and(|value| test.passes(&value)),
            Formula::Not(part) => !self.passes(part),
            Formula::All(parts) => parts.iter().all(|part| self.passes(part)),
            Formula::Any(parts) => parts.iter().any(|part| self.passes(part)),
        }
    }

    fn value(&self, property: &Property) -> Option<ClaimValue> {
        let text = |text: &String| ClaimValue::Text(text.clone());
        Some(match property {
            Property::Name => text(&self.name),
            Property::Groups => ClaimValue::List(self.groups.clone()),
            Property::Peer => text(self.peer.as_ref()?),
            Property::Client => text(self.client.as_ref()?),
            Property::Claim(name) => self.claims.get(name)?.clone(),
            Property::Fact(name) => match self.facts.get(name) {
                None if name == facts::ADDRESS => usual_address(),
                known => known?.clone(),
            },
            Property::Time(number) => {
                let number = match number {
                    Number::Hour => self.now.hour(),
                    Number::Minute => self.now.minute(),
                    Number::Weekday => self.now.weekday(),
                    Number::Now => self.now.secs(),
                };
                ClaimValue::Number(i64::try_from(number).unwrap_or(i64::MAX))
            }
            Property::Method => text(&self.method),
        })
    }
}

/// What the token and the request say besides.
fn said(domains: &Domains) -> (Claims, Claims) {
    let (mut claims, mut facts) = (Claims::new(), Claims::new());
    for (property, domain) in domains {
        let (said, name) = match property {
            Property::Claim(name) => (&mut claims, name),
            Property::Fact(name) => (&mut facts, name),
            _ => continue,
        };
        let values = domain.values.as_ref().filter(|_| !domain.absent);
        let usual: &[&str] = match property {
            Property::Fact(name) if name == facts::VERSION => &VERSIONS,
            _ => &["another"],
        };
        let value = values.map(|values| claim(values, usual));
        let value = value.filter(|value| *value != usual_address());
        said.extend(value.map(|value| (name.clone(), value)));
    }
    (claims, facts)
}

/// `user ann of corp in group analysts: predict on fraud/detector, POST on Monday at 12:00`.
impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::User(issuer) => write!(f, "user `{}` of `{issuer}`", self.name)?,
            Kind::Account(issuer) => write!(f, "service account `{}` of `{issuer}`", self.name)?,
            Kind::Token(issuer) => write!(f, "workload `{}` by a token of `{issuer}`", self.name)?,
            Kind::Workload => write!(f, "workload `{}` by its certificate", self.name)?,
        }
        if !self.groups.is_empty() {
            let groups: Vec<&str> = self.groups.iter().map(String::as_str).collect();
            write!(f, " in `{}`", groups.join("`, `"))?;
        }
        if let Some(client) = &self.client {
            write!(f, " through `{client}`")?;
        }
        if let Some(peer) = &self.peer {
            write!(f, " over a connection from `{peer}`")?;
        }
        for (name, value) in &self.claims {
            write!(f, ", {name} {}", shown(value))?;
        }
        if let Some(version) = self.facts.get(facts::VERSION) {
            write!(f, ", version {}", shown(version))?;
        }
        if let Some(address) = self.address() {
            write!(f, ", from `{address}`")?;
        }
        for (name, value) in &self.facts {
            if let Some(name) = facts::header(name) {
                write!(f, ", header field {name} {}", shown(value))?;
            }
        }
        write!(
            f,
            ": {} on `{}/{}`, {} on {} at {:02}:{:02} UTC",
            self.action,
            self.namespace,
            self.model,
            self.method,
            words::weekday(self.now.weekday()),
            self.now.hour(),
            self.now.minute()
        )?;
        if self.dated {
            write!(f, " ({})", self.now.rfc3339())?;
        }
        Ok(())
    }
}

fn shown(value: &ClaimValue) -> String {
    match value {
        ClaimValue::Text(text) => format!("`{}`", uncovered(text)),
        ClaimValue::Number(number) => number.to_string(),
        ClaimValue::Boolean(value) => value.to_string(),
        ClaimValue::List(texts) => {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            format!("[{}]", uncovered(&texts.join(", ")))
        }
    }
}

/// The only text, or the first usual one that is not excluded.
fn text_of(domain: &Domain, usual: &[&str]) -> String {
    let Some(Values::Text { only, not }) = &domain.values else {
        return String::new();
    };
    if let Some(only) = only {
        return only.clone();
    }
    let numbered = (1..=not.len()).flat_map(|number| {
        usual
            .iter()
            .map(move |text| following(text, number))
            .collect::<Vec<_>>()
    });
    let mut texts = usual
        .iter()
        .map(|text| (*text).to_owned())
        .chain(numbered)
        .filter(|text| !not.contains(text));
    texts.next().unwrap_or_default()
}

/// Another text of its kind: versions are numbers, and the usual ones have one digit.
fn following(text: &str, number: usize) -> String {
    match text.parse::<usize>() {
        Ok(own) => (own + 9 * number).to_string(),
        Err(_) => format!("{text}-{number}"),
    }
}

/// The usual number where it is left, else the first.
fn number_of(domain: &Domain, usual: i64) -> i64 {
    let Some(Values::Numbers(intervals)) = &domain.values else {
        return usual;
    };
    if intervals
        .iter()
        .any(|(from, to)| (*from..=*to).contains(&usual))
    {
        return usual;
    }
    let nearest = |(from, to): &(i64, i64)| if *from > usual { *from } else { *to };
    intervals.first().map_or(usual, nearest)
}

fn claim(values: &Values, usual: &[&str]) -> ClaimValue {
    let domain = Domain::present(values.clone());
    match values {
        Values::Flag(known) => ClaimValue::Boolean(known.unwrap_or(false)),
        Values::Text { .. } => ClaimValue::Text(text_of(&domain, usual)),
        Values::Numbers(_) | Values::Times(_) => ClaimValue::Number(number_of(&domain, 0)),
        Values::Set { has, lacks } => ClaimValue::List(members(has, lacks)),
        Values::Addresses(addresses) => ClaimValue::Text(addresses.usual()),
    }
}

/// One at least: no access test can have a list of none.
fn members(has: &BTreeSet<String>, lacks: &BTreeSet<String>) -> BTreeSet<String> {
    let others = (1..).map(|number| format!("other-{number}"));
    let mut others = std::iter::once("other".to_owned()).chain(others);
    let other = others.find(|other| !lacks.contains(other));
    match has.is_empty() {
        true => other.into_iter().collect(),
        false => has.clone(),
    }
}

/// Of which nothing is said.
fn usual_address() -> ClaimValue {
    ClaimValue::Text(facts::bits(USUAL))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_a_member_that_it_may_have() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let (none, other) = (names(&[]), names(&["other"]));
        assert_eq!(members(&none, &none), other);
        assert_eq!(members(&none, &other), names(&["other-1"]));
        assert_eq!(members(&names(&["a"]), &other), names(&["a"]));
    }

    #[test]
    fn versions_beyond_the_usual_are_numbers() {
        let not = VERSIONS.iter().map(|version| (*version).to_owned());
        let values = Values::Text {
            only: None,
            not: not.collect(),
        };
        assert_eq!(text_of(&Domain::optional(values), &VERSIONS), "10");
        assert_eq!(following("another", 2), "another-2");
    }

    #[test]
    fn what_names_no_version_is_done_without_one() {
        let version = ClaimValue::Text("3".into());
        let predicts = Example {
            kind: Kind::User("corp".into()),
            name: "ann".into(),
            groups: BTreeSet::new(),
            peer: None,
            client: None,
            claims: Claims::new(),
            facts: Claims::from([(facts::VERSION.into(), version)]),
            namespace: "risk".into(),
            model: "churn".into(),
            api: Api::OpenInference,
            action: Action::Predict,
            now: UnixTime::default(),
            dated: false,
            method: "POST".into(),
        };
        let does = |action: Action| {
            let example = predicts.doing(action);
            (example.method, example.facts.len())
        };
        assert_eq!(does(Action::Predict), ("POST".into(), 1));
        assert_eq!(does(Action::Metadata), ("POST".into(), 1));
        assert_eq!(does(Action::List), ("GET".into(), 0));
        assert_eq!(does(Action::Manage), ("POST".into(), 0));
    }
}
