//! Seldon Core 2, REST: the Open Inference Protocol at the mesh's one service
//! (<https://docs.seldon.ai/seldon-core-2/user-guide/inference>). The path names the model; the header `seldon-model`, which would choose
//! another, is refused as everywhere. Pipelines have names of their own and are not listed.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Health, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v2/models/{model}/infer", Predict, Path),
    endpoint(
        "POST",
        "/v2/models/{model}/versions/{version}/infer",
        Predict,
        Path,
    ),
    endpoint("POST", "/v2/models/{model}/infer_stream", Predict, Path),
    endpoint("GET", "/v2/models/{model}", Metadata, Path),
    endpoint("GET", "/v2/models/{model}/ready", Health, Path),
];
