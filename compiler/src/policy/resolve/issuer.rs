//! An issuer as written, resolved.

use policies::bundle::{Attribute, ClaimNames, ServiceAccountClaim};

use crate::checks::jwks_uri;
use crate::policy::{Issuer, Keys};
use crate::syntax::issuer::{self, Keys as Written, ServiceAccount};

/// With everything that was left out.
pub(super) fn resolve(issuer: &issuer::Issuer) -> Option<Issuer> {
    let insecure = issuer.insecure_jwks.is_some();
    let keys = match issuer.keys.as_ref()? {
        Written::Uri(uri) => Keys::Remote(jwks_uri::parse(&uri.value, insecure).ok()?),
        Written::Discovery => {
            Keys::Discovery(jwks_uri::document(&issuer.issuer.value, insecure).ok()?)
        }
        Written::Inline { value, .. } => Keys::Inline(value.clone()),
        Written::Secret(secret) => Keys::Secret(secret.clone()),
    };
    let algorithms = issuer.algorithms.iter();
    Some(Issuer {
        name: issuer.name.value.clone(),
        issuer: issuer.issuer.value.clone(),
        audiences: super::values(&issuer.audiences),
        algorithms: algorithms.map(|algorithm| algorithm.value).collect(),
        types: issuer.types.clone(),
        max_lifetime: issuer.max_lifetime,
        required: issuer.required.clone(),
        claims: claims(&issuer.claims),
        skew: issuer.clock_skew,
        keys,
        keep_keys: issuer.keep_keys,
        verified_by_istio: issuer.verified_by_istio,
    })
}

fn claims(claims: &issuer::Claims) -> ClaimNames {
    let attribute = |attribute: &issuer::Attribute| Attribute {
        name: attribute.name.value.clone(),
        claim: attribute.claim.clone(),
        kind: attribute.kind,
    };
    ClaimNames {
        user: claims.user.clone(),
        groups: claims.groups.clone(),
        service_account: claims
            .service_account
            .as_ref()
            .map(|account| match account {
                ServiceAccount::Claim(path) => ServiceAccountClaim::Named(path.clone()),
                ServiceAccount::Kubernetes => ServiceAccountClaim::Kubernetes,
            }),
        service_account_when: claims.service_account_when.clone(),
        unverified_email: claims.unverified_email,
        attributes: claims.attributes.iter().map(attribute).collect(),
    }
}

#[cfg(test)]
mod tests {
    use policies::bundle::KeySource;
    use serde_json::{Value, json};

    use crate::checks::vectors::{ACCESS, GATE};
    use crate::output::{Options, compile};
    use crate::source::Source;

    /// The issuer in the bundle, with these lines instead of its `jwksUri`.
    fn wire(lines: &str) -> (policies::bundle::Issuer, Value) {
        let gate = GATE.replace("jwksUri: https://id.example.com/certs", lines);
        let source = |name: &str, text: &str| Source {
            name: name.into(),
            bytes: text.as_bytes().to_vec(),
        };
        let access = ACCESS.replace("groups: [analysts]", "serviceAccounts: [payments/checkout]");
        let (loaded, found) = crate::load(&[source("gate.yaml", &gate), source("a.yaml", &access)]);
        assert_eq!(found, [], "{gate}");
        let output = compile(&loaded.unwrap().policy, &Options::default()).unwrap();
        let issuer = output.targets[0].bundle.issuers[0].clone();
        let value = json!(issuer);
        (issuer, value)
    }

    #[test]
    fn every_setting_reaches_the_bundle() {
        let (_, issuer) = wire(
            "jwksUri: https://id.example.com/certs
      algorithms: [ES384, EdDSA]
      types: [none, application/AT+jwt]
      maxLifetime: 24h
      keepKeys: 7d
      clockSkew: 0
      requiredClaims:
        - { claim: tid, values: [8d1a, 77b2] }
        - { claim: a.b }
      claims:
        user: email
        groups: https://example.com/roles
        serviceAccount: [https://example.com/x, a.b]
        unverifiedEmail: true
        attributes: { scope: { claim: scope, type: words } }",
        );
        let expected = json!({
            "algorithms": ["ES384", "EdDSA"],
            "types": ["", "at+jwt"],
            "maxLifetime": 86_400,
            "keepKeys": 604_800,
            "skew": 0,
            "required": [{ "claim": ["tid"], "values": ["8d1a", "77b2"] }, { "claim": ["a", "b"] }],
            "claims": {
                "user": ["email"],
                "groups": ["https://example.com/roles"],
                "serviceAccount": { "named": ["https://example.com/x", "a.b"] },
                "unverifiedEmail": true,
                "attributes": [{ "name": "scope", "claim": ["scope"], "kind": "words" }],
            },
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&issuer[name], value, "{name}");
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let (_, issuer) = wire("kubernetes: true");
        assert_eq!(issuer["types"], json!(["jwt", "at+jwt", ""]));
        assert_eq!(issuer["keepKeys"], json!(86_400));
        assert_eq!(issuer["claims"], json!({ "serviceAccount": "kubernetes" }));
        let (_, issuer) = wire("claims: { serviceAccount: azp }");
        let claims = json!({ "groups": ["groups"], "serviceAccount": { "named": ["azp"] } });
        assert_eq!(issuer["claims"], claims);
    }

    #[test]
    fn keys_come_from_where_the_gate_says() {
        let secret = "x".repeat(44);
        let discovery = KeySource::Discovery {
            cluster: "outbound|443||id.example.com".into(),
            authority: "id.example.com".into(),
            path: "/.well-known/openid-configuration".into(),
            origin: "https://id.example.com".into(),
        };
        let cases = [
            ("clockSkew: 60".to_owned(), discovery),
            (
                "verifiedBy: istio\n      jwksUri: https://id.example.com/certs".to_owned(),
                KeySource::Istio,
            ),
            (
                format!("secret: {secret}\n      algorithms: [HS256]"),
                KeySource::Secret(secret.clone()),
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(wire(&lines).0.keys, expected, "{lines}");
        }
    }
}
