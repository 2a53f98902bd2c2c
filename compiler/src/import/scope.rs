//! Which backends a policy of Istio is about: by namespace, by the label of a backend's pods, or by the service.

use policies::bundle::Api;

use crate::syntax::istio::Target;

/// A model server that is there, as the command names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// its namespace
    pub namespace: String,
    /// its service
    pub service: String,
    /// what it speaks
    pub api: Api,
    /// the hosts that lead to it
    pub hosts: Vec<String>,
    /// models that the policies need not name
    pub models: Vec<String>,
}

/// Whether a policy is about a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// it is
    Yes,
    /// it is not
    No,
    /// by labels or targets of which nothing is known
    Unknown,
}

/// Whether the policy is about the backend. `root` is the namespace whose policies are about all.
#[must_use]
pub fn applies(target: &Target, server: &Server, root: &str) -> Applies {
    let everywhere = target.namespace == root;
    if !everywhere && target.namespace != server.namespace {
        return Applies::No;
    }
    if !target.refs.is_empty() {
        let service = |(kind, name): &(crate::syntax::Text, crate::syntax::Text)| {
            kind.value == "Service"
                && name.value == server.service
                && target.namespace == server.namespace
        };
        return match target.refs.iter().any(service) {
            true => Applies::Yes,
            false if target.refs.iter().all(|(kind, _)| kind.value == "Service") => Applies::No,
            false => Applies::Unknown,
        };
    }
    let label = server.api.profile().pod_label;
    let other = |(name, value): &&(crate::syntax::Text, crate::syntax::Text)| {
        name.value == label && value.value != server.service
    };
    let unknown = |(name, _): &&(crate::syntax::Text, crate::syntax::Text)| name.value != label;
    if target.labels.iter().any(|label| other(&label)) {
        Applies::No
    } else if target.labels.iter().any(|label| unknown(&label)) {
        Applies::Unknown
    } else {
        Applies::Yes
    }
}
