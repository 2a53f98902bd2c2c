//! Open Inference Protocol V2, REST, as MLServer serves it; KServe and Triton have profiles of their own, though a Triton may stand behind this one
//! (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md>): the path names the model.
//! And gRPC (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto>,
//! <https://github.com/triton-inference-server/common/blob/main/protobuf/grpc_service.proto>): field 1 of each message names it.
//!
//! `RepositoryModelLoad` and `RepositoryModelUnload` have two layouts under one name: field 1 is the model in KServe and the repository in
//! MLServer and Triton, where field 2 is the model. Here field 2 counts, and a message with field 1 is refused.

use super::Source::{List, Message, Messages, Path, Server};
use super::{Endpoint, Errors, GRPC_SERVER, Listing, Place, Profile, Versions, get, post, rpc};
use crate::action::Action::{Generate, Health, List as Lists, Manage, Metadata, Metrics, Predict};
use scan::protobuf::{Field, Fields, VersionFields};

pub(crate) const SERVERS: &str = "MLServer and others of Open Inference Protocol V2";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    versions: Versions::Text,
    model_header: None,
    tables: &[
        PROTOCOL,
        EXTENSIONS,
        HEALTH,
        OWN,
        CALLS,
        DETAILS,
        LOADING,
        GRPC_SERVER,
    ],
};

/// `model_name` or `name`, and `model_version` or `version`
pub(super) const NAME: Fields = Fields {
    path: &[Field::One(1)],
    refused: &[],
    version: Some(VersionFields {
        field: 2,
        is_number: false,
        label: None,
    }),
};
/// `model_name`, where field 1 is the repository
const LOADED: Fields = Fields {
    path: &[Field::One(2)],
    refused: &[1],
    version: None,
};
/// `[{"name": "NAME", ...}, ...]`
pub(super) const INDEX: Listing = Listing {
    arrays: &[],
    names: &["name"],
};

/// What every server of the protocol has.
pub(super) const PROTOCOL: &[Endpoint] = &[
    post("/v2/models/{model}/infer", Predict, Path),
    post("/v2/models/{model}/versions/{version}/infer", Predict, Path),
    get("/v2/models/{model}", Metadata, Path),
    get("/v2/models/{model}/versions/{version}", Metadata, Path),
    get("/v2/models/{model}/ready", Health, Path),
    get("/v2/models/{model}/versions/{version}/ready", Health, Path),
    post("/v2/repository/models/{model}/load", Manage, Path),
    post("/v2/repository/models/{model}/unload", Manage, Path),
];

/// The server's own health.
pub(super) const HEALTH: &[Endpoint] = &[
    get("/v2/health/live", Health, Server),
    get("/v2/health/ready", Health, Server),
];

/// Streams and generation, as MLServer and Triton have them.
pub(super) const EXTENSIONS: &[Endpoint] = &[
    post("/v2/models/{model}/infer_stream", Predict, Path),
    post(
        "/v2/models/{model}/versions/{version}/infer_stream",
        Predict,
        Path,
    ),
    post("/v2/models/{model}/generate", Generate, Path),
    post(
        "/v2/models/{model}/versions/{version}/generate",
        Generate,
        Path,
    ),
    post("/v2/models/{model}/generate_stream", Generate, Path),
    post(
        "/v2/models/{model}/versions/{version}/generate_stream",
        Generate,
        Path,
    ),
    post("/v2/repository/index", Lists, List(INDEX)),
    get("/v2", Metadata, Server),
    get("/metrics", Metrics, Server),
];

/// MLServer's descriptions of itself.
const OWN: &[Endpoint] = &[
    get("/v2/docs", Metadata, Server),
    get("/v2/docs/dataplane.json", Metadata, Server),
    get("/v2/models/{model}/docs", Metadata, Path),
    get("/v2/models/{model}/docs/dataplane.json", Metadata, Path),
    rpc(
        "/inference.model_repository.ModelRepositoryService/RepositoryModelLoad",
        Manage,
        Message(LOADED),
    ),
    rpc(
        "/inference.model_repository.ModelRepositoryService/RepositoryModelUnload",
        Manage,
        Message(LOADED),
    ),
];

/// gRPC that all have.
pub(super) const CALLS: &[Endpoint] = &[
    rpc(
        "/inference.GRPCInferenceService/ModelInfer",
        Predict,
        Message(NAME),
    ),
    rpc(
        "/inference.GRPCInferenceService/ModelStreamInfer",
        Predict,
        Messages(NAME),
    ),
    rpc(
        "/inference.GRPCInferenceService/ModelReady",
        Health,
        Message(NAME),
    ),
    rpc(
        "/inference.GRPCInferenceService/ModelMetadata",
        Metadata,
        Message(NAME),
    ),
    rpc("/inference.GRPCInferenceService/ServerLive", Health, Server),
    rpc(
        "/inference.GRPCInferenceService/ServerReady",
        Health,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/ServerMetadata",
        Metadata,
        Server,
    ),
];

/// gRPC of Triton, which others take over.
pub(super) const DETAILS: &[Endpoint] = &[
    rpc(
        "/inference.GRPCInferenceService/ModelConfig",
        Metadata,
        Message(NAME),
    ),
    rpc(
        "/inference.GRPCInferenceService/ModelStatistics",
        Metrics,
        Message(NAME),
    ),
];

/// gRPC by which models are loaded, where field 2 names them.
pub(super) const LOADING: &[Endpoint] = &[
    rpc(
        "/inference.GRPCInferenceService/RepositoryModelLoad",
        Manage,
        Message(LOADED),
    ),
    rpc(
        "/inference.GRPCInferenceService/RepositoryModelUnload",
        Manage,
        Message(LOADED),
    ),
];
