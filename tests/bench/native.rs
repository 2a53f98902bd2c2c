//! Envoy's own filters, configured as istiod configures them for a RequestAuthentication and AuthorizationPolicies.

use serde_json::{Map, Value, json};
use tests::token::{Key, jwks};

/// For one issuer: keys inline. Istio never sets the cache.
#[must_use]
pub fn jwt_authn(cache: bool) -> Value {
    let mut provider = json!({
        "issuer": "https://id.example.com/realms/people",
        "audiences": ["ml-models"],
        "local_jwks": { "inline_string": jwks(&[Key::Rsa1, Key::Ec1]).to_string() },
        "payload_in_metadata": "payload",
        "forward": true,
    });
    if cache {
        provider["jwt_cache_config"] = json!({ "jwt_cache_size": 1000 });
    }
    json!({ "name": "envoy.filters.http.jwt_authn", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        "providers": { "origins-0": provider },
        "rules": [{ "match": { "prefix": "/" }, "requires": { "requires_any": { "requirements": [
            { "provider_name": "origins-0" }, { "allow_missing": {} }] } } }],
        "bypass_cors_preflight": true,
    } })
}

/// So many rules, each with a group that may use the paths of one deployment; the last one allows the request of the bench.
#[must_use]
pub fn rbac(policies: usize) -> Value {
    let others = (1..policies).map(|number| {
        let deployment = format!("/seldon/fraud/deployment-{number}/");
        policy(number, &format!("team-{number}"), &deployment)
    });
    // the filter goes through them in the order of their names
    let last = policy(policies, "leads", "/seldon/fraud/fraud-detector/");
    let policies: Map<String, Value> = others.chain([last]).collect();
    json!({ "name": "envoy.filters.http.rbac", "typed_config": {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
        "rules": { "action": "ALLOW", "policies": policies },
        "shadow_rules_stat_prefix": "istio_dry_run_allow_",
    } })
}

fn policy(number: usize, group: &str, prefix: &str) -> (String, Value) {
    let group = json!({ "metadata": {
        "filter": "envoy.filters.http.jwt_authn",
        "path": [{ "key": "payload" }, { "key": "groups" }],
        "value": { "list_match": { "one_of": { "string_match": { "exact": group } } } },
    } });
    let path = json!({ "url_path": { "path": { "prefix": prefix } } });
    let policy = json!({
        "permissions": [{ "and_rules": { "rules": [{ "or_rules": { "rules": [path] } }] } }],
        "principals": [{ "and_ids": { "ids": [{ "or_ids": { "ids": [group] } }] } }],
    });
    (
        format!("ns[fraud]-policy[fraud-models]-rule[{number:06}]"),
        policy,
    )
}
