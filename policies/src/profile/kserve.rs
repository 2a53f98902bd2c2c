//! KServe's Python server, REST, V1 (<https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol>); V2 is the Open
//! Inference Protocol. The path names the model. Its list of models and its own health name none, and are refused.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Explain, Health, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/models/{model}:predict", Predict, Path),
    endpoint("POST", "/v1/models/{model}:explain", Explain, Path),
    endpoint("GET", "/v1/models/{model}", Health, Path),
];
