//! What a request asks for, read in two goes: its shape, before anyone is authenticated; its meaning, after.

use std::rc::Rc;

use super::content::Content;
use crate::action::Action;
use crate::audit::Record;
use crate::bundle::{Api, Route};
use crate::decision::Reason;
use crate::guard::Guard;
use crate::head::Head;
use crate::principal::Workload;
use crate::profile::{self, Source};
use crate::query;

/// Fields that make some gateway or server act on another model than path and body say (protocols: Seldon, KServe, llm-d,
/// Envoy AI gateway, Ray, SageMaker, Vertex). From a client they are refused.
pub const RESELECTING: [&str; 26] = [
    "seldon-model",
    "seldon-internal-model",
    "x-seldon-route",
    "seldon",
    "namespace",
    "x-model",
    "x-gateway-model-name",
    "x-gateway-base-model-name",
    "x-gateway-model-name-rewrite",
    "x-llm-d-model-name-rewrite",
    "x-gateway-inference-objective",
    "x-llm-d-inference-objective",
    "x-gateway-inference-fairness-id",
    "x-llm-d-inference-fairness-id",
    "x-gateway-destination-endpoint",
    "x-gateway-destination-endpoint-subset",
    "kserve-isvc-name",
    "kserve-isvc-namespace",
    "serve_multiplexed_model_id",
    "multiplexed_model_id",
    "application",
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-target-variant",
    "x-amzn-sagemaker-target-container-hostname",
    "x-amzn-sagemaker-inference-component",
    "x-vertex-ai-triton-redirect",
];
const RESELECTING_BEGINNING: &[u8] = b"x-ai-eg-";

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
    pub(super) query: Vec<(String, String)>,
    pub(super) peer: Option<Workload>,
    pub(super) end: bool,
}

/// What is asked of which model.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) method: String,
    pub(super) route: Rc<Route>,
    pub(super) action: Action,
    /// `None` where the body names it
    pub(super) model: Option<String>,
    /// where it is named
    pub(super) source: Source,
    /// of the body, where the head says it
    pub(super) length: Option<u64>,
    query: Vec<(String, String)>,
}

impl Asked {
    pub(super) fn read(
        guard: &Guard,
        head: &Head,
        peer: Option<&[u8]>,
        end: bool,
        record: &mut Record,
    ) -> Result<Self, Reason> {
        let engine = guard.engine();
        record.peer = peer.map(|id| String::from_utf8_lossy(id).into_owned());
        let target = head.target()?;
        record.read_target(&target);
        if head
            .names()
            .any(|name| name.starts_with(RESELECTING_BEGINNING) || reselects(name))
        {
            return Err(Reason::HeaderRefused);
        }
        let content = Content::read(head)?;
        let query = query::parse(&target.query).ok_or(Reason::PathMalformed)?;
        let found = engine
            .routes(&target.host)
            .find_map(|route| Some((route, after(&target.path, &route.prefix)?)));
        let (route, rest) = found.map_or((None, String::new()), |(route, rest)| {
            (Some(Rc::clone(route)), rest.to_owned())
        });
        Ok(Self {
            rest,
            host_known: engine.routes(&target.host).next().is_some(),
            route,
            upgrade: target.method == "CONNECT" || head.values("upgrade").next().is_some(),
            method: target.method,
            query,
            peer: peer.and_then(|id| {
                Workload::from_spiffe(std::str::from_utf8(id).ok()?, &engine.bundle().trust_domain)
            }),
            // a head that promises no byte is the whole request to a server, even where the end is not said yet
            end: end || content.length == Some(0),
            content,
        })
    }

    pub(super) fn api(&self) -> Option<Api> {
        self.route.as_ref().map(|route| route.api)
    }

    /// Finds operation and model by the route's profile.
    pub(super) fn resolve(self, record: &mut Record) -> Result<Target, Reason> {
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
            profile::operation(route.api, &self.method, &self.rest).ok_or(Reason::PathUnknown)?;
        record.action = Some(operation.action);
        self.content.fits(&operation)?;
        let model = match operation.model {
            Source::Route => Some(route.model.clone().ok_or(Reason::Internal)?),
            Source::Path => Some(operation.in_path.ok_or(Reason::Internal)?),
            Source::Body | Source::Message(_) | Source::Messages(_) => None,
        };
        Ok(Target {
            method: self.method,
            route,
            action: operation.action,
            model,
            source: operation.model,
            length: self.content.length,
            query: self.query,
        })
    }
}

impl Target {
    /// The name has the form that all servers read alike, and nothing in the query names another model.
    pub(super) fn agrees(&self, model: &str) -> Result<(), Reason> {
        if !profile::is_model_name(model) {
            return Err(Reason::ModelMalformed);
        }
        let other = |(name, value): &(String, String)| query::names_a_model(name) && value != model;
        if self.query.iter().any(other) {
            Err(Reason::ModelConflict)
        } else {
            Ok(())
        }
    }
}

fn reselects(name: &[u8]) -> bool {
    RESELECTING.iter().any(|known| known.as_bytes() == name)
}

/// What follows the prefix, if it ends at a segment's end.
fn after<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)
        .filter(|rest| rest.starts_with('/'))
}
