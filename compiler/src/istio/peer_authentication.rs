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

pub(super) fn object(name: &str, namespace: &str) -> Object {
    let spec = super::Spec::PeerAuthentication(Spec { mtls: Mtls { mode: "STRICT" } });
    Object::new("security.istio.io/v1", "PeerAuthentication", name, namespace, spec)
}
