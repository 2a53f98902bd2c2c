//! MLflow's scoring server (<https://mlflow.org/docs/latest/genai/serving/>): the server is the model.

use super::{Endpoint, Source::Route, endpoint};
use crate::action::Action::{Health, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/invocations", Predict, Route),
    endpoint("GET", "/ping", Health, Route),
    endpoint("GET", "/health", Health, Route),
    endpoint("GET", "/version", Metadata, Route),
];
