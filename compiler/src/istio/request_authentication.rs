//! `RequestAuthentication`: Istio's own check of tokens. Alone it lets in who brings none; the `AuthorizationPolicy` does not.

use serde::Serialize;

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
        Keys::Remote {
            tls,
            host,
            port,
            path,
        } => (Some(uri(*tls, host, *port, path)), None),
    };
    JwtRule {
        issuer: issuer.issuer.clone(),
        audiences: issuer.audiences.clone(),
        jwks_uri,
        jwks,
        forward_original_token: true,
    }
}

fn uri(tls: bool, host: &str, port: u16, path: &str) -> String {
    let (scheme, usual) = if tls { ("https", 443) } else { ("http", 80) };
    let port = if port == usual {
        String::new()
    } else {
        format!(":{port}")
    };
    format!("{scheme}://{host}{port}{path}")
}
