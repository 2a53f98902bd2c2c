//! `RequestAuthentication`: Istio's own check of tokens. Alone it lets in who brings none; the `AuthorizationPolicy` does not.

use policies::algorithm::Algorithm;
use serde::Serialize;
use serde_json::json;

use super::{Object, Selector};
use crate::policy::{Issuer, Keys};

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Spec {
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<Selector>,
    jwt_rules: Vec<JwtRule>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct JwtRule {
    issuer: String,
    audiences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks: Option<String>,
    /// the filter, and the sidecars behind a gateway, need the token too
    forward_original_token: bool,
}

pub(super) fn object(
    name: &str,
    namespace: &str,
    selector: Option<Selector>,
    issuers: &[Issuer],
) -> Object {
    let spec = Spec {
        selector,
        jwt_rules: issuers.iter().map(rule).collect(),
    };
    let spec = super::Spec::RequestAuthentication(spec);
    Object::new(
        "security.istio.io/v1",
        "RequestAuthentication",
        name,
        namespace,
        spec,
    )
}

fn rule(issuer: &Issuer) -> JwtRule {
    let (jwks_uri, jwks) = match &issuer.keys {
        Keys::Inline(set) => (None, Some(set.to_string())),
        Keys::Secret(secret) => (None, Some(symmetric(secret, &issuer.algorithms))),
        Keys::Remote(address) => (Some(format!("{}{}", address.origin(), address.path)), None),
        // Istio discovers by itself what is not said
        Keys::Discovery(_) => (None, None),
    };
    JwtRule {
        issuer: issuer.issuer.clone(),
        audiences: issuer.audiences.clone(),
        jwks_uri,
        jwks,
        forward_original_token: true,
    }
}

/// The secret as a JWK set (RFC 7518 section 6.4), for Istio's eyes.
fn symmetric(secret: &str, algorithms: &[Algorithm]) -> String {
    let mut key = json!({ "kty": "oct", "k": secret });
    if let [only] = algorithms {
        key["alg"] = json!(only.name());
    }
    json!({ "keys": [key] }).to_string()
}
