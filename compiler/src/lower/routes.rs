//! Which requests a proxy sees for which backend.

use std::collections::BTreeSet;

use policies::bundle::{Api, Route};
use policies::profile::Place as Serves;

use crate::policy::{Backend, Gate, Namespace, Place};

/// DNS domain of a Kubernetes cluster, unless its administrator chose another.
const CLUSTER_DOMAIN: &str = "cluster.local";

/// The routes of a place, longest prefix first, then by namespace and service.
pub fn routes(gate: &Gate, place: &Place, namespaces: &BTreeSet<&str>) -> Vec<Route> {
    let owned = gate
        .namespaces
        .iter()
        .filter(|namespace| namespaces.contains(namespace.name.as_str()));
    let pairs = owned.flat_map(|namespace| {
        namespace
            .backends
            .iter()
            .map(move |backend| (namespace, backend))
    });
    let mut routes: Vec<Route> = match place {
        Place::Gateway { .. } => pairs
            .map(|(namespace, backend)| at_gateway(namespace, backend))
            .collect(),
        Place::Sidecars { .. } => pairs
            .map(|(namespace, backend)| at_sidecar(gate, namespace, backend))
            .collect(),
    };
    routes.sort_by(|a, b| {
        let key = |route: &Route| (route.namespace.clone(), route.service.clone());
        b.prefix
            .len()
            .cmp(&a.prefix.len())
            .then_with(|| key(a).cmp(&key(b)))
    });
    routes
}

/// The path prefix of a backend at a gateway; the gateway's route takes it off again.
#[must_use]
pub fn prefix(api: Api, namespace: &str, service: &str) -> String {
    match api.profile().place {
        Serves::Deployment => format!("/seldon/{namespace}/{service}"),
        Serves::Server | Serves::Workload => String::new(),
    }
}

fn at_gateway(namespace: &Namespace, backend: &Backend) -> Route {
    Route {
        hosts: sorted(backend.hosts.iter().cloned()),
        prefix: prefix(backend.api, &namespace.name, &backend.service),
        namespace: namespace.name.clone(),
        api: backend.api,
        service: backend.service.clone(),
        model: backend
            .api
            .profile()
            .one_model_a_backend()
            .then(|| backend.service.clone()),
        call_headers: call_headers(backend.api, &namespace.name, &backend.service),
        workload: None,
    }
}

/// A sidecar sees the gateway's requests without the prefix, and its neighbours' under the cluster's own names.
fn at_sidecar(gate: &Gate, namespace: &Namespace, backend: &Backend) -> Route {
    let (service, owner) = (&backend.service, &namespace.name);
    let in_cluster = [
        service.clone(),
        format!("{service}.{owner}"),
        format!("{service}.{owner}.svc"),
        format!("{service}.{owner}.svc.{CLUSTER_DOMAIN}"),
        format!("{service}.{owner}.svc.{}", gate.trust_domain),
    ];
    Route {
        hosts: sorted(backend.hosts.iter().cloned().chain(in_cluster)),
        prefix: String::new(),
        workload: Some(backend.pods.clone()),
        ..at_gateway(namespace, backend)
    }
}

/// The header fields of a gRPC call that a gateway's route to a deployment goes by.
fn call_headers(api: Api, namespace: &str, service: &str) -> Vec<(String, String)> {
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    match api.profile().place {
        Serves::Deployment => vec![field("namespace", namespace), field("seldon", service)],
        Serves::Server | Serves::Workload => Vec::new(),
    }
}

fn sorted(hosts: impl Iterator<Item = String>) -> Vec<String> {
    let hosts: BTreeSet<String> = hosts.collect();
    hosts.into_iter().collect()
}
