//! The emitted objects, as YAML read back.

use policies::action::Action;
use policies::bundle::{BodyMode, PluginConfig};
use serde_json::{Value, json};

use crate::envoy::plugin_config;
use crate::fixture::{account, allow, deny, group, policy_with};
use crate::output::yaml;
use crate::policy::{Address, Keys, Policy};

use super::{Module, objects};

mod hold;

const BUNDLE: &str = "{\"nasty\": \"no\\n---\\n: *x {{ \\\" ' # yes\"}";

fn policy() -> Policy {
    let who = [
        account("payments/checkout"),
        account("corp/bot"),
        group("corp/analysts"),
    ];
    let refused = [account("payments/batch")];
    let rules = vec![
        allow("allow[0]", &who, &[Action::Predict], &["fraud-detector"]),
        deny("deny[0]", &refused, &[Action::Predict], &["fraud-detector"]),
    ];
    let mut policy = policy_with(rules, None);
    policy.gate.body.mode = BodyMode::Stream;
    policy
}

fn module() -> Module {
    Module {
        url: "oci://registry.example.com/modelgate:1".into(),
        sha256: "0".repeat(64),
    }
}

fn documents(install: usize) -> Vec<Value> {
    of(&policy(), install)
}

fn of(policy: &Policy, install: usize) -> Vec<Value> {
    loaded_from(policy, install, &module())
}

fn loaded_from(policy: &Policy, install: usize, module: &Module) -> Vec<Value> {
    let config = plugin_config(BUNDLE, policy.gate.body.mode == BodyMode::Hold);
    let install = &policy.gate.installs[install];
    let text = yaml(&objects(policy, install, &config, module)).unwrap();
    serde_saphyr::from_multiple(&text).unwrap()
}

fn of_kind<'a>(documents: &'a [Value], kind: &str) -> Vec<&'a Value> {
    documents
        .iter()
        .filter(|document| document["kind"] == kind)
        .collect()
}

#[test]
fn the_bundle_arrives_byte_for_byte() {
    for install in [0, 1] {
        let documents = documents(install);
        for plugin in of_kind(&documents, "WasmPlugin") {
            let config: PluginConfig =
                serde_json::from_value(plugin["spec"]["pluginConfig"].clone()).unwrap();
            assert_eq!(config.bundle, BUNDLE);
            assert_eq!(config.digest, policies::digest::of(BUNDLE.as_bytes()));
            assert_eq!(plugin["spec"]["failStrategy"], "FAIL_CLOSE");
            assert_eq!(plugin["spec"]["phase"], "AUTHZ");
        }
    }
}

#[test]
fn a_gateway_runs_the_filter_as_client_and_demands_a_token() {
    let documents = documents(0);
    let plugins = of_kind(&documents, "WasmPlugin");
    assert_eq!(plugins.len(), 1);
    assert_eq!(plugins[0]["spec"]["match"][0]["mode"], "CLIENT");
    assert_eq!(
        plugins[0]["spec"]["selector"]["matchLabels"]["istio"],
        "ingressgateway"
    );
    let floor = &of_kind(&documents, "AuthorizationPolicy")[0]["spec"];
    assert_eq!(floor["action"], "ALLOW");
    let tokens = serde_json::json!([
        "https://id.example.com/realms/ml/*",
        "http://127.0.0.1:9000/*"
    ]);
    assert_eq!(
        floor["rules"][0]["from"][0]["source"]["requestPrincipals"],
        tokens
    );
}

#[test]
fn sidecars_run_the_filter_as_server_and_only_at_backends() {
    let documents = documents(1);
    let plugins = of_kind(&documents, "WasmPlugin");
    let labels: Vec<&Value> = plugins
        .iter()
        .map(|plugin| &plugin["spec"]["selector"]["matchLabels"])
        .collect();
    assert_eq!(
        labels,
        [
            &json!({ "seldon-deployment-id": "fraud-detector" }),
            &json!({ "app": "risk-server" })
        ]
    );
    assert!(
        plugins
            .iter()
            .all(|plugin| plugin["spec"]["match"][0]["mode"] == "SERVER")
    );
    assert_eq!(
        of_kind(&documents, "PeerAuthentication")[0]["spec"]["mtls"]["mode"],
        "STRICT"
    );
    assert!(
        documents
            .iter()
            .all(|document| document["metadata"]["namespace"] == "fraud")
    );
}

/// A refused workload is not let through the floor, and an account that an issuer vouches for has no certificate.
#[test]
fn the_floor_of_a_namespace_names_only_allowed_workloads() {
    let documents = documents(1);
    let floor =
        &of_kind(&documents, "AuthorizationPolicy")[0]["spec"]["rules"][0]["from"][1]["source"];
    assert_eq!(
        floor["principals"],
        serde_json::json!(["cluster.local/ns/payments/sa/checkout"])
    );
}

#[test]
fn each_key_server_is_described_once_in_each_namespace() {
    let mut policy = policy();
    policy.gate.issuers.push(policy.gate.issuers[0].clone());
    for install in [0, 1] {
        let documents = of(&policy, install);
        let entries = of_kind(&documents, "ServiceEntry");
        let hosts: Vec<&Value> = entries
            .iter()
            .map(|entry| &entry["spec"]["hosts"][0])
            .collect();
        assert_eq!(
            hosts,
            ["ip-127-0-0-1-address.modelgate.internal", "id.example.com"]
        );
        assert_eq!(entries[0]["spec"]["endpoints"][0]["address"], "127.0.0.1");
        let rules = of_kind(&documents, "DestinationRule");
        assert_eq!(rules.len(), 1);
        let tls = &rules[0]["spec"]["trafficPolicy"]["portLevelSettings"][0]["tls"];
        assert_eq!(
            (&tls["mode"], &tls["sni"]),
            (&Value::from("SIMPLE"), &Value::from("id.example.com"))
        );
        assert_eq!(tls["subjectAltNames"][0], "id.example.com");
        assert_eq!(tls["caCertificates"], "system");
    }
}

#[test]
fn a_key_server_in_the_cluster_needs_no_entry() {
    let mut policy = policy();
    policy.gate.issuers.truncate(1);
    if let Keys::Remote(Address { host, .. }) = &mut policy.gate.issuers[0].keys {
        *host = "keycloak.auth.svc.cluster.local".into();
    }
    assert!(of_kind(&of(&policy, 0), "ServiceEntry").is_empty());
    policy.gate.issuers[0].keys = Keys::Inline(serde_json::json!({ "keys": [] }));
    let documents = of(&policy, 0);
    assert!(of_kind(&documents, "DestinationRule").is_empty());
    assert_eq!(
        of_kind(&documents, "RequestAuthentication")[0]["spec"]["jwtRules"][0]["jwks"],
        "{\"keys\":[]}"
    );
}

/// What the floor knows of each kind of keys, and what is needed to fetch them.
#[test]
fn the_floor_has_the_keys_that_the_filter_has() {
    let address = Address {
        tls: true,
        host: "id.example.com".into(),
        port: 443,
        path: "/.well-known/openid-configuration".into(),
    };
    let secret = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0","alg":"RS256"}]}"#;
    let cases = [
        (Keys::Discovery(address.clone()), false, None, 1),
        (Keys::Secret("c2VjcmV0".into()), false, Some(secret), 0),
        (Keys::Discovery(address), true, None, 0),
    ];
    for (keys, verified_by_istio, jwks, entries) in cases {
        let mut policy = policy();
        policy.gate.issuers.truncate(1);
        policy.gate.issuers[0].keys = keys;
        policy.gate.issuers[0].verified_by_istio = verified_by_istio;
        let documents = of(&policy, 0);
        let rule = &of_kind(&documents, "RequestAuthentication")[0]["spec"]["jwtRules"][0];
        assert_eq!(rule["jwks"].as_str(), jwks);
        assert_eq!(rule["jwksUri"], Value::Null);
        assert_eq!(of_kind(&documents, "ServiceEntry").len(), entries);
        assert_eq!(of_kind(&documents, "DestinationRule").len(), entries);
    }
}
