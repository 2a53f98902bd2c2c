//! Seldon Core 1: the executor's routes
//! (<https://docs.seldon.io/projects/seldon-core/en/latest/reference/apis/external-prediction.html>), for each of its protocols. The
//! deployment is the model, whatever node of its graph a path names.
//!
//! At a gateway REST goes by a prefix of the path and gRPC by the headers `seldon` and `namespace`, as in the routes that Seldon's
//! operator writes; in the deployment's sidecar the route alone decides.

use super::Source::Route;
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, Versions, get, post, rpc};
use crate::action::Action::{Explain, Feedback, Health, Metadata, Metrics, Predict};

pub(crate) const SERVERS: &str = "Seldon Core 1";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Seldon,
    place: Place::Deployment,
    pod_label: "seldon-deployment-id",
    folds_names: false,
    versions: Versions::None,
    model_header: None,
    tables: &[OWN, TENSORFLOW, V2, GRPC_SERVER],
};

const OWN: &[Endpoint] = &[
    post("/api/v1.0/predictions", Predict, Route),
    post("/api/v0.1/predictions", Predict, Route),
    post("/api/v1.0/feedback", Feedback, Route),
    post("/api/v0.1/feedback", Feedback, Route),
    post("/api/v1.0/explain", Explain, Route),
    get("/api/v1.0/metadata", Metadata, Route),
    get("/api/v1.0/metadata/{any}", Metadata, Route),
    get("/api/v1.0/doc/", Metadata, Route),
    get("/api/v1.0/status", Health, Route),
    get("/api/v1.0/status/{any}", Health, Route),
    get("/api/v1.0/health/status", Health, Route),
    get("/live", Health, Route),
    get("/ready", Health, Route),
    get("/prometheus", Metrics, Route),
    rpc("/seldon.protos.Seldon/Predict", Predict, Route),
    rpc("/seldon.protos.Seldon/SendFeedback", Feedback, Route),
    rpc("/seldon.protos.Seldon/ModelMetadata", Metadata, Route),
    rpc("/seldon.protos.Seldon/GraphMetadata", Metadata, Route),
];

const TENSORFLOW: &[Endpoint] = &[
    post("/v1/models/{any}:predict", Predict, Route),
    post("/v1/models/:predict", Predict, Route),
    post("/v1/models:predict", Predict, Route),
    get("/v1/models/{any}", Health, Route),
    get("/v1/models/{any}/metadata", Metadata, Route),
];

const V2: &[Endpoint] = &[
    post("/v2/models/{any}/infer", Predict, Route),
    post("/v2/models/infer", Predict, Route),
    get("/v2/models/{any}", Metadata, Route),
    get("/v2/models/{any}/ready", Health, Route),
    get("/v2/health/live", Health, Route),
    get("/v2/health/ready", Health, Route),
];
