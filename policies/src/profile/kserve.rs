//! KServe's Python server, REST: V1 (<https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol>) and V2. The
//! path names the model. Its list of models and its own health name none, and are refused.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Explain, Health, Manage, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/models/{model}:predict", Predict, Path),
    endpoint("POST", "/v1/models/{model}:explain", Explain, Path),
    endpoint("GET", "/v1/models/{model}", Health, Path),
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
