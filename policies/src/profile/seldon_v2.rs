//! Seldon Core 2: the Open Inference Protocol at the mesh's one service
//! (<https://docs.seldon.ai/seldon-core-2/user-guide/inference>). The path or message names the model, and the header `seldon-model`,
//! which Seldon's routes go by, must say the same where it is sent (`NAME` or `NAME.model`). A pipeline is the model `NAME.pipeline`.

use super::Source::{Path, PathAndBody, Server};
use super::open_inference::{CALLS, HEALTH};
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, Versions, get, post};
use crate::action::Action::{Chat, Embed, Health, Image, Metadata, Predict};

pub(crate) const SERVERS: &str = "Seldon Core 2";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    versions: Versions::None,
    model_header: Some(("seldon-model", ".model")),
    tables: &[ENDPOINTS, HEALTH, CALLS, GRPC_SERVER],
};

const ENDPOINTS: &[Endpoint] = &[
    post("/v2/models/{model}/infer", Predict, Path),
    post("/v2/models/{model}/versions/{version}/infer", Predict, Path),
    post("/v2/models/{model}/infer_stream", Predict, Path),
    post(
        "/v2/models/{model}/infer/chat/completions",
        Chat,
        PathAndBody,
    ),
    post(
        "/v2/models/{model}/infer_stream/chat/completions",
        Chat,
        PathAndBody,
    ),
    post("/v2/models/{model}/infer/embeddings", Embed, PathAndBody),
    post(
        "/v2/models/{model}/infer/images/generations",
        Image,
        PathAndBody,
    ),
    get("/v2/models/{model}", Metadata, Path),
    get("/v2/models/{model}/ready", Health, Path),
    get("/v2", Metadata, Server),
];
