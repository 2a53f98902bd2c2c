//! Seldon Core 1, REST, protocol `seldon`: the executor's routes
//! (<https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/external-prediction.html>). The deployment is the model.
//!
//! gRPC calls pass where the route alone leads to the deployment, as in its sidecar. Seldon's own routes at a gateway go by the
//! headers `seldon` and `namespace`, which a client could set to another deployment: they are refused.

use super::Source::Route;
use super::{Endpoint, endpoint, rpc};
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
    rpc("/seldon.protos.Seldon/Predict", Predict, Route),
    rpc("/seldon.protos.Seldon/SendFeedback", Feedback, Route),
    rpc("/seldon.protos.Seldon/ModelMetadata", Metadata, Route),
    rpc("/seldon.protos.Seldon/GraphMetadata", Metadata, Route),
];
