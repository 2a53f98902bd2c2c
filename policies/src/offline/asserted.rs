//! Tokens for tests: they say what a test asserts, and are signed by nobody.

use serde_json::{Map, Value, json};

use crate::algorithm::{Algorithm, Family};
use crate::base64url;
use crate::bundle::{ClaimKind, Issuer, KeySource, ServiceAccountClaim};
use crate::principal::{ClaimValue, Claims, Subject};
use crate::time::UnixTime;

/// What a test asserts about a caller.
#[derive(Debug, Clone)]
pub struct Asserted<'a> {
    /// who it is
    pub subject: &'a Subject,
    /// its groups
    pub groups: &'a [String],
    /// the application that its token was given to
    pub client: Option<&'a str>,
    /// its attributes
    pub claims: &'a Claims,
}

impl Asserted<'_> {
    /// A token of this issuer, valid at `now`. Judge it with a verifier that says yes.
    #[must_use]
    pub fn token(&self, issuer: &Issuer, now: UnixTime) -> String {
        let algorithm = algorithm(issuer);
        let mut header = json!({"alg": algorithm.name()});
        let kind = issuer.types.iter().find(|kind| !kind.is_empty());
        if let (Some(kind), Some(header)) = (kind, header.as_object_mut()) {
            header.insert("typ".into(), json!(kind));
        }
        let length = match algorithm.family() {
            Family::Rsa => 256,
            Family::P256 | Family::Ed25519 => 64,
            Family::P384 => 96,
            Family::Secret => algorithm.hash_bytes(),
        };
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let payload = Value::Object(self.payload(issuer, now));
        let signature = base64url::encode(&vec![1; length]);
        format!("{}.{}.{signature}", part(&header), part(&payload))
    }

    fn payload(&self, issuer: &Issuer, now: UnixTime) -> Map<String, Value> {
        let lifetime = u64::from(issuer.max_lifetime.unwrap_or(60)).min(60);
        let mut claims = Map::new();
        for required in &issuer.required {
            let value = required.values.first().map_or("asserted", String::as_str);
            put(&mut claims, &required.claim, json!(value));
        }
        claims.insert("iss".into(), json!(issuer.issuer));
        claims.insert("aud".into(), json!(issuer.audiences));
        claims.insert("iat".into(), json!(now.secs()));
        claims.insert("exp".into(), json!(now.secs().saturating_add(lifetime)));
        claims.insert("email_verified".into(), json!(true));
        for attribute in &issuer.claims.attributes {
            if let Some(value) = self.claims.get(&attribute.name) {
                put(&mut claims, &attribute.claim, said(value, attribute.kind));
            }
        }
        if let Some(path) = &issuer.claims.groups {
            put(&mut claims, path, json!(self.groups));
        }
        self.put_subject(issuer, &mut claims);
        claims
    }

    fn put_subject(&self, issuer: &Issuer, claims: &mut Map<String, Value>) {
        let machine = match (self.subject, self.client) {
            (Subject::User(name), client) => {
                if let Some(path) = &issuer.claims.user {
                    put(claims, path, json!(name));
                }
                client
            }
            (Subject::ServiceAccount(name), _) => {
                match &issuer.claims.service_account_when {
                    Some(sign) => {
                        let value = sign.values.first().map_or("asserted", String::as_str);
                        put(claims, &sign.claim, json!(value));
                    }
                    None => drop(claims.insert("sub".into(), json!(name))),
                }
                Some(name.as_str())
            }
            (Subject::Workload(workload), _) => {
                let (namespace, name) = (&workload.namespace, &workload.service_account);
                let object = json!({"namespace": namespace, "serviceaccount": {"name": name}});
                claims.insert("kubernetes.io".into(), object);
                let subject = format!("system:serviceaccount:{namespace}:{name}");
                claims.insert("sub".into(), json!(subject));
                None
            }
        };
        if let (Some(machine), Some(ServiceAccountClaim::Named(path))) =
            (machine, &issuer.claims.service_account)
        {
            put(claims, path, json!(machine));
        }
    }

    /// Keys to install for such a token, where the issuer publishes keys: well-formed ones that nobody has the private half of.
    #[must_use]
    pub fn keys(issuer: &Issuer) -> Option<Vec<u8>> {
        let filler = |length| base64url::encode(&vec![0xff; length]);
        let curve = |name, length| json!({"kty": "EC", "crv": name, "x": filler(length), "y": filler(length)});
        let key = match algorithm(issuer).family() {
            _ if matches!(issuer.keys, KeySource::Istio) => return None,
            Family::Rsa => json!({"kty": "RSA", "n": filler(256), "e": "AQAB"}),
            Family::P256 => curve("P-256", 32),
            Family::P384 => curve("P-384", 48),
            Family::Ed25519 => json!({"kty": "OKP", "crv": "Ed25519", "x": filler(32)}),
            Family::Secret => return None,
        };
        Some(json!({"keys": [key]}).to_string().into_bytes())
    }
}

fn algorithm(issuer: &Issuer) -> Algorithm {
    let first = issuer.algorithms.first().copied();
    first.unwrap_or(Algorithm::RS256)
}

fn said(value: &ClaimValue, kind: ClaimKind) -> Value {
    match value {
        ClaimValue::Text(text) => json!(text),
        ClaimValue::Number(number) => json!(number),
        ClaimValue::Boolean(value) => json!(value),
        ClaimValue::List(texts) if kind == ClaimKind::Words => {
            json!(
                texts
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        }
        ClaimValue::List(texts) => json!(texts),
    }
}

fn put(claims: &mut Map<String, Value>, path: &[String], value: Value) {
    match path.split_first() {
        Some((name, [])) => {
            claims.insert(name.clone(), value);
        }
        Some((name, rest)) => {
            let inner = claims.entry(name.clone()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
        None => {}
    }
}
