//! What the proxies of changed files would make of a recorded request before any rule is asked: whom they know, where its host and
//! path lead, which names and versions they take. What an event does not say of that is not guessed.

use std::rc::Rc;

use policies::audit::MAX_TEXT;
use policies::bundle::Route;
use policies::digest;
use policies::engine::Engine;
use policies::facts::VERSION;
use policies::principal::Workload;
use policies::profile::{self, BodyKind, Operation, Place, Source, Versions};
use policies::scan::json::{Documents, Names};
use policies::scan::protobuf::Field;

use crate::analysis::Side;
use crate::analysis::caller::Kind;
use crate::lower;
use crate::policy::Install;

use super::event::Event;
use super::gates;
use super::sieve::Why;

/// The proxies of one install target.
#[derive(Debug)]
pub struct Proxies {
    engine: Engine,
}

/// Why no rule can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unasked {
    /// the request is refused, whatever the rules say
    Refused,
    /// the event does not say enough
    Unclear(Why),
}

impl From<Why> for Unasked {
    fn from(why: Why) -> Self {
        Self::Unclear(why)
    }
}

/// What the rules are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asks {
    /// whose models
    pub namespace: String,
    /// which, each with its version; one that may be named again, with another version, comes again
    pub models: Vec<(String, Version)>,
    /// whether the rules were asked once when it was recorded, and not for each of several models
    pub asked_once: bool,
    /// whether the proxies that recorded it took the same workload for its peer
    pub same_peer: bool,
    /// it may be refused all the same, for something that the event does not hold
    pub doubt: Option<Why>,
}

/// The version of a model that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// this one, or none
    Known(Option<String>),
    /// the event does not say
    Open,
}

/// Where a request may lead, and what it is there.
struct Meaning<'e> {
    route: &'e Rc<Route>,
    operation: Operation,
}

impl Proxies {
    /// Those of an install target, where their bundle loads.
    #[must_use]
    pub fn of(side: &Side<'_>, install: &Install) -> Option<Self> {
        let bundle = lower::bundle(&side.table, side.policy, install);
        let text = serde_json::to_vec(&bundle).ok()?;
        let engine = Engine::new(bundle, digest::of(&text)).ok()?;
        Some(Self { engine })
    }

    /// The digest of their bundle.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.engine.digest()
    }

    /// The workload at the other end of the request's connection.
    #[must_use]
    pub fn peer(&self, event: &Event) -> Option<Workload> {
        let domain = &self.engine.bundle().trust_domain;
        Workload::from_spiffe(event.peer.as_deref()?, domain)
    }

    /// Reads a request by such a caller; `then` are the proxies that recorded it, where they are known.
    ///
    /// # Errors
    /// Why no rule can be asked.
    pub fn read(&self, event: &Event, kind: &Kind, then: Option<&Self>) -> Result<Asks, Unasked> {
        // without a token the workload must be one that some rule here names
        let known = || self.engine.caller(None, self.peer(event).as_ref());
        if *kind == Kind::Workload && known().terms.is_empty() {
            return Err(Unasked::Refused);
        }
        let host = event.host.as_ref().ok_or(Why::Missing("host"))?;
        if self.engine.routes(host).len() == 0 {
            return Err(Unasked::Refused);
        }
        let method = event.method.as_ref().ok_or(Why::Missing("method"))?;
        let path = event.path.as_ref().ok_or(Why::Missing("path"))?;
        if path.len() >= MAX_TEXT {
            return Err(Why::Cut.into());
        }
        let meanings = self.meanings(event, host, (method, path));
        if meanings.is_empty() {
            return Err(Unasked::Refused);
        }
        let elsewhere = || Why::Elsewhere(host.clone());
        let bundles = then.map(|then| [then.engine.bundle(), self.engine.bundle()]);
        if let Some(why) = bundles.and_then(|bundles| gates::another_caller(bundles, event)) {
            return Err(why.into());
        }
        let meaning = as_recorded(event, &meanings).ok_or_else(elsewhere)?;
        let names = models(event, meaning).ok_or_else(elsewhere)?;
        self.asks(event, meaning, names, then)
    }

    /// Every meaning that the request may have: the kind of its body is not in the event, nor which of the workloads behind sidecars
    /// it was for.
    fn meanings(
        &self,
        event: &Event,
        host: &str,
        (method, path): (&str, &str),
    ) -> Vec<Meaning<'_>> {
        let mut meanings = Vec::new();
        for body in [BodyKind::Grpc, BodyKind::Form, BodyKind::Other] {
            for route in self.engine.routes(host) {
                let by_fields = body == BodyKind::Grpc && !route.call_headers.is_empty();
                let leads = if by_fields {
                    may_call(route, event).then_some(path)
                } else {
                    let rest = path.strip_prefix(&route.prefix);
                    rest.filter(|rest| rest.starts_with('/'))
                };
                let Some(rest) = leads else { continue };
                let operation = profile::operation(route.api, method, rest, body);
                let operation = operation.filter(|operation| body_of(operation) == body);
                meanings.extend(operation.map(|operation| Meaning { route, operation }));
                // at a gateway the first counts
                if route.workload.is_none() && !by_fields {
                    break;
                }
            }
        }
        meanings
    }

    fn asks(
        &self,
        event: &Event,
        Meaning { route, operation }: &Meaning<'_>,
        names: Vec<String>,
        then: Option<&Self>,
    ) -> Result<Asks, Unasked> {
        let namespace = &route.namespace;
        let is_other = |name: &String| self.engine.is_other_spelling(namespace, name);
        if route.api.profile().folds_names && names.iter().any(is_other) {
            return Err(Unasked::Refused);
        }
        let first = self.version(event, (route, operation), then)?;
        // what stands in the path is the same for all
        let other = match first {
            _ if in_messages(operation.model) => Version::Open,
            ref first => first.clone(),
        };
        let several = names.len() > 1 || is_several(operation.model);
        let again = (several && self.asks_versions(route)).then(|| names.first().cloned());
        let others = names.iter().skip(1).cloned().chain(again.flatten());
        let others = others.map(|name| (name, other.clone()));
        let model = names.first().map(|name| (name.clone(), first));
        // what stands behind the model that was refused was not read
        let unread = || (several && !event.allowed).then_some(Why::More);
        Ok(Asks {
            namespace: namespace.clone(),
            models: model.into_iter().chain(others).collect(),
            asked_once: event.others.is_empty() && !(several && asks_versions(then)),
            same_peer: then.is_none_or(|then| then.peer(event) == self.peer(event)),
            doubt: self
                .newly_read(event, route, then)
                .or_else(|| gates::stricter([then?.engine.bundle(), self.engine.bundle()], event))
                .or_else(unread),
        })
    }

    /// The version of the model that the event names first.
    fn version(
        &self,
        event: &Event,
        (route, operation): (&Route, &Operation),
        then: Option<&Self>,
    ) -> Result<Version, Unasked> {
        let versions = route.api.profile().versions;
        if event.model_version.is_some() || asks_versions(then) {
            return Ok(Version::Known(event.model_version.clone()));
        }
        if !self.asks_versions(route) || in_messages(operation.model) {
            return Ok(Version::Open);
        }
        match operation.version.as_deref() {
            Some(version) if versions.is_every(version) => Ok(Version::Known(None)),
            Some(version) if !versions.has(version) => Err(Unasked::Refused),
            version => Ok(Version::Known(version.map(str::to_owned))),
        }
    }

    fn asks_versions(&self, route: &Route) -> bool {
        self.engine.asks_versions() && route.api.profile().versions != Versions::None
    }

    /// Something that these proxies read of the request, and refuse it where they cannot, that was perhaps not read then.
    fn newly_read(&self, event: &Event, route: &Route, then: Option<&Self>) -> Option<Why> {
        let facts = &self.engine.bundle().facts;
        let mut new = facts.iter().filter(|fact| {
            let read = then.is_some_and(|then| then.engine.bundle().facts.contains(fact));
            let version = fact.as_str() == VERSION;
            let vain = version && !self.asks_versions(route);
            !(read || vain || version && event.model_version.is_some())
        });
        new.next().map(|fact| Why::Reads(fact.clone()))
    }
}

fn asks_versions(proxies: Option<&Proxies>) -> bool {
    proxies.is_some_and(|proxies| proxies.engine.asks_versions())
}

/// Whether a gRPC call may be for a route that header fields lead to. They are not in the event; but who was led by them to a
/// deployment had its name in them.
fn may_call(route: &Route, event: &Event) -> bool {
    let by_fields = event.protocol.profile().place == Place::Deployment;
    let same = route.namespace == event.namespace && route.service == event.model;
    !by_fields || same || route.workload.is_some()
}

/// The one of them that the event tells of, though perhaps in another namespace.
fn as_recorded<'m, 'e>(event: &Event, meanings: &'m [Meaning<'e>]) -> Option<&'m Meaning<'e>> {
    let fits = |meaning: &&Meaning<'_>| {
        meaning.route.api == event.protocol && meaning.operation.action == event.action
    };
    let same = |meaning: &&Meaning<'_>| {
        let models = models(event, meaning);
        let first = models.as_ref().and_then(|models| models.first());
        meaning.route.namespace == event.namespace && first == Some(&event.model)
    };
    let mut fitting = meanings.iter().filter(fits);
    match (fitting.clone().find(same), fitting.next(), fitting.next()) {
        (Some(same), ..) => Some(same),
        (None, only, None) => only,
        (None, ..) => None,
    }
}

/// The models that the request names there; `None` where the path names another than the event.
fn models(event: &Event, Meaning { route, operation }: &Meaning<'_>) -> Option<Vec<String>> {
    Some(match operation.model {
        Source::Route => vec![route.model.clone()?],
        Source::Server | Source::ServerAndBody | Source::List(_) => {
            let server = || profile::server_name(&route.service);
            vec![route.model.clone().unwrap_or_else(server)]
        }
        Source::Path | Source::PathAndBody | Source::PathAndForm => {
            let same = operation.in_path.as_ref() == Some(&event.model);
            same.then(|| vec![event.model.clone()])?
        }
        Source::Json(_) | Source::Form(_) | Source::Message(_) | Source::Messages(_) => {
            let all = std::iter::once(&event.model).chain(&event.others);
            all.cloned().collect()
        }
    })
}

const fn body_of(operation: &Operation) -> BodyKind {
    match operation.model {
        Source::Form(_) | Source::PathAndForm => BodyKind::Form,
        _ if operation.grpc => BodyKind::Grpc,
        _ => BodyKind::Other,
    }
}

/// Whether a body may name several models, or one several times.
fn is_several(source: Source) -> bool {
    match source {
        Source::Messages(_) => true,
        Source::Message(fields) => {
            let mut path = fields.path.iter();
            path.any(|field| matches!(field, Field::Each(_)))
        }
        Source::Json(names) => is_list(&names),
        Source::Form(form) => form.json.is_some_and(|(_, names)| is_list(&names)),
        _ => false,
    }
}

fn is_list(names: &Names) -> bool {
    names.documents == Documents::Lines || names.path.contains(&"[]")
}

/// Whether versions stand beside the names, in the body.
const fn in_messages(source: Source) -> bool {
    matches!(source, Source::Message(_) | Source::Messages(_))
}
