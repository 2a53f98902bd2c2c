//! A line to type, for each field that must be there.

/// The field of this mapping with a value that it could have; capital letters stand for a name of one's own.
pub fn of(what: &str, name: &str) -> Option<&'static str> {
    Some(match name {
        "api" => "api: open-inference",
        "apiVersion" => "apiVersion: modelgate.dev/v1alpha1",
        "audiences" => "audiences: [ml-models]",
        "algorithms" => "algorithms: [HS256]",
        "can" => "can: [predict]",
        "backends" => "backends: [{ service: NAME, api: open-inference }]",
        "claim" => "claim: groups",
        "expect" => "expect: { verdict: allow }",
        "host" => "host: fraud.models.example.com",
        "hosts" => "hosts: [fraud.models.example.com]",
        "install" => "install: [{ name: NAME, sidecars: { namespaces: [NAMESPACE] } }]",
        "issuer" => "issuer: https://id.example.com/realms/ml",
        "issuers" => "issuers: [{ name: NAME, issuer: URL, audiences: [NAME], jwksUri: URL }]",
        "kind" => "kind: ModelAccess",
        "labels" => "labels: { istio: ingressgateway }",
        "level" => "level: decision",
        "metadata" => "metadata: { namespace: NAMESPACE, name: NAME }",
        "models" => "models: [{ name: NAME, api: open-inference }]",
        "name" => "name: NAME",
        "namespace" => "namespace: NAMESPACE",
        "namespaces" if what == "`spec`" => {
            "namespaces: [{ name: NAMESPACE, hosts: [HOST], backends: [{ service: NAME, api: open-inference }] }]"
        }
        "namespaces" => "namespaces: [NAMESPACE]",
        "path" => "path: /v2/models/churn/infer",
        "request" => {
            "request: { method: POST, host: fraud.models.example.com, path: /v2/models/churn/infer }"
        }
        "roles" => "roles: [{ name: NAME, who: { groups: [NAME] } }]",
        "service" => "service: NAME",
        "spec" => "spec:",
        "tests" => {
            "tests: [{ name: NAME, who: { groups: [NAME] }, request: { path: PATH }, expect: { verdict: allow } }]"
        }
        "type" => "type: text",
        "verdict" => "verdict: allow",
        "who" => "who: { groups: [NAME] }",
        _ => return None,
    })
}
