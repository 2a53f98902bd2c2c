//! TorchServe: inference (<https://docs.pytorch.org/serve/inference_api.html>), management
//! (<https://docs.pytorch.org/serve/management_api.html>) and gRPC (<https://docs.pytorch.org/serve/grpc_api.html>). The path names the model, or
//! field 1 of each message. Registration (`POST /models?url=...`), which runs code from anywhere, is not listed.

use super::Source::{List, Message, Messages, Path, Server};
use super::open_inference::NAME;
use super::{
    Endpoint, Errors, GRPC_SERVER, Listing, Place, Profile, Versions, delete, get, post, put, rpc,
};
use crate::action::Action::{Explain, Health, List as Lists, Manage, Metadata, Metrics, Predict};

pub(crate) const SERVERS: &str = "TorchServe";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::TorchServe,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    versions: Versions::TextOrAll,
    model_header: None,
    tables: &[INFERENCE, MANAGEMENT, CALLS, GRPC_SERVER],
};

/// `{"models": [{"modelName": "NAME", ...}, ...]}`
const NAMES: Listing = Listing {
    arrays: &["models"],
    names: &["modelName"],
};

const INFERENCE: &[Endpoint] = &[
    post("/predictions/{model}", Predict, Path),
    post("/predictions/{model}/{version}", Predict, Path),
    get("/predictions/{model}", Predict, Path),
    get("/predictions/{model}/{version}", Predict, Path),
    put("/predictions/{model}", Predict, Path),
    put("/predictions/{model}/{version}", Predict, Path),
    post("/explanations/{model}", Explain, Path),
    post("/v1/models/{model}:predict", Predict, Path),
    post("/v1/models/{model}:explain", Explain, Path),
    post("/v2/models/{model}/infer", Predict, Path),
    get("/ping", Health, Server),
    get("/metrics", Metrics, Server),
];

const MANAGEMENT: &[Endpoint] = &[
    get("/models", Lists, List(NAMES)),
    get("/models/{model}", Metadata, Path),
    get("/models/{model}/{version}", Metadata, Path),
    put("/models/{model}", Manage, Path),
    put("/models/{model}/{version}", Manage, Path),
    put("/models/{model}/{version}/set-default", Manage, Path),
    delete("/models/{model}", Manage, Path),
    delete("/models/{model}/{version}", Manage, Path),
];

const CALLS: &[Endpoint] = &[
    rpc(
        "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Ping",
        Health,
        Server,
    ),
    rpc(
        "/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions",
        Predict,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions",
        Predict,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.inference.InferenceAPIsService/StreamPredictions2",
        Predict,
        Messages(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.management.ManagementAPIsService/DescribeModel",
        Metadata,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.management.ManagementAPIsService/ScaleWorker",
        Manage,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.management.ManagementAPIsService/SetDefault",
        Manage,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.management.ManagementAPIsService/UnregisterModel",
        Manage,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelInfer",
        Predict,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelReady",
        Health,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ModelMetadata",
        Metadata,
        Message(NAME),
    ),
    rpc(
        "/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ServerLive",
        Health,
        Server,
    ),
    rpc(
        "/org.pytorch.serve.grpc.openinference.GRPCInferenceService/ServerReady",
        Health,
        Server,
    ),
];
