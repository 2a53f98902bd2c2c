//! From the description of a token to its text.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Issuer, Signing, Token};
use crate::cases::expand::{expand, time};
use crate::token::{self, Key};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Mutation {
    /// one bit of the signature is another
    FlipSignature,
    /// the payload is another one's
    SwapPayload,
    /// `HEADER.PAYLOAD`
    DropSignature,
    /// `=` at the end
    Pad,
    /// `=` at the end of the payload
    PadPayload,
    /// unused bits of the last character are set
    TrailingBits,
    /// `-` and `_` written as `+` and `/`
    StandardAlphabet,
    /// a blank inside
    Blank,
    /// five parts, as JWE has
    FiveParts,
    /// a dot in front
    LeadingDot,
    /// the JSON serialisation of RFC 7515 section 7.2.2
    Json,
}

impl Issuer {
    const fn iss(self) -> &'static str {
        match self {
            Self::People => "https://id.example.com/realms/people",
            Self::Workloads => "https://id.example.com/realms/workloads",
            Self::Partners => "https://partners.example.net/",
            Self::Labs => "https://labs.example.org",
            Self::Legacy => "https://legacy.example.org",
            Self::Meshed => "https://meshed.example.org",
            Self::Cluster => "https://kubernetes.default.svc.cluster.local",
        }
    }

    const fn key(self) -> Key {
        match self {
            Self::People | Self::Labs | Self::Legacy | Self::Cluster | Self::Meshed => Key::Rsa1,
            Self::Workloads => Key::Ec2,
            Self::Partners => Key::Rsa2,
        }
    }
}

impl Token {
    pub(super) fn mint(&self, now: u64) -> String {
        let issuer = self.issuer.unwrap_or(Issuer::People);
        let key = self.key.unwrap_or(issuer.key());
        let header = expand_or(&self.raw_header, now, || self.header(key));
        let payload = expand_or(&self.raw_payload, now, || self.payload(issuer, now));
        let input = token::signing_input(&header, &payload);
        let signature = match (&self.signature, self.scheme) {
            (Some(hex), _) => from_hex(hex),
            (None, Some(Signing::None(_))) => Vec::new(),
            (None, Some(Signing::Made(scheme))) => key.sign(scheme, input.as_bytes()),
            (None, None) => key.sign(key.scheme(), input.as_bytes()),
        };
        match self.mutate {
            None => format!("{input}.{}", token::encode(&signature)),
            Some(mutation) => mutation.apply(&header, &payload, signature),
        }
    }

    fn header(&self, key: Key) -> String {
        let mut header = Map::new();
        let scheme = format!("{:?}", key.scheme());
        header.insert("alg".into(), json!(scheme));
        header.insert("typ".into(), json!("JWT"));
        header.insert("kid".into(), json!(key.id()));
        header.extend(self.header.clone());
        header.retain(|name, _| !self.without_header.contains(name));
        Value::Object(header).to_string()
    }

    fn payload(&self, issuer: Issuer, now: u64) -> String {
        let mut claims = Map::new();
        claims.insert("iss".into(), json!(issuer.iss()));
        claims.insert("aud".into(), json!("ml-models"));
        claims.insert("iat".into(), json!(now));
        claims.insert("exp".into(), json!(now + 300));
        claims.extend(self.claims.clone());
        claims.retain(|name, _| !self.without.contains(name));
        for value in claims.values_mut() {
            if let Some(time) = value.as_str().and_then(|mark| time(mark, now)) {
                *value = json!(time);
            }
        }
        Value::Object(claims).to_string()
    }
}

impl Mutation {
    fn apply(self, header: &str, payload: &str, mut signature: Vec<u8>) -> String {
        let parts = |signature: &[u8]| {
            let input = token::signing_input(header, payload);
            format!("{input}.{}", token::encode(signature))
        };
        match self {
            Self::FlipSignature => {
                signature[10] ^= 1;
                parts(&signature)
            }
            Self::SwapPayload => {
                let other = payload.replace("@example.com", "@example.org");
                assert_ne!(other, payload, "nothing was swapped");
                let input = token::signing_input(header, &other);
                format!("{input}.{}", token::encode(&signature))
            }
            Self::DropSignature => token::signing_input(header, payload),
            Self::Pad => parts(&signature) + "=",
            Self::PadPayload => {
                let input = token::signing_input(header, payload);
                format!("{input}=.{}", token::encode(&signature))
            }
            Self::TrailingBits => trailing_bits(parts(&signature)),
            Self::StandardAlphabet => {
                let token = parts(&signature).replace('-', "+").replace('_', "/");
                assert!(token.contains(['+', '/']), "nothing was replaced");
                token
            }
            Self::Blank => parts(&signature).replacen('.', ". ", 1),
            Self::FiveParts => parts(&signature) + ".AAAA.AAAA",
            Self::LeadingDot => format!(".{}", parts(&signature)),
            Self::Json => json!({
                "protected": token::encode(header.as_bytes()),
                "payload": token::encode(payload.as_bytes()),
                "signature": token::encode(&signature),
            })
            .to_string(),
        }
    }
}

/// The last character of 256 or 64 bytes carries two or four bits that mean nothing and are zero.
fn trailing_bits(token: String) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).expect("base64url");
    format!("{rest}{}", &alphabet[value + 1..value + 2])
}

fn expand_or(text: &Option<String>, now: u64, otherwise: impl FnOnce() -> String) -> String {
    match text {
        Some(text) => expand(text, now, &|_| None),
        None => otherwise(),
    }
}

fn from_hex(hex: &str) -> Vec<u8> {
    let hex = expand(hex, 0, &|_| None);
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}
