//! NVIDIA Triton: what it has beside the Open Inference Protocol
//! (<https://github.com/triton-inference-server/server/tree/main/docs/protocol>). Tracing, logging and shared memory are the whole server's.

use super::Source::{List, Path, Server};
use super::open_inference::{CALLS, DETAILS, EXTENSIONS, HEALTH, INDEX, LOADING, PROTOCOL};
use super::{Endpoint, Errors, GRPC_SERVER, Place, Profile, Versions, get, post, rpc};
use crate::action::Action::{Administer, List as Lists, Manage, Metadata, Metrics};

pub(crate) const SERVERS: &str = "NVIDIA Triton";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::Text,
    place: Place::Server,
    pod_label: "app",
    folds_names: false,
    versions: Versions::Numbers,
    model_header: None,
    // Triton takes `/v2/models/stats` for all models' statistics, so its own lines come first
    tables: &[
        OWN,
        PROTOCOL,
        EXTENSIONS,
        HEALTH,
        CALLS,
        DETAILS,
        LOADING,
        MEMORY,
        GRPC_SERVER,
    ],
};

const OWN: &[Endpoint] = &[
    get("/v2/models/stats", Metrics, Server),
    get("/v2/models/{model}/stats", Metrics, Path),
    get("/v2/models/{model}/versions/{version}/stats", Metrics, Path),
    get("/v2/models/{model}/config", Metadata, Path),
    get(
        "/v2/models/{model}/versions/{version}/config",
        Metadata,
        Path,
    ),
    post("/v2/repository/{any}/index", Lists, List(INDEX)),
    post("/v2/repository/{any}/models/{model}/load", Manage, Path),
    post("/v2/repository/{any}/models/{model}/unload", Manage, Path),
    get("/v2/models/{model}/trace/setting", Administer, Server),
    post("/v2/models/{model}/trace/setting", Administer, Server),
    get("/v2/trace/setting", Administer, Server),
    post("/v2/trace/setting", Administer, Server),
    get("/v2/logging", Administer, Server),
    post("/v2/logging", Administer, Server),
    rpc(
        "/inference.GRPCInferenceService/TraceSetting",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/LogSettings",
        Administer,
        Server,
    ),
];

const MEMORY: &[Endpoint] = &[
    get("/v2/systemsharedmemory/status", Administer, Server),
    get(
        "/v2/systemsharedmemory/region/{any}/status",
        Administer,
        Server,
    ),
    post(
        "/v2/systemsharedmemory/region/{any}/register",
        Administer,
        Server,
    ),
    post(
        "/v2/systemsharedmemory/region/{any}/unregister",
        Administer,
        Server,
    ),
    post("/v2/systemsharedmemory/unregister", Administer, Server),
    get("/v2/cudasharedmemory/status", Administer, Server),
    get(
        "/v2/cudasharedmemory/region/{any}/status",
        Administer,
        Server,
    ),
    post(
        "/v2/cudasharedmemory/region/{any}/register",
        Administer,
        Server,
    ),
    post(
        "/v2/cudasharedmemory/region/{any}/unregister",
        Administer,
        Server,
    ),
    post("/v2/cudasharedmemory/unregister", Administer, Server),
    rpc(
        "/inference.GRPCInferenceService/SystemSharedMemoryStatus",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/SystemSharedMemoryRegister",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/SystemSharedMemoryUnregister",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/CudaSharedMemoryStatus",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/CudaSharedMemoryRegister",
        Administer,
        Server,
    ),
    rpc(
        "/inference.GRPCInferenceService/CudaSharedMemoryUnregister",
        Administer,
        Server,
    ),
];
