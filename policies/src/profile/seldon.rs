//! Seldon Core 1, REST, protocol `seldon`: the executor's routes
//! (<https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/external-prediction.html>). The deployment is the model.

use super::{Endpoint, Source::Route, endpoint};
use crate::action::Action::{Explain, Feedback, Health, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/api/v1.0/predictions", Predict, Route),
    endpoint("POST", "/api/v0.1/predictions", Predict, Route),
    endpoint("POST", "/api/v1.0/feedback", Feedback, Route),
    endpoint("POST", "/api/v0.1/feedback", Feedback, Route),
    endpoint("POST", "/api/v1.0/explain", Explain, Route),
    endpoint("GET", "/api/v1.0/metadata", Metadata, Route),
    endpoint("GET", "/api/v1.0/metadata/{any}", Metadata, Route),
    endpoint("GET", "/api/v1.0/status", Health, Route),
    endpoint("GET", "/api/v1.0/status/{any}", Health, Route),
    endpoint("GET", "/api/v1.0/health/status", Health, Route),
];
