//! What a request asks for, read in two goes: its shape, before anyone is authenticated; its meaning, after.

use std::rc::Rc;

use super::content::Content;
use super::identity::alike;
use crate::action::Action;
use crate::audit::Record;
use crate::bundle::{Api, Route};
use crate::decision::Reason;
use crate::engine::Engine;
use crate::facts;
use crate::guard::Guard;
use crate::head::{Connection, Head};
use crate::principal::{Facts, Workload};
use crate::profile::{self, BodyKind, Source, Versions};
use crate::query;
use crate::sorted::unique;

/// Fields that make some gateway or server act on another model than path and body say (protocols: Seldon, KServe, llm-d,
/// Envoy AI gateway, Ray, SageMaker, Vertex, Azure, AIBrix, vLLM's router). From a client they are refused.
pub const RESELECTING: [&str; 24] = [
    "seldon-model",
    "seldon-internal-model",
    "x-seldon-route",
    "seldon",
    "namespace",
    "x-model",
    "x-gateway-base-model-name",
    "kserve-isvc-name",
    "kserve-isvc-namespace",
    "serve_multiplexed_model_id",
    "multiplexed_model_id",
    "application",
    "x-litellm-model",
    "custom-llm-provider",
    "x-vertex-ai-triton-redirect",
    "azureml-model-deployment",
    "target-pod",
    "routing-strategy",
    "model",
    "x-selected-model",
    "mm-model-id",
    "mm-vmodel-id",
    "mm-model-id-bin",
    "mm-vmodel-id-bin",
];
/// And those that begin so; all of them begin with [`BEGINNING`].
pub const RESELECTING_BEGINNINGS: [&str; 6] = [
    "x-ai-eg-",
    "x-amzn-sagemaker-",
    "x-gateway-destination-endpoint",
    "x-gateway-inference-",
    "x-gateway-model-name",
    "x-llm-d-",
];
const BEGINNING: u8 = b'x';
/// The marks of [`RESELECTING`]: most names have another one, and need not be compared.
const MARKS: u128 = marks(&RESELECTING);

/// A request that can be read in one way only.
#[derive(Debug)]
pub(super) struct Asked {
    method: String,
    /// after the route's prefix
    rest: String,
    host_known: bool,
    route: Option<Rc<Route>>,
    upgrade: bool,
    content: Content,
    /// the model, by a header field of the route's protocol
    in_header: Option<String>,
    /// fields of the client that some gateway or server would follow to another model
    pub(super) reselecting: Vec<Vec<u8>>,
    pub(super) query: Vec<(String, String)>,
    pub(super) peer: Option<Workload>,
    /// what rules ask for besides
    pub(super) facts: Facts,
    pub(super) end: bool,
}

/// What is asked of which model.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) method: String,
    pub(super) route: Rc<Route>,
    pub(super) action: Action,
    /// `None` where the body alone names it
    pub(super) model: Option<String>,
    /// its version, by the path
    pub(super) version: Option<String>,
    /// which versions can be named; none where no rule asks
    pub(super) versions: Versions,
    /// where it is named
    pub(super) source: Source,
    /// of the body, where the head says it
    pub(super) length: Option<u64>,
    /// between the parts of a form
    pub(super) boundary: Option<Vec<u8>>,
    in_header: Option<String>,
    query: Vec<(String, String)>,
}

impl Asked {
    #[inline(never)]
    pub(super) fn read(
        guard: &Guard,
        head: &Head,
        Connection { peer, address }: Connection<'_>,
        end: bool,
        record: &mut Record,
    ) -> Result<Self, Reason> {
        let engine = guard.engine();
        record.read_peer(peer);
        let target = head.target()?;
        record.read_target(&target);
        let content = Content::read(head)?;
        let query = query::parse(target.query).ok_or(Reason::PathMalformed)?;
        let query = query::deciding(query);
        let calls = content.body() == BodyKind::Grpc;
        let routes = engine.routes(&target.host);
        let mut found = None;
        for route in routes.clone() {
            if let Some(rest) = leads(route, head, target.path, calls)? {
                found = Some((Rc::clone(route), rest.to_owned()));
                break;
            }
        }
        let (route, rest) =
            found.map_or((None, String::new()), |(route, rest)| (Some(route), rest));
        let in_header = in_header(route.as_deref(), head)?;
        let facts = facts::read(engine.bundle(), head, address)?;
        Ok(Self {
            rest,
            host_known: routes.len() > 0,
            reselecting: reselecting(route.as_deref(), head, calls),
            in_header,
            route,
            upgrade: target.method == "CONNECT" || head.values("upgrade").next().is_some(),
            method: target.method.to_owned(),
            query,
            peer: peer.and_then(|id| {
                Workload::from_spiffe(std::str::from_utf8(id).ok()?, &engine.bundle().trust_domain)
            }),
            facts,
            // a head that promises no byte is the whole request to a server, even where the end is not said yet
            end: end || content.length == Some(0),
            content,
        })
    }

    /// Bytes of what the client wrote.
    pub(super) const fn written(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn api(&self) -> Option<Api> {
        self.route.as_ref().map(|route| route.api)
    }

    /// Finds operation and model by the route's profile.
    #[inline(never)]
    pub(super) fn resolve(self, engine: &Engine, record: &mut Record) -> Result<Target, Reason> {
        if self.upgrade {
            return Err(Reason::UpgradeRefused);
        }
        if !self.host_known {
            return Err(Reason::HostUnknown);
        }
        let Some(route) = self.route else {
            return Err(Reason::PathUnknown);
        };
        record.read_route(&route);
        let operation =
            profile::operation(route.api, &self.method, &self.rest, self.content.body())
                .ok_or(Reason::PathUnknown)?;
        record.action = Some(operation.action);
        self.content.fits(&operation)?;
        let model = match operation.model {
            Source::Route => Some(route.model.clone().ok_or(Reason::Internal)?),
            Source::Server | Source::ServerAndBody | Source::List(_) => {
                let server = || profile::server_name(&route.service);
                Some(route.model.clone().unwrap_or_else(server))
            }
            Source::Path | Source::PathAndBody | Source::PathAndForm => {
                Some(operation.in_path.ok_or(Reason::Internal)?)
            }
            Source::Json(_) | Source::Form(_) | Source::Message(_) | Source::Messages(_) => None,
        };
        let versions = match engine.asks_versions() {
            true => route.api.profile().versions,
            false => Versions::None,
        };
        Ok(Target {
            method: self.method,
            route,
            action: operation.action,
            model,
            version: operation.version,
            versions,
            source: operation.model,
            length: self.content.length,
            boundary: self.content.boundary(),
            in_header: self.in_header,
            query: self.query,
        })
    }
}

impl Target {
    const fn is_about_the_server(&self) -> bool {
        matches!(
            self.source,
            Source::Server | Source::ServerAndBody | Source::List(_)
        )
    }

    /// The name has the form that all servers read alike, and neither path, query nor header names another model.
    pub(super) fn agrees(&self, model: &str) -> Result<(), Reason> {
        // no model can be called like a server
        let is_server = self.model.as_deref() == Some(model) && self.is_about_the_server();
        // by chance it is one model or another
        let is_experiment = self.route.api == Api::SeldonV2 && model.ends_with(".experiment");
        if !is_server && !profile::is_model_name(model) || is_experiment {
            return Err(Reason::ModelMalformed);
        }
        let other = |(name, value): &(String, String)| query::names_a_model(name) && value != model;
        let in_path = self.model.as_deref();
        let in_header = self.in_header.as_deref();
        let differs = |named: Option<&str>| named.is_some_and(|named| named != model);
        if self.query.iter().any(other) || differs(in_path) || differs(in_header) {
            Err(Reason::ModelConflict)
        } else {
            Ok(())
        }
    }
}

impl Target {
    /// The version that rules judge by, of what stands beside the model in the body, else in the path; it has the form that all
    /// servers read alike, and no other is named.
    pub(super) fn version<'v>(
        &'v self,
        beside: Option<&'v str>,
    ) -> Result<Option<&'v str>, Reason> {
        let named = beside.or(self.version.as_deref());
        if self.versions == Versions::None {
            return Ok(None);
        }
        let other = |(name, value): &(String, String)| {
            query::names_a_version(name) && Some(value.as_str()) != named
        };
        if self.query.iter().any(other) {
            return Err(Reason::ModelConflict);
        }
        match named {
            Some(version) if self.versions.is_every(version) => Ok(None),
            Some(version) if !self.versions.has(version) => Err(Reason::ModelMalformed),
            named => Ok(named),
        }
    }
}

/// What follows the route's prefix, where the request is for this route. A gRPC call goes by the route's header fields, where it has
/// some; in the workload's own sidecar they may be missing, but not say otherwise.
fn leads<'p>(
    route: &Route,
    head: &Head,
    path: &'p str,
    calls: bool,
) -> Result<Option<&'p str>, Reason> {
    if !calls || route.call_headers.is_empty() {
        return Ok(after(path, &route.prefix));
    }
    for (name, expected) in &route.call_headers {
        let fits = match head.only(name)? {
            Some(value) => value == expected.as_bytes(),
            None => route.workload.is_some(),
        };
        if !fits {
            return Ok(None);
        }
    }
    Ok(Some(path))
}

/// The model that the protocol's own header field names.
fn in_header(route: Option<&Route>, head: &Head) -> Result<Option<String>, Reason> {
    let Some((name, ending)) = route.and_then(|route| route.api.profile().model_header) else {
        return Ok(None);
    };
    let Some(value) = head.only(name)? else {
        return Ok(None);
    };
    let value = std::str::from_utf8(value).map_err(|_| Reason::ModelMalformed)?;
    Ok(Some(value.strip_suffix(ending).unwrap_or(value).to_owned()))
}

/// The fields that reselect, but for those that this route goes by and that were compared.
#[inline(never)]
fn reselecting(route: Option<&Route>, head: &Head, calls: bool) -> Vec<Vec<u8>> {
    let own = |name: &[u8]| {
        route.is_some_and(|route| {
            let header = route.api.profile().model_header;
            let of_calls = route.call_headers.iter().filter(|_| calls);
            let mut names = of_calls
                .map(|(name, _)| name.as_str())
                .chain(header.map(|(name, _)| name));
            names.any(|known| known.as_bytes() == name)
        })
    };
    let found = head.names().filter(|name| reselects(name) && !own(name));
    unique(found.map(<[u8]>::to_vec).collect())
}

/// In every spelling that a server could take for it.
fn reselects(name: &[u8]) -> bool {
    let begins = |known: &str| {
        let beginning = name.get(..known.len());
        beginning.is_some_and(|beginning| alike(known.as_bytes(), beginning))
    };
    let first = name.first().map(u8::to_ascii_lowercase);
    let is_one = |known: &&str| alike(known.as_bytes(), name);
    first == Some(BEGINNING) && RESELECTING_BEGINNINGS.into_iter().any(begins)
        || MARKS & mark(name) != 0 && RESELECTING.iter().any(is_one)
}

/// One bit of 128, by the first and the last letter: the same for all spellings of a name, whose `-` are between letters.
const fn mark(name: &[u8]) -> u128 {
    let ([first, .., last] | [first @ last]) = name else {
        return 0;
    };
    let mixed = (first.to_ascii_lowercase() as u32).wrapping_mul(31);
    1_u128.wrapping_shl(mixed.wrapping_add(last.to_ascii_lowercase() as u32))
}

const fn marks(names: &[&str]) -> u128 {
    match names {
        [name, rest @ ..] => mark(name.as_bytes()) | marks(rest),
        [] => 0,
    }
}

/// What follows the prefix, if it ends at a segment's end.
fn after<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)
        .filter(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_is_found_and_no_other_name() {
        let beginnings = RESELECTING_BEGINNINGS.map(|begin| [begin, "model"].concat());
        let beginnings = beginnings.iter().map(String::as_str);
        for name in RESELECTING.into_iter().chain(beginnings) {
            let spellings = [name.to_owned(), name.to_uppercase(), name.replace('-', "_")];
            for spelling in spellings {
                assert!(reselects(spelling.as_bytes()), "{spelling}");
            }
            assert!(!reselects(&name.as_bytes()[1..]), "{name}");
        }
        assert!(!reselects(b"") && !reselects(b"x") && !reselects(b"x-request-id"));
    }
}
