//! Protocol profiles: which endpoint of a serving API does what, and where it names its models. One file a protocol, with tables
//! that a reader can hold against the protocol's own page, and one line in `api.rs`. What no table lists is refused.

use crate::action::Action;
use crate::api::Api;
use scan::{MAX_VERSION, json, multipart, protobuf};

pub(crate) mod anthropic;
pub(crate) mod bentoml;
pub(crate) mod kserve;
pub(crate) mod mlflow;
mod ollama;
pub(crate) mod open_inference;
pub(crate) mod openai;
pub(crate) mod seldon;
pub(crate) mod seldon_v2;
mod template;
pub(crate) mod tfserving;
pub(crate) mod torchserve;
pub(crate) mod triton;
mod vllm;

/// What is known of a protocol.
#[derive(Debug)]
pub struct Profile {
    /// the shape of its errors
    pub errors: Errors,
    /// how requests find their backend, and what it serves
    pub place: Place,
    /// label by which the pods of a backend are known, unless the gate says another
    pub pod_label: &'static str,
    /// some server takes names in other capitals, or with its defaults written out, for the same
    pub folds_names: bool,
    /// what versions of a model its requests can name
    pub versions: Versions,
    /// a header field that names the model as well, and an ending that its value may have
    pub model_header: Option<(&'static str, &'static str)>,
    /// its endpoints: where several lines fit, the first counts
    pub tables: &'static [&'static [Endpoint]],
}

/// The shapes that clients of each protocol parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// `{"error": TEXT}`
    Text,
    /// `{"error": {"message": ..., "type": ..., "param": null, "code": ...}}`
    OpenAi,
    /// `{"type": "error", "error": {"type": ..., "message": ...}}`
    Anthropic,
    /// `{"status": {"code": ..., "info": ..., "reason": ..., "status": 1}}`
    Seldon,
    /// `{"error_code": ..., "message": ...}`
    MlFlow,
    /// `{"code": ..., "type": ..., "message": ...}`
    TorchServe,
}

/// What versions of a model the requests of a protocol can name, and its servers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// none, or no server looks at it
    None,
    /// a number or a name; some server of the protocol reads the digits before anything else as a number
    Text,
    /// a number, one with dots, or a name; and `all` for every version there is
    TextOrAll,
    /// a number; another spelling of it is the same to the server
    Numbers,
}

/// What a backend of the protocol is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// a server of many models, with hosts of its own
    Server,
    /// one model, with hosts of its own
    Workload,
    /// one model; at a gateway, backends share hosts: `/seldon/NAMESPACE/NAME` leads to one, or for gRPC the header fields `seldon`
    /// and `namespace`
    Deployment,
}

/// One line of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// HTTP method
    pub method: &'static str,
    /// path after the route's prefix; `{model}`, `{version}`, `{label}` and `{any}` stand for one segment each, or with `:verb`
    /// behind them for what stands before it; `{model+}` for the rest of the path
    pub path: &'static str,
    /// what it does
    pub action: Action,
    /// where the model is named
    pub model: Source,
    /// a method of a gRPC service
    pub grpc: bool,
}

/// Where an endpoint names its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// the workload alone decides: the route says it
    Route,
    /// no model: it is about the server as a whole
    Server,
    /// no model, and a JSON body that may not name one either
    ServerAndBody,
    /// no model, and the answer lists those that the caller may use
    List(Listing),
    /// segment `{model}` of the path
    Path,
    /// the path, and where member `model` of the JSON body is there, it too
    PathAndBody,
    /// the path, and where the form has a part `model`, it too
    PathAndForm,
    /// members of the JSON body
    Json(json::Names),
    /// parts of a form
    Form(multipart::Form),
    /// text field of the one gRPC message
    Message(protobuf::Fields),
    /// the same in each message of a gRPC stream
    Messages(protobuf::Fields),
}

impl Source {
    /// The same where nobody asks for versions.
    pub(crate) const fn without_versions(self) -> Self {
        match self {
            Self::Message(fields) => Self::Message(fields.without_version()),
            Self::Messages(fields) => Self::Messages(fields.without_version()),
            other => other,
        }
    }
}

/// Where an answer lists models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// members of the outermost object that hold lists; none where the answer itself is the list
    pub arrays: &'static [&'static str],
    /// members of an item that name its model; none where the item itself is the name
    pub names: &'static [&'static str],
}

/// What the body of a request is, by its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// gRPC messages
    Grpc,
    /// a form with parts
    Form,
    /// anything else
    Other,
}

/// What a request does, and the model that its path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// what it does
    pub action: Action,
    /// where the model is named
    pub model: Source,
    /// the model in the path
    pub in_path: Option<String>,
    /// its version, by the path
    pub version: Option<String>,
    /// a gRPC call
    pub grpc: bool,
}

/// The endpoint of a profile that this request is for, if the profile has it. Method and path compare exactly; where two lines
/// differ only in the kind of the body, the fitting one counts.
#[must_use]
pub fn operation(api: Api, method: &str, path: &str, body: BodyKind) -> Option<Operation> {
    let endpoints = api.profile().tables.iter().copied().flatten();
    let mut fitting = endpoints
        .filter(|endpoint| endpoint.method == method)
        .filter_map(|endpoint| Some((endpoint, template::matched(endpoint.path, path)?)));
    let first = fitting.next()?;
    let (endpoint, found) = if first.0.takes(body) {
        first
    } else {
        let same = |(endpoint, _): &(&Endpoint, _)| endpoint.path == first.0.path;
        fitting
            .take_while(same)
            .find(|(endpoint, _)| endpoint.takes(body))
            .unwrap_or(first)
    };
    Some(Operation {
        action: endpoint.action,
        model: endpoint.model,
        in_path: found.model.map(str::to_owned),
        version: found.version.map(str::to_owned),
        grpc: endpoint.grpc,
    })
}

impl Endpoint {
    const fn takes(&self, body: BodyKind) -> bool {
        let kind = match self.model {
            Source::Form(_) | Source::PathAndForm => BodyKind::Form,
            _ if self.grpc => BodyKind::Grpc,
            _ => BodyKind::Other,
        };
        kind as u8 == body as u8
    }
}

impl Versions {
    /// Whether a request can name this one.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        let of = |fits: fn(&u8) -> bool| text.as_bytes().iter().all(fits);
        let number = of(u8::is_ascii_digit);
        let named = text
            .bytes()
            .next()
            .is_some_and(|byte| !byte.is_ascii_digit());
        let fits = match self {
            Self::None => false,
            Self::Text => number || named,
            Self::TextOrAll => named || of(|byte| byte.is_ascii_digit() || *byte == b'.'),
            Self::Numbers => number,
        };
        fits && is_version(text) && !self.is_every(text)
    }

    /// Whether the text stands for whichever version there is, or for all: OpenVINO's server takes 0 for its default one.
    #[must_use]
    pub fn is_every(self, text: &str) -> bool {
        match self {
            Self::None => false,
            Self::Text | Self::Numbers => text == "0",
            Self::TextOrAll => text == "all",
        }
    }
}

impl Profile {
    /// Whether the backend is the model: nothing in a request names it after the route's prefix.
    #[must_use]
    pub const fn one_model_a_backend(&self) -> bool {
        matches!(self.place, Place::Workload | Place::Deployment)
    }
}

/// A model name that all servers read alike (threats: escapes, look-alikes, separators).
#[must_use]
pub fn is_model_name(name: &str) -> bool {
    scan::is_model_name(name.as_bytes())
}

/// A version that all servers read alike: no second spelling of a number, no sign, no space, and short.
#[must_use]
pub fn is_version(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    is_version_segment(text) && !(digits && text.len() > 1 && text.starts_with('0'))
}

/// What a path may have where a version stands: one that is read over need not be clear.
fn is_version_segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let first = text.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.len() <= MAX_VERSION
        && text.bytes().all(fits)
}

/// The name by which rules speak of a model server as a whole; no model can be called so.
#[must_use]
pub fn server_name(service: &str) -> String {
    format!("@{service}")
}

/// What gRPC servers have beside their own services: health (<https://github.com/grpc/grpc/blob/master/doc/health-checking.md>) and
/// reflection (<https://github.com/grpc/grpc/blob/master/doc/server-reflection.md>), which shows every schema.
const GRPC_SERVER: &[Endpoint] = &[
    rpc(
        "/grpc.health.v1.Health/Check",
        Action::Health,
        Source::Server,
    ),
    rpc(
        "/grpc.health.v1.Health/Watch",
        Action::Health,
        Source::Server,
    ),
    rpc(
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        Action::Metadata,
        Source::Server,
    ),
    rpc(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        Action::Metadata,
        Source::Server,
    ),
];

const fn endpoint(
    method: &'static str,
    path: &'static str,
    action: Action,
    model: Source,
) -> Endpoint {
    Endpoint {
        method,
        path,
        action,
        model,
        grpc: false,
    }
}

const fn get(path: &'static str, action: Action, model: Source) -> Endpoint {
    endpoint("GET", path, action, model)
}

const fn post(path: &'static str, action: Action, model: Source) -> Endpoint {
    endpoint("POST", path, action, model)
}

const fn put(path: &'static str, action: Action, model: Source) -> Endpoint {
    endpoint("PUT", path, action, model)
}

const fn delete(path: &'static str, action: Action, model: Source) -> Endpoint {
    endpoint("DELETE", path, action, model)
}

/// A method of a gRPC service: the path is `/PACKAGE.SERVICE/METHOD`
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
const fn rpc(path: &'static str, action: Action, model: Source) -> Endpoint {
    Endpoint {
        grpc: true,
        ..endpoint("POST", path, action, model)
    }
}
