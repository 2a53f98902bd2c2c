//! BentoML: the service is the model, a path is one of its APIs (<https://docs.bentoml.com/en/latest/build-with-bentoml/services.html>).
//! The system endpoints come first, so that an API cannot be called like one.

use super::{Endpoint, Source::Route, endpoint};
use crate::action::Action::{Feedback, Health, Metadata, Metrics, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("GET", "/livez", Health, Route),
    endpoint("GET", "/readyz", Health, Route),
    endpoint("GET", "/healthz", Health, Route),
    endpoint("POST", "/livez", Health, Route),
    endpoint("POST", "/readyz", Health, Route),
    endpoint("POST", "/healthz", Health, Route),
    endpoint("GET", "/metrics", Metrics, Route),
    endpoint("POST", "/metrics", Metrics, Route),
    endpoint("GET", "/schema.json", Metadata, Route),
    endpoint("GET", "/docs.json", Metadata, Route),
    endpoint("GET", "/metadata", Metadata, Route),
    endpoint("POST", "/metadata", Metadata, Route),
    endpoint("POST", "/feedback", Feedback, Route),
    endpoint("POST", "/{any}", Predict, Route),
];
