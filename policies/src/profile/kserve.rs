//! KServe's Python server: V1 (<https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol>), the Open Inference
//! Protocol as V2, and OpenAI's paths under `/openai` for its language models. In its gRPC field 1 names the model that is loaded
//! or unloaded.

use super::Source::{List, Message, Path, Server};
use super::open_inference::{CALLS, HEALTH, NAME, PROTOCOL};
use super::openai::{BODY, MODELS};
use super::{Endpoint, Errors, GRPC_SERVER, Listing, Place, Profile, Versions, get, post, rpc};
use crate::action::Action::{
    Chat, Complete, Embed, Explain, Health, List as Lists, Manage, Metadata, Metrics, Predict,
    Rerank,
};

pub(crate) const SERVERS: &str = "KServe's Python server";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "serving.kserve.io/inferenceservice",
    folds_names: false,
    versions: Versions::None,
    model_header: None,
    tables: &[V1, PROTOCOL, HEALTH, CALLS, LOADING, LANGUAGE, GRPC_SERVER],
};

/// `{"models": ["NAME", ...]}`
const NAMES: Listing = Listing {
    arrays: &["models"],
    names: &[],
};

const V1: &[Endpoint] = &[
    post("/v1/models/{model}:predict", Predict, Path),
    post("/v1/models/{model}:explain", Explain, Path),
    get("/v1/models/{model}", Health, Path),
    get("/v1/models", Lists, List(NAMES)),
    get("/v2/models", Lists, List(NAMES)),
    get("/v2", Metadata, Server),
    get("/", Health, Server),
    get("/metrics", Metrics, Server),
];

const LOADING: &[Endpoint] = &[
    rpc(
        "/inference.GRPCInferenceService/RepositoryModelLoad",
        Manage,
        Message(NAME),
    ),
    rpc(
        "/inference.GRPCInferenceService/RepositoryModelUnload",
        Manage,
        Message(NAME),
    ),
];

const LANGUAGE: &[Endpoint] = &[
    post("/openai/v1/chat/completions", Chat, BODY),
    post("/openai/v1/completions", Complete, BODY),
    post("/openai/v1/embeddings", Embed, BODY),
    post("/openai/v1/rerank", Rerank, BODY),
    get("/openai/v1/models", Lists, List(MODELS)),
    get("/openai/v1/models/{model+}", Metadata, Path),
];
