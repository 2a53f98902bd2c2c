//! BentoML: the service is the model, a path is one of its APIs (<https://docs.bentoml.com/en/latest/build-with-bentoml/services.html>), also
//! as a task. The system endpoints, of 1.x and of 0.13, come first, so that an API cannot be called like one.

use super::Source::Route;
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, Versions, get, post, put, rpc};
use crate::action::Action::{Feedback, Health, Metadata, Metrics, Predict};

pub(crate) const SERVERS: &str = "BentoML 0.13 and 1.x";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Workload,
    pod_label: "app",
    folds_names: false,
    versions: Versions::None,
    model_header: None,
    tables: &[SYSTEM, APIS, GRPC_SERVER],
};

const SYSTEM: &[Endpoint] = &[
    get("/livez", Health, Route),
    get("/readyz", Health, Route),
    get("/healthz", Health, Route),
    post("/livez", Health, Route),
    post("/readyz", Health, Route),
    post("/healthz", Health, Route),
    get("/metrics", Metrics, Route),
    post("/metrics", Metrics, Route),
    get("/", Metadata, Route),
    get("/schema.json", Metadata, Route),
    get("/docs.json", Metadata, Route),
    get("/docs", Metadata, Route),
    get("/metadata", Metadata, Route),
    post("/metadata", Metadata, Route),
    post("/feedback", Feedback, Route),
];

const APIS: &[Endpoint] = &[
    post("/{any}", Predict, Route),
    post("/{any}/submit", Predict, Route),
    get("/{any}/status", Predict, Route),
    get("/{any}/get", Predict, Route),
    post("/{any}/retry", Predict, Route),
    put("/{any}/cancel", Predict, Route),
    rpc("/bentoml.grpc.v1.BentoService/Call", Predict, Route),
    rpc(
        "/bentoml.grpc.v1.BentoService/ServiceMetadata",
        Metadata,
        Route,
    ),
    rpc("/bentoml.grpc.v1alpha1.BentoService/Call", Predict, Route),
    rpc(
        "/bentoml.grpc.v1alpha1.BentoService/ServiceMetadata",
        Metadata,
        Route,
    ),
];
