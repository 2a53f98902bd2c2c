//! `PeerAuthentication`: nothing reaches a model server in plain text.

use serde::Serialize;

use super::Object;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Spec {
    mtls: Mtls,
}

#[derive(Debug, Clone, Serialize)]
struct Mtls {
    mode: &'static str,
}

/// Istio takes the oldest of a namespace and ignores the others, so this one replaces the one that is called `default` by
/// custom, which may be permissive.
pub(super) fn object(namespace: &str) -> Object {
    let spec = super::Spec::PeerAuthentication(Spec {
        mtls: Mtls { mode: "STRICT" },
    });
    Object::new(
        "security.istio.io/v1",
        "PeerAuthentication",
        "default",
        namespace,
        spec,
    )
}
