//! The values around a policy's boundaries, one list a dimension. What the policy names stands first.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use policies::action::Action;
use policies::bundle::{Api, Bundle, ModelEntry};
use policies::principal::{Claims, Identity, Subject, Workload};
use policies::time::UnixTime;

use crate::cedar::Statement;
use crate::policy::Attributes;

use super::mentions::{self, Mentions};

mod addresses;
mod claims;
mod lists;
mod times;

pub use addresses::{NOBODYS, with_address};

/// A name that no policy of a sane organisation mentions.
pub(super) const OUTSIDER: &str = "modelgate-outsider";
/// Models of the bundle whose names are asked for beside those that the policy itself gives rise to.
const MOST_OTHERS: usize = 8;

/// Everything that a request about a policy can vary in; no list is empty, but `models` where the bundle has none.
#[derive(Debug)]
pub struct Dimensions {
    /// who is calling
    pub callers: Vec<Caller>,
    /// the other end of the connection, where the caller does not say it
    pub peers: Vec<Option<Workload>>,
    /// the application that a person's token was given to
    pub clients: Vec<Option<String>>,
    /// what else the token says
    pub claims: Vec<Rc<Claims>>,
    /// what else the request says, by the names of facts
    pub facts: Vec<Rc<Claims>>,
    /// what is asked for
    pub models: Vec<Model>,
    /// what is done
    pub actions: Vec<Action>,
    /// when: each hour and weekday, on each side of each date
    pub times: Vec<UnixTime>,
    /// HTTP methods
    pub methods: Vec<String>,
}

/// A token, or a workload without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// what the token says
    pub identity: Option<Identity>,
    /// without a token: the workload
    pub workload: Option<Workload>,
}

/// A model that the bundle knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// owner
    pub namespace: String,
    /// full name
    pub name: String,
    /// of its entry
    pub api: Api,
    /// of its entry
    pub public: bool,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// who
    pub caller: &'a Caller,
    /// over which connection
    pub connection: Option<&'a Workload>,
    /// with whose token, where it is a person's
    pub client: Option<&'a str>,
    /// with what else in it
    pub claims: &'a Rc<Claims>,
    /// and in the request
    pub facts: &'a Rc<Claims>,
    /// what
    pub model: &'a Model,
    /// how
    pub action: Action,
    /// when
    pub now: UnixTime,
    /// how
    pub method: &'a str,
}

impl Caller {
    /// Outsiders differ in their groups, so they are different people: one store holds them all.
    fn tell_apart(&mut self, turn: usize) {
        let subject = self.identity.as_mut().map(|identity| &mut identity.subject);
        if let Some(Subject::User(name) | Subject::ServiceAccount(name)) = subject
            && name == OUTSIDER
        {
            name.push_str(&format!("-{turn}"));
        }
    }
}

impl Case<'_> {
    /// The connection's peer: a caller without a token is the peer itself.
    pub fn peer(&self) -> Option<&Workload> {
        self.caller.workload.as_ref().or(self.connection)
    }

    /// What the token says, as a whole.
    pub fn identity(&self) -> Option<Identity> {
        let identity = self.caller.identity.clone()?;
        let person = matches!(identity.subject, Subject::User(_));
        let client = self.client.filter(|_| person);
        Some(Identity {
            client: client.map(str::to_owned),
            claims: Rc::clone(self.claims),
            ..identity
        })
    }

    /// `ISSUER/NAME` of the application.
    pub fn client(&self) -> Option<String> {
        let identity = self.identity()?;
        let client = identity.client?;
        Some(format!("{}/{client}", identity.issuer))
    }

    /// The token's attributes.
    pub fn claims(&self) -> Option<&Claims> {
        self.caller.identity.as_ref().map(|_| self.claims.as_ref())
    }
}

impl fmt::Display for Case<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Model {
            namespace, name, ..
        } = self.model;
        let terms: Vec<String> = self
            .caller
            .identity
            .iter()
            .flat_map(Identity::terms)
            .collect();
        let peer = self
            .peer()
            .map_or_else(|| "none".to_owned(), Workload::term);
        let client = self.client().unwrap_or_else(|| "none".to_owned());
        let claims: Vec<&String> = self.claims().into_iter().flat_map(Claims::keys).collect();
        let (terms, action, method) = (terms.join(" "), self.action, self.method);
        let now = self.now.rfc3339();
        write!(
            f,
            "`{action}` on `{namespace}/{name}` ({method}, {now}) by `{terms}`, peer `{peer}`, \
             client `{client}`, claims {claims:?}, saying {:?}",
            self.facts
        )
    }
}

/// What a bundle knows.
#[derive(Debug)]
pub struct Known<'a> {
    issuers: BTreeSet<&'a str>,
    /// by namespace
    entries: BTreeMap<&'a str, Vec<&'a ModelEntry>>,
    first: &'a [ModelEntry],
}

impl<'a> Known<'a> {
    /// Of this bundle.
    pub fn of(bundle: &'a Bundle) -> Self {
        let mut entries: BTreeMap<&str, Vec<&ModelEntry>> = BTreeMap::new();
        for entry in &bundle.models {
            entries.entry(&entry.namespace).or_default().push(entry);
        }
        let issuers = bundle.issuers.iter();
        Self {
            issuers: issuers.map(|issuer| issuer.name.as_str()).collect(),
            entries,
            first: &bundle.models,
        }
    }

    /// With the properties of the longest match, found by walking all entries of the namespace: not by the engine's index,
    /// which is on trial.
    pub fn model(&self, namespace: String, name: String) -> Option<Model> {
        let entries = self.entries.get(namespace.as_str())?.iter();
        let matches = entries.filter(|entry| {
            let beginning = entry.name.strip_suffix('*');
            beginning.map_or(entry.name == name, |beginning| name.starts_with(beginning))
        });
        let entry = matches.max_by_key(|entry| (!entry.name.ends_with('*'), entry.name.len()))?;
        (!name.is_empty()).then_some(Model {
            api: entry.api,
            public: entry.public,
            namespace,
            name,
        })
    }
}

/// The dimensions of a policy on a bundle.
pub fn dimensions(statement: &Statement, attributes: &Attributes, known: &Known<'_>) -> Dimensions {
    let mentions = mentions::of(statement);
    let issuers = &known.issuers;
    Dimensions {
        callers: callers(&mentions, issuers),
        peers: peers(&mentions, issuers),
        clients: clients(&mentions, issuers),
        claims: claims::values(&mentions, attributes),
        facts: claims::facts(&mentions),
        models: models(&mentions, known),
        actions: actions(&mentions),
        times: times::around(&mentions),
        methods: {
            let read = mentions.texts.iter().filter(|_| mentions.method);
            read.cloned().chain(["POST".to_owned()]).collect()
        },
    }
}

fn callers(mentions: &Mentions, issuers: &BTreeSet<&str>) -> Vec<Caller> {
    let mut callers = Vec::new();
    for id in &mentions.users {
        let groups = lists::beside(id, mentions);
        callers.extend(split(id).map(|(issuer, name)| person(issuer, name, &groups)));
    }
    for id in &mentions.groups {
        callers.extend(split(id).map(|(issuer, group)| person(issuer, OUTSIDER, &[group])));
        callers.extend(split(id).map(|(issuer, group)| machine(issuer, OUTSIDER, &[group])));
    }
    for id in &mentions.accounts {
        callers.extend(split(id).map(|(owner, name)| {
            if issuers.contains(owner) {
                machine(owner, name, &[])
            } else {
                unnamed(workload(owner, name))
            }
        }));
    }
    for issuer in issuers {
        let in_issuer = mentions
            .groups
            .iter()
            .filter_map(|id| split(id))
            .filter(|(owner, _)| owner == issuer);
        let groups: Vec<&str> = in_issuer.map(|(_, group)| group).collect();
        callers.push(person(issuer, OUTSIDER, &groups));
    }
    callers.extend(lists::callers(mentions, issuers));
    callers.extend(
        issuers
            .first()
            .map(|issuer| person(issuer, OUTSIDER, &[OUTSIDER])),
    );
    callers.push(unnamed(workload(OUTSIDER, OUTSIDER)));
    for (turn, caller) in callers.iter_mut().enumerate() {
        caller.tell_apart(turn);
    }
    callers
}

fn peers(mentions: &Mentions, issuers: &BTreeSet<&str>) -> Vec<Option<Workload>> {
    let named = mentions
        .accounts
        .iter()
        .filter_map(|id| split(id))
        .filter(|(owner, _)| !issuers.contains(owner));
    let named = named.map(|(owner, name)| Some(workload(owner, name)));
    named
        .chain([None, Some(workload(OUTSIDER, OUTSIDER))])
        .collect()
}

/// The application's plain name; whose it is, the caller's issuer says.
fn clients(mentions: &Mentions, issuers: &BTreeSet<&str>) -> Vec<Option<String>> {
    let accounts = mentions.accounts.iter().filter_map(|id| split(id));
    let named: BTreeSet<&str> = accounts
        .filter(|(owner, _)| issuers.contains(owner))
        .map(|(_, name)| name)
        .collect();
    let named = named.into_iter().map(|name| Some(name.to_owned()));
    if mentions.client {
        named.chain([None, Some(OUTSIDER.to_owned())]).collect()
    } else {
        vec![None]
    }
}

fn actions(mentions: &Mentions) -> Vec<Action> {
    let (mut first, rest): (Vec<Action>, Vec<Action>) = Action::ALL
        .into_iter()
        .partition(|action| mentions.actions.contains(action.name()));
    first.extend(rest);
    first
}

/// The names that the policy speaks of, their neighbours, and some that the bundle knows besides.
fn models(mentions: &Mentions, known: &Known<'_>) -> Vec<Model> {
    let mut names: Vec<(String, String)> = Vec::new();
    for (namespace, name) in mentions.models.iter().filter_map(|id| split(id)) {
        names.extend(
            neighbours(name)
                .into_iter()
                .map(|name| (namespace.to_owned(), name)),
        );
    }
    for text in mentions.texts.iter().filter(|_| mentions.name) {
        names.extend(
            known
                .entries
                .keys()
                .map(|namespace| ((*namespace).to_owned(), text.clone())),
        );
    }
    for entry in known.first.iter().take(MOST_OTHERS) {
        names.extend(
            neighbours(&entry.name)
                .into_iter()
                .map(|name| (entry.namespace.to_string(), name)),
        );
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
        .into_iter()
        .filter_map(|(namespace, name)| known.model(namespace, name))
        .collect()
}

/// For a name: itself, one longer, one shorter. For a pattern: a name below it, its beginning, and one just beside it.
fn neighbours(name: &str) -> Vec<String> {
    match name.strip_suffix('*') {
        None => vec![name.to_owned(), format!("{name}x"), shorter(name)],
        Some(beginning) => vec![
            format!("{beginning}x"),
            beginning.to_owned(),
            format!("{}~", shorter(beginning)),
        ],
    }
}

fn shorter(name: &str) -> String {
    let mut characters = name.chars();
    characters.next_back();
    characters.collect()
}

fn split(id: &str) -> Option<(&str, &str)> {
    id.split_once('/')
}

fn person(issuer: &str, name: &str, groups: &[&str]) -> Caller {
    token(issuer, Subject::User(name.to_owned()), groups)
}

fn machine(issuer: &str, name: &str, groups: &[&str]) -> Caller {
    token(issuer, Subject::ServiceAccount(name.to_owned()), groups)
}

fn token(issuer: &str, subject: Subject, groups: &[&str]) -> Caller {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let identity = Identity {
        issuer: issuer.to_owned(),
        subject,
        groups,
        client: None,
        claims: Rc::default(),
        valid_until: u64::MAX,
    };
    Caller {
        identity: Some(identity),
        workload: None,
    }
}

fn workload(namespace: &str, name: &str) -> Workload {
    Workload {
        namespace: namespace.to_owned(),
        service_account: name.to_owned(),
    }
}

const fn unnamed(workload: Workload) -> Caller {
    Caller {
        identity: None,
        workload: Some(workload),
    }
}
