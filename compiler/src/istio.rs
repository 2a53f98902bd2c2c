//! The Istio resources of one install target, as small typed objects: the filter, the native floor beside it, and what the
//! filter needs to fetch keys. Field names are Istio's (<https://istio.io/latest/docs/reference/config/>).

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{BodyMode, BodyPolicy, PluginConfig};
use serde::Serialize;

use crate::policy::{Address, Gate, Install, Namespace, Place, Policy, Term};

mod authorization_policy;
mod destination_rule;
mod envoy_filter;
mod peer_authentication;
mod request_authentication;
mod service_entry;
mod wasm_plugin;

use wasm_plugin::Mode;

/// Where proxies get the module from.
#[derive(Debug, Clone)]
pub struct Module {
    /// `oci://`, `https://` or `file://`
    pub url: String,
    /// 64 lower-case hex digits
    pub sha256: String,
}

impl Module {
    /// What the agent compares with. Of an image it compares the digest of the manifest, which only the registry knows: an image is
    /// pinned by `@sha256:` in its address.
    fn checksum(&self) -> Option<&str> {
        (!self.url.starts_with("oci://")).then_some(self.sha256.as_str())
    }
}

/// One Kubernetes object.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Debug, Clone, Serialize)]
struct Metadata {
    name: String,
    namespace: String,
    labels: BTreeMap<&'static str, &'static str>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Spec {
    WasmPlugin(wasm_plugin::Spec),
    EnvoyFilter(envoy_filter::Spec),
    RequestAuthentication(request_authentication::Spec),
    AuthorizationPolicy(authorization_policy::Spec),
    PeerAuthentication(peer_authentication::Spec),
    ServiceEntry(service_entry::Spec),
    DestinationRule(destination_rule::Spec),
}

/// Which pods an object is for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: BTreeMap<String, String>,
}

/// What proxies load.
struct Filter<'a> {
    config: &'a PluginConfig,
    body: BodyPolicy,
    module: &'a Module,
}

impl Filter<'_> {
    /// The object that loads it, which the body mode decides.
    fn object(&self, name: &str, namespace: &str, selector: Selector, mode: Mode) -> Object {
        let (config, module) = (self.config, self.module);
        match self.body.mode {
            BodyMode::Stream => {
                wasm_plugin::object(name, namespace, selector, mode, config, module)
            }
            BodyMode::Hold => {
                let limit = self.body.limit;
                envoy_filter::object(name, namespace, selector, mode, config, limit, module)
            }
        }
    }
}

impl Object {
    fn new(
        api_version: &'static str,
        kind: &'static str,
        name: &str,
        namespace: &str,
        spec: Spec,
    ) -> Self {
        let labels = BTreeMap::from([("app.kubernetes.io/managed-by", "modelgate")]);
        let metadata = Metadata {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            labels,
        };
        Self {
            api_version,
            kind,
            metadata,
            spec,
        }
    }
}

impl Selector {
    fn new<'a>(labels: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            match_labels: labels.into_iter().map(own).collect(),
        }
    }
}

/// Every object of an install target, in the order in which they are applied: what denies comes first.
#[must_use]
pub fn objects(
    policy: &Policy,
    install: &Install,
    config: &PluginConfig,
    module: &Module,
) -> Vec<Object> {
    let name = format!("modelgate-{}", install.name);
    match &install.place {
        Place::Gateway { namespace, labels } => {
            let select = || {
                Selector::new(
                    labels
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str())),
                )
            };
            let every: Vec<&Namespace> = policy.gate.namespaces.iter().collect();
            let mut objects = floor(policy, &name, namespace, Some(select()), &every);
            objects.extend(jwks(&policy.gate, namespace));
            let filter = Filter {
                config,
                body: policy.gate.body,
                module,
            };
            objects.push(filter.object(&name, namespace, select(), Mode::Client));
            objects
        }
        Place::Sidecars { namespaces } => {
            let mine = policy
                .gate
                .namespaces
                .iter()
                .filter(|namespace| namespaces.contains(&namespace.name));
            let mine: Vec<&Namespace> = mine.collect();
            mine.iter()
                .flat_map(|namespace| sidecars(policy, &name, namespace, config, module))
                .collect()
        }
    }
}

fn sidecars(
    policy: &Policy,
    name: &str,
    namespace: &Namespace,
    config: &PluginConfig,
    module: &Module,
) -> Vec<Object> {
    let filter = Filter {
        config,
        body: policy.gate.body,
        module,
    };
    let mut objects = vec![peer_authentication::object(&namespace.name)];
    objects.extend(floor(policy, name, &namespace.name, None, &[namespace]));
    objects.extend(jwks(&policy.gate, &namespace.name));
    objects.extend(namespace.backends.iter().map(|backend| {
        let (plugin, select) = (
            format!("{name}-{}", backend.service),
            Selector::new([(backend.pods.name.as_str(), backend.pods.value.as_str())]),
        );
        filter.object(&plugin, &namespace.name, select, Mode::Server)
    }));
    objects
}

/// What still denies when the filter is missing: no valid token and no known workload means no entry.
fn floor(
    policy: &Policy,
    name: &str,
    namespace: &str,
    selector: Option<Selector>,
    owners: &[&Namespace],
) -> Vec<Object> {
    let workloads = workloads(policy, owners);
    vec![
        request_authentication::object(name, namespace, selector.clone(), &policy.gate.issuers),
        authorization_policy::object(name, namespace, selector, &policy.gate.issuers, workloads),
    ]
}

/// The workloads that the floor of an install target lets in without a token, by the namespace that it stands in; who has a token
/// of an issuer of the gate is let in everywhere.
pub(crate) fn let_in<'a>(
    policy: &'a Policy,
    install: &'a Install,
) -> BTreeMap<&'a str, BTreeSet<String>> {
    let every = policy.gate.namespaces.iter();
    match &install.place {
        Place::Gateway { namespace, .. } => {
            let every: Vec<&Namespace> = every.collect();
            BTreeMap::from([(namespace.as_str(), workloads(policy, &every))])
        }
        Place::Sidecars { namespaces } => every
            .filter(|namespace| namespaces.contains(&namespace.name))
            .map(|namespace| (namespace.name.as_str(), workloads(policy, &[namespace])))
            .collect(),
    }
}

/// `TRUST-DOMAIN/ns/NAMESPACE/sa/NAME` of every workload that an allow rule of these namespaces names.
fn workloads(policy: &Policy, owners: &[&Namespace]) -> BTreeSet<String> {
    let owned = |name: &str| owners.iter().any(|owner| owner.name == name);
    let files = policy.files.iter().filter(|file| owned(&file.namespace));
    let terms = files
        .flat_map(|file| &file.rules)
        .filter(|rule| !rule.denies)
        .flat_map(|rule| &rule.who);
    terms
        .filter_map(|term| workload(&policy.gate, term))
        .collect()
}

/// A service account at an issuer comes with a token; only the others are workloads known by certificate.
fn workload(gate: &Gate, term: &Term) -> Option<String> {
    let Term::ServiceAccount(name) = term else {
        return None;
    };
    let (namespace, account) = name.split_once('/')?;
    let at_issuer = gate.issuers.iter().any(|issuer| issuer.name == namespace);
    (!at_issuer).then(|| format!("{}/ns/{namespace}/sa/{account}", gate.trust_domain))
}

/// A service entry for each host that keys are fetched from, and TLS to it; seen by this namespace's proxies alone, so that
/// the copies of several namespaces cannot get in each other's way.
fn jwks(gate: &Gate, namespace: &str) -> Vec<Object> {
    let mut hosts = BTreeMap::new();
    for issuer in &gate.issuers {
        if let Some(Address {
            tls, host, port, ..
        }) = issuer.fetched()
        {
            hosts.insert((host.as_str(), *port), *tls);
        }
    }
    let objects = hosts.into_iter().flat_map(|((host, port), tls)| {
        // a service of the cluster has its endpoints from Kubernetes; a second entry would hide them
        let outside = !host.ends_with(".svc.cluster.local");
        let entry = outside.then(|| service_entry::object(host, port, tls, namespace));
        let rule = tls.then(|| destination_rule::object(host, port, namespace));
        entry.into_iter().chain(rule)
    });
    objects.collect()
}

/// A name that Kubernetes accepts, from a host name.
fn object_name(host: &str, port: u16) -> String {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() {
            character
        } else {
            '-'
        }
    };
    format!(
        "modelgate-jwks-{}-{port}",
        host.chars().map(plain).collect::<String>()
    )
}

#[cfg(test)]
mod tests;
