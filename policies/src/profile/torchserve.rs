//! TorchServe, REST: inference (<https://docs.pytorch.org/serve/inference_api.html>) and management. The path names the model;
//! registration (`POST /models?url=...`), which runs code from anywhere, is refused.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Explain, Manage, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/predictions/{model}", Predict, Path),
    endpoint("POST", "/predictions/{model}/{version}", Predict, Path),
    endpoint("GET", "/predictions/{model}", Predict, Path),
    endpoint("GET", "/predictions/{model}/{version}", Predict, Path),
    endpoint("PUT", "/predictions/{model}", Predict, Path),
    endpoint("PUT", "/predictions/{model}/{version}", Predict, Path),
    endpoint("POST", "/explanations/{model}", Explain, Path),
    endpoint("POST", "/v1/models/{model}:predict", Predict, Path),
    endpoint("POST", "/v1/models/{model}:explain", Explain, Path),
    endpoint("POST", "/v2/models/{model}/infer", Predict, Path),
    endpoint("GET", "/models/{model}", Metadata, Path),
    endpoint("GET", "/models/{model}/{version}", Metadata, Path),
    endpoint("PUT", "/models/{model}", Manage, Path),
    endpoint("PUT", "/models/{model}/{version}", Manage, Path),
    endpoint("PUT", "/models/{model}/{version}/set-default", Manage, Path),
    endpoint("DELETE", "/models/{model}", Manage, Path),
    endpoint("DELETE", "/models/{model}/{version}", Manage, Path),
];
