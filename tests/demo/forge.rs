//! Tokens that no provider issues: the claims of a good one changed and signed with a key that is not meant for it.

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::{hmac, signature};
use serde_json::Value;

/// A good token taken apart, to be put together otherwise.
#[derive(Debug, Clone)]
pub struct Forgery {
    header: Value,
    claims: Value,
    signature: String,
}

impl Forgery {
    /// Takes `token` apart.
    pub fn of(token: &str) -> Result<Self> {
        let parts: Vec<_> = token.split('.').collect();
        ensure!(parts.len() == 3, "a token has three parts");
        Ok(Self {
            header: decode(parts[0])?,
            claims: decode(parts[1])?,
            signature: parts[2].to_owned(),
        })
    }

    /// Sets a claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// Sets a header parameter.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    /// With the signature of the good token.
    pub fn with_old_signature(self) -> String {
        format!("{}.{}", self.signing_input(), self.signature)
    }

    /// With an empty signature.
    pub fn unsigned(self) -> String {
        format!("{}.", self.signing_input())
    }

    /// With RS256 by a private RSA key (RFC 7517).
    pub fn signed_rs256(self, key: &Value) -> Result<String> {
        let pair = rsa(key)?;
        let input = self.signing_input();
        let mut signature = vec![0; pair.public().modulus_len()];
        let done = pair.sign(
            &signature::RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            input.as_bytes(),
            &mut signature,
        );
        done.ok().context("sign a token")?;
        Ok(format!("{input}.{}", BASE64URL.encode(signature)))
    }

    /// With HS256, the secret being the modulus of the public RSA key that everyone can read.
    pub fn signed_hs256(self, key: &Value) -> Result<String> {
        let input = self.header("alg", "HS256").signing_input();
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &member(key, "n")?);
        Ok(format!(
            "{input}.{}",
            BASE64URL.encode(hmac::sign(&secret, input.as_bytes()))
        ))
    }

    fn signing_input(&self) -> String {
        let [header, claims] =
            [&self.header, &self.claims].map(|part| BASE64URL.encode(part.to_string()));
        format!("{header}.{claims}")
    }
}

fn decode(part: &str) -> Result<Value> {
    Ok(serde_json::from_slice(&bytes(part)?)?)
}

fn rsa(key: &Value) -> Result<KeyPair> {
    let public_key = PublicKeyComponents {
        n: member(key, "n")?,
        e: member(key, "e")?,
    };
    let components = KeyPairComponents {
        public_key,
        d: member(key, "d")?,
        p: member(key, "p")?,
        q: member(key, "q")?,
        dP: member(key, "dp")?,
        dQ: member(key, "dq")?,
        qInv: member(key, "qi")?,
    };
    KeyPair::from_components(&components)
        .ok()
        .context("a private RSA key")
}

fn member(key: &Value, name: &str) -> Result<Vec<u8>> {
    let text = key[name]
        .as_str()
        .with_context(|| format!("`{name}` of a key"))?;
    bytes(text)
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    BASE64URL.decode(text).ok().context("not base64url")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_is_changed_and_the_others_stay() {
        let part = |value: Value| BASE64URL.encode(value.to_string());
        let good = format!(
            "{}.{}.c2ln",
            part(json!({"alg": "RS256"})),
            part(json!({"aud": "ml-models"}))
        );
        assert_eq!(Forgery::of(&good).unwrap().with_old_signature(), good);
        let forged = Forgery::of(&good)
            .unwrap()
            .claim("aud", "other")
            .with_old_signature();
        assert_eq!(
            forged,
            good.replace(
                &part(json!({"aud": "ml-models"})),
                &part(json!({"aud": "other"}))
            )
        );
    }
}
