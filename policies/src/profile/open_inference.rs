//! Open Inference Protocol V2, REST, as KServe, MLServer and Triton serve it
//! (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md>): the path names the model.
//! And gRPC (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto>,
//! <https://github.com/triton-inference-server/common/blob/main/protobuf/grpc_service.proto>): field 1 of each message names it.
//!
//! Not in the table, so refused: gRPC `RepositoryModelLoad` and `RepositoryModelUnload`, because field 1 is the model in KServe
//! and the repository in Triton and MLServer, where the model is field 2; and what names no model (`ServerLive`, `RepositoryIndex`).

use super::Source::{Message, Messages, Path};
use super::{Endpoint, endpoint, rpc};
use crate::action::Action::{Generate, Health, Manage, Metadata, Metrics, Predict};

/// `model_name` or `name`
const NAME: &[u32] = &[1];

/// What every server of the protocol has.
pub(super) const PROTOCOL: &[Endpoint] = &[
    endpoint("POST", "/v2/models/{model}/infer", Predict, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/infer",
        Predict,
        Path,
    ),
    endpoint("GET", "/v2/models/{model}", Metadata, Path),
    endpoint(
        "GET",
        "/v2/models/{model}/versions/{version}",
        Metadata,
        Path,
    ),
    endpoint("GET", "/v2/models/{model}/ready", Health, Path),
    endpoint(
        "GET",
        "/v2/models/{model}/versions/{version}/ready",
        Health,
        Path,
    ),
    endpoint("POST", "/v2/repository/models/{model}/load", Manage, Path),
    endpoint("POST", "/v2/repository/models/{model}/unload", Manage, Path),
];

/// Streams and generation, as MLServer and Triton have them, and gRPC.
pub(super) const EXTENSIONS: &[Endpoint] = &[
    endpoint("POST", "/v2/models/{model}/infer_stream", Predict, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/infer_stream",
        Predict,
        Path,
    ),
    endpoint("POST", "/v2/models/{model}/generate", Generate, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/generate",
        Generate,
        Path,
    ),
    endpoint("POST", "/v2/models/{model}/generate_stream", Generate, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/generate_stream",
        Generate,
        Path,
    ),
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
