//! Open Inference Protocol V2, REST, as KServe, MLServer and Triton serve it
//! (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md>). The path names the model.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Generate, Health, Manage, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v2/models/{model}/infer", Predict, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/infer",
        Predict,
        Path,
    ),
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
