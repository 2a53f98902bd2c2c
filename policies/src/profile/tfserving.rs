//! TensorFlow Serving, REST (<https://www.tensorflow.org/tfx/serving/api_rest>): the path names the model. The server compares paths
//! without regard to case and decodes names; here other spellings are refused. And gRPC
//! (<https://github.com/tensorflow/serving/tree/master/tensorflow_serving/apis>): `model_spec.name`, in each task of a `MultiInference`.

use super::Source::{Message, Path, Server};
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, get, post, rpc};
use crate::action::Action::{Administer, Classify, Health, Metadata, Metrics, Predict};
use scan::protobuf::Field::{Each, One};
use scan::protobuf::Fields;

pub(crate) const PROFILE: Profile = Profile {
    servers: "TensorFlow Serving",
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    model_header: None,
    tables: &[REST, CALLS, GRPC_SERVER],
};

/// `model_spec.name`
const SPEC: Fields = Fields {
    path: &[One(1), One(1)],
    refused: &[],
};
/// `tasks[].model_spec.name`
const TASKS: Fields = Fields {
    path: &[Each(1), One(1), One(1)],
    refused: &[],
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
    post("/v1/models/{model}/labels/{version}:predict", Predict, Path),
    post(
        "/v1/models/{model}/labels/{version}:classify",
        Classify,
        Path,
    ),
    post("/v1/models/{model}/labels/{version}:regress", Predict, Path),
    get("/v1/models/{model}/labels/{version}", Health, Path),
    get(
        "/v1/models/{model}/labels/{version}/metadata",
        Metadata,
        Path,
    ),
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
