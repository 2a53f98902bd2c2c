//! Anthropic messages (<https://docs.anthropic.com/en/api/messages>): the body names the model, and each request of a batch names its own.
//! Stored batches name none: they are the action `objects` on the server.

use super::Source::{Json, List, Path, Server};
use super::openai::{BODY, MODELS};
use super::{Endpoint, Errors, Place, Profile, Source, Versions, delete, get, post};
use crate::action::Action::{Batch, Chat, Complete, List as Lists, Metadata, Objects};
use scan::json::{Documents, Names};

pub(crate) const SERVERS: &str = "Anthropic messages";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Anthropic,
    place: Place::Server,
    pod_label: "app",
    folds_names: true,
    versions: Versions::None,
    model_header: None,
    tables: &[ENDPOINTS],
};

/// `{"requests": [{"params": {"model": "NAME", ...}, ...}, ...]}`
const REQUESTS: Source = Json(Names {
    path: &["requests", "[]", "params", "model"],
    documents: Documents::One,
    required: true,
});

const ENDPOINTS: &[Endpoint] = &[
    post("/v1/messages", Chat, BODY),
    post("/v1/messages/count_tokens", Metadata, BODY),
    post("/v1/complete", Complete, BODY),
    get("/v1/models", Lists, List(MODELS)),
    get("/v1/models/{model}", Metadata, Path),
    post("/v1/messages/batches", Batch, REQUESTS),
    get("/v1/messages/batches", Objects, Server),
    get("/v1/messages/batches/{any}", Objects, Server),
    get("/v1/messages/batches/{any}/results", Objects, Server),
    post("/v1/messages/batches/{any}/cancel", Objects, Server),
    delete("/v1/messages/batches/{any}", Objects, Server),
];
