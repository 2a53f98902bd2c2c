//! MLflow's scoring server (<https://mlflow.org/docs/latest/genai/serving/>): the server is the model.

use super::Source::Route;
use super::{Endpoint, Errors, Place, Profile, Versions, get, post};
use crate::action::Action::{Health, Metadata, Predict};

pub(crate) const SERVERS: &str = "MLflow's scoring server";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::MlFlow,
    place: Place::Workload,
    pod_label: "app",
    folds_names: false,
    versions: Versions::None,
    model_header: None,
    tables: &[ENDPOINTS],
};

const ENDPOINTS: &[Endpoint] = &[
    post("/invocations", Predict, Route),
    get("/ping", Health, Route),
    get("/health", Health, Route),
    get("/version", Metadata, Route),
];
