//! TensorFlow Serving, REST (<https://www.tensorflow.org/tfx/serving/api_rest>): the path names the model. The server compares paths
//! without regard to case and decodes names; here other spellings are refused. And gRPC
//! (<https://github.com/tensorflow/serving/tree/master/tensorflow_serving/apis>): `model_spec.name`, in each task of a `MultiInference`. What
//! names a label names no version: the server says which one it stands for.

use super::Source::{Message, Path, Server};
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, Versions, get, post, rpc};
use crate::action::Action::{Administer, Classify, Health, Metadata, Metrics, Predict};
use scan::protobuf::Field::{Each, One};
use scan::protobuf::{Fields, VersionFields};

pub(crate) const SERVERS: &str = "TensorFlow Serving";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    versions: Versions::Numbers,
    model_header: None,
    tables: &[REST, CALLS, GRPC_SERVER],
};

/// `version.value`, or `version_label`
const VERSION: Option<VersionFields> = Some(VersionFields {
    field: 2,
    is_number: true,
    label: Some(4),
});
/// `model_spec.name`
const SPEC: Fields = Fields {
    path: &[One(1), One(1)],
    refused: &[],
    version: VERSION,
};
/// `tasks[].model_spec.name`
const TASKS: Fields = Fields {
    path: &[Each(1), One(1), One(1)],
    refused: &[],
    version: VERSION,
};

const REST: &[Endpoint] = &[
    post("/v1/models/{model}:predict", Predict, Path),
    post("/v1/models/{model}:classify", Classify, Path),
    post("/v1/models/{model}:regress", Predict, Path),
    get("/v1/models/{model}", Health, Path),
    get("/v1/models/{model}/metadata", Metadata, Path),
    post(
        "/v1/models/{model}/versions/{version}:predict",
        Predict,
        Path,
    ),
    post(
        "/v1/models/{model}/versions/{version}:classify",
        Classify,
        Path,
    ),
    post(
        "/v1/models/{model}/versions/{version}:regress",
        Predict,
        Path,
    ),
    get("/v1/models/{model}/versions/{version}", Health, Path),
    get(
        "/v1/models/{model}/versions/{version}/metadata",
        Metadata,
        Path,
    ),
    post("/v1/models/{model}/labels/{label}:predict", Predict, Path),
    post("/v1/models/{model}/labels/{label}:classify", Classify, Path),
    post("/v1/models/{model}/labels/{label}:regress", Predict, Path),
    get("/v1/models/{model}/labels/{label}", Health, Path),
    get("/v1/models/{model}/labels/{label}/metadata", Metadata, Path),
    get("/monitoring/prometheus/metrics", Metrics, Server),
];

const CALLS: &[Endpoint] = &[
    rpc(
        "/tensorflow.serving.PredictionService/Predict",
        Predict,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.PredictionService/Classify",
        Classify,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.PredictionService/Regress",
        Predict,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.PredictionService/MultiInference",
        Predict,
        Message(TASKS),
    ),
    rpc(
        "/tensorflow.serving.PredictionService/GetModelMetadata",
        Metadata,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.SessionService/SessionRun",
        Predict,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.ModelService/GetModelStatus",
        Health,
        Message(SPEC),
    ),
    rpc(
        "/tensorflow.serving.ModelService/HandleReloadConfigRequest",
        Administer,
        Server,
    ),
];
