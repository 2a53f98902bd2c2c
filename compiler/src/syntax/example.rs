//! A line to type, for each field that must be there.

use crate::diagnostic::Diagnostic;

use super::gate::Namespace;
use super::{Reading, suggest};

/// What stands for a host and a protocol until it is known which ones there are.
const HOST: &str = "HOST";
const API: &str = "api: API";

/// The field of this mapping with a value that it could have; capital letters stand for a name of one's own.
pub fn of(what: &str, name: &str) -> Option<&'static str> {
    Some(match name {
        "api" => "api: API",
        "apiVersion" => "apiVersion: modelgate.dev/v1alpha1",
        "audiences" => "audiences: [ml-models]",
        "algorithms" => "algorithms: [HS256]",
        "can" => "can: [predict]",
        "backends" => "backends: [{ service: NAME, api: API }]",
        "claim" => "claim: groups",
        "expect" => "expect: { verdict: allow }",
        "host" => "host: HOST",
        "hosts" => "hosts: [HOST]",
        "install" => "install: [{ name: NAME, sidecars: { namespaces: [NAMESPACE] } }]",
        "issuer" => "issuer: https://id.example.com/realms/ml",
        "issuers" => "issuers: [{ name: NAME, issuer: URL, audiences: [NAME], jwksUri: URL }]",
        "kind" => "kind: ModelAccess",
        "labels" => "labels: { istio: ingressgateway }",
        "level" => "level: decision",
        "metadata" => "metadata: { namespace: NAMESPACE, name: NAME }",
        "models" => "models: [{ name: NAME, api: API }]",
        "name" => "name: NAME",
        "namespace" => "namespace: NAMESPACE",
        "namespaces" if what == "`spec`" => {
            "namespaces: [{ name: NAMESPACE, hosts: [HOST], backends: [{ service: NAME, api: API }] }]"
        }
        "namespaces" => "namespaces: [NAMESPACE]",
        "path" => "path: /v2/models/churn/infer",
        "request" => "request: { method: POST, host: HOST, path: /v2/models/churn/infer }",
        "roles" => "roles: [{ name: NAME, who: { groups: [NAME] } }]",
        "service" => "service: NAME",
        "spec" => "spec:",
        "tests" => {
            "tests: [{ name: NAME, who: { user: NAME, groups: [NAME] }, request: { host: HOST, path: PATH }, expect: { verdict: allow } }]"
        }
        "type" => "type: text",
        "verdict" => "verdict: allow",
        "who" if what == "a test" => "who: { user: NAME, groups: [NAME] }",
        "who" => "who: { groups: [NAME] }",
        _ => return None,
    })
}

/// Puts the hosts and protocols into examples that the gate has for the namespace of the document.
pub(crate) fn named(reading: &Reading, found: &mut [Diagnostic]) {
    let of_examples = |found: &&mut Diagnostic| matches!(found.code, "MG0103" | "MG0104");
    for problem in found.iter_mut().filter(of_examples) {
        let Some(help) = problem.help.as_mut() else {
            continue;
        };
        if help.contains(HOST) || help.contains(API) {
            let namespace = namespace(reading, problem.span.source, problem.span.line);
            *help = filled(help, namespace);
        }
    }
}

fn filled(help: &str, namespace: Option<&Namespace>) -> String {
    let hosts = namespace.and_then(|namespace| namespace.hosts.first());
    let host = hosts.map_or("fraud.models.example.com", |host| host.value.as_str());
    let backends = namespace
        .into_iter()
        .flat_map(|namespace| &namespace.backends);
    let mut apis: Vec<&str> = backends
        .filter_map(|backend| backend.api.as_ref())
        .map(|api| api.value.name())
        .collect();
    apis.sort_unstable();
    apis.dedup();
    let api = apis.first().copied().unwrap_or("open-inference");
    let help = help.replace(HOST, host);
    match apis.len() {
        0 | 1 => help.replace("API", api),
        _ => {
            let choices = format!("one of {}", suggest::list(apis.iter().copied()));
            let alone = format!("write `api: {api}`, or what else the server speaks: {choices}");
            help.replace(&format!("write `{API}`"), &alone)
                .replace("API", api)
        }
    }
}

/// The gate's entry of the namespace of the document that stands at a line.
fn namespace(reading: &Reading, source: usize, line: usize) -> Option<&Namespace> {
    let files = reading.files.iter().map(|file| &file.namespace);
    let tests = reading.tests.iter().map(|test| &test.namespace);
    let own = files
        .chain(tests)
        .filter(|name| name.span.source == source && name.span.line <= line);
    let name = own.max_by_key(|name| name.span.line)?;
    let mut known = reading.gates.iter().flat_map(|gate| &gate.namespaces);
    known.find(|namespace| namespace.name.value == name.value)
}
