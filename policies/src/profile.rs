//! Protocol profiles: which endpoint of a serving API does what, and where it names its model. One file a protocol, one table
//! that a reader can hold against the protocol's own page. What no table lists is refused.

use crate::action::Action;
use crate::bundle::Api;

mod anthropic;
mod bentoml;
mod kserve;
mod mlflow;
mod open_inference;
mod openai;
mod seldon;
mod seldon_v2;
mod tfserving;
mod torchserve;
mod triton;

/// One line of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// HTTP method
    pub method: &'static str,
    /// path after the route's prefix; `{model}`, `{version}` and `{any}` stand for one segment each, or with `:verb` behind
    /// them for what stands before it
    pub path: &'static str,
    /// what it does
    pub action: Action,
    /// where the model is named
    pub model: Source,
    /// a method of a gRPC service
    pub grpc: bool,
}

/// Where an endpoint names its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// the workload alone decides: the route says it
    Route,
    /// segment `{model}` of the path
    Path,
    /// member `model` of the JSON body
    Body,
    /// text field of the one gRPC message: the numbers of the fields that lead to it, outermost first
    Message(&'static [u32]),
    /// the same in each message of a gRPC stream
    Messages(&'static [u32]),
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
    /// a gRPC call
    pub grpc: bool,
}

/// The endpoint of a profile that this request is for, if the profile has it. Method and path compare exactly.
#[must_use]
pub fn operation(api: Api, method: &str, path: &str) -> Option<Operation> {
    let endpoints = tables(api).iter().copied().flatten();
    endpoints
        .filter(|endpoint| endpoint.method == method)
        .find_map(|endpoint| {
            let in_path = matched(endpoint.path, path)?;
            Some(Operation {
                action: endpoint.action,
                model: endpoint.model,
                in_path: in_path.map(str::to_owned),
                grpc: endpoint.grpc,
            })
        })
}

/// The endpoints of a profile: its own, and those of protocols that its servers speak as well.
#[must_use]
pub const fn tables(api: Api) -> &'static [&'static [Endpoint]] {
    match api {
        Api::Seldon => &[seldon::ENDPOINTS],
        Api::SeldonV2 => &[seldon_v2::ENDPOINTS],
        Api::KServe => &[kserve::ENDPOINTS, open_inference::PROTOCOL],
        Api::OpenInference => &[open_inference::PROTOCOL, open_inference::EXTENSIONS],
        Api::Triton => &[
            triton::ENDPOINTS,
            open_inference::PROTOCOL,
            open_inference::EXTENSIONS,
        ],
        Api::OpenAi => &[openai::ENDPOINTS],
        Api::Anthropic => &[anthropic::ENDPOINTS],
        Api::BentoMl => &[bentoml::ENDPOINTS],
        Api::MlFlow => &[mlflow::ENDPOINTS],
        Api::TfServing => &[tfserving::ENDPOINTS],
        Api::TorchServe => &[torchserve::ENDPOINTS],
    }
}

/// A model name that all servers read alike (threats: escapes, look-alikes, separators).
#[must_use]
pub fn is_model_name(name: &str) -> bool {
    let fits = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b':' | b'@' | b'/' | b'-')
    };
    let first = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    first && name.len() <= 256 && name.bytes().all(fits)
}

/// `Some(model)` where the path fits the template.
#[expect(
    clippy::option_option,
    reason = "outer: does it fit; inner: does it name a model"
)]
fn matched<'p>(template: &str, path: &'p str) -> Option<Option<&'p str>> {
    let mut model = None;
    let mut given = path.split('/');
    for expected in template.split('/') {
        let segment = given.next()?;
        let (expected, verb) = expected.split_once(':').unwrap_or((expected, ""));
        let (segment, said) = match verb {
            "" => (segment, ""),
            _ => segment.split_once(':')?,
        };
        let fits = match expected {
            "{model}" => {
                model = Some(segment);
                !segment.is_empty()
            }
            "{version}" => {
                !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }
            "{any}" => is_model_name(segment),
            _ => expected == segment,
        };
        if said != verb {
            return None;
        }
        if !fits {
            return None;
        }
    }
    given.next().is_none().then_some(model)
}

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

/// A method of a gRPC service: the path is `/PACKAGE.SERVICE/METHOD`
/// (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>).
const fn rpc(path: &'static str, action: Action, model: Source) -> Endpoint {
    Endpoint {
        grpc: true,
        ..endpoint("POST", path, action, model)
    }
}
