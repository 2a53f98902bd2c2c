//! NVIDIA Triton, REST: what it has beside the Open Inference Protocol
//! (<https://github.com/triton-inference-server/server/tree/main/docs/protocol>). Trace, logging and shared memory are the whole server's, and refused.

use super::{Endpoint, Source::Path, endpoint};
use crate::action::Action::{Metadata, Metrics};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("GET", "/v2/models/{model}/config", Metadata, Path),
    endpoint(
        "GET",
        "/v2/models/{model}/versions/{version}/config",
        Metadata,
        Path,
    ),
    endpoint("GET", "/v2/models/{model}/stats", Metrics, Path),
    endpoint(
        "GET",
        "/v2/models/{model}/versions/{version}/stats",
        Metrics,
        Path,
    ),
];
