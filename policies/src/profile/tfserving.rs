//! TensorFlow Serving, REST (<https://www.tensorflow.org/tfx/serving/api_rest>): the path names the model. The server compares paths
//! without regard to case and decodes names; here other spellings are refused.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Health, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/models/{model}:predict", Predict, Path),
    endpoint("POST", "/v1/models/{model}:classify", Predict, Path),
    endpoint("POST", "/v1/models/{model}:regress", Predict, Path),
    endpoint("GET", "/v1/models/{model}", Health, Path),
    endpoint("GET", "/v1/models/{model}/metadata", Metadata, Path),
    endpoint(
        "POST",
        "/v1/models/{model}/versions/{version}:predict",
        Predict,
        Path,
    ),
    endpoint(
        "POST",
        "/v1/models/{model}/versions/{version}:classify",
        Predict,
        Path,
    ),
    endpoint(
        "POST",
        "/v1/models/{model}/versions/{version}:regress",
        Predict,
        Path,
    ),
    endpoint("GET", "/v1/models/{model}/versions/{version}", Health, Path),
    endpoint(
        "GET",
        "/v1/models/{model}/versions/{version}/metadata",
        Metadata,
        Path,
    ),
    endpoint(
        "POST",
        "/v1/models/{model}/labels/{version}:predict",
        Predict,
        Path,
    ),
    endpoint(
        "POST",
        "/v1/models/{model}/labels/{version}:classify",
        Predict,
        Path,
    ),
    endpoint(
        "POST",
        "/v1/models/{model}/labels/{version}:regress",
        Predict,
        Path,
    ),
    endpoint("GET", "/v1/models/{model}/labels/{version}", Health, Path),
    endpoint(
        "GET",
        "/v1/models/{model}/labels/{version}/metadata",
        Metadata,
        Path,
    ),
];
