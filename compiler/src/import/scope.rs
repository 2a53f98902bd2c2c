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

/// What is known of the mesh.
#[derive(Debug, Clone, Copy)]
pub struct Mesh<'a> {
    /// every backend
    pub servers: &'a [Server],
    /// the namespace whose policies are about all
    pub root: &'a str,
}

/// Whether the policy is about the backend.
#[must_use]
pub fn applies(target: &Target, server: &Server, mesh: Mesh<'_>) -> Applies {
    let root = mesh.root;
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
    let has = |server: &Server| {
        let own = server.api.profile().pod_label;
        let mut labels = target.labels.iter();
        labels.any(|(name, value)| name.value == own && value.value == server.service)
    };
    let label = server.api.profile().pod_label;
    let mut labels = target.labels.iter();
    // a backend's label is one that its pods have, and no others of its namespace
    let mut others = mesh.servers.iter();
    let elsewhere = !has(server)
        && others.any(|other| other.namespace == server.namespace && other != server && has(other));
    if elsewhere || labels.any(|(name, value)| name.value == label && value.value != server.service)
    {
        Applies::No
    } else if target.labels.iter().any(|(name, _)| name.value != label) {
        Applies::Unknown
    } else {
        Applies::Yes
    }
}
