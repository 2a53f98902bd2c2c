//! Tokens as text: any header, any payload, any signature, by the private keys in `tests/keys`.
//!
//! Nothing is checked, so that a test can mint what no issuer would. Signatures are made by `ring`, not by the crates that
//! verify them here.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac::{HMAC_SHA256, HMAC_SHA384, HMAC_SHA512};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING,
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// One of the private keys of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// RSA, 2048 bits
    #[serde(rename = "rsa-1")]
    Rsa1,
    /// RSA, 2048 bits
    #[serde(rename = "rsa-2")]
    Rsa2,
    /// P-256
    #[serde(rename = "ec-1")]
    Ec1,
    /// P-256
    #[serde(rename = "ec-2")]
    Ec2,
    /// P-384
    #[serde(rename = "p384-1")]
    P384,
    /// Ed25519
    #[serde(rename = "ed-1")]
    Ed25519,
}

/// How a signature is made, whatever the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512
    RS512,
    /// RSASSA-PSS with SHA-256
    PS256,
    /// RSASSA-PSS with SHA-384
    PS384,
    /// RSASSA-PSS with SHA-512
    PS512,
    /// ECDSA with P-256 and SHA-256, `r` and `s` joined (RFC 7518 section 3.4)
    ES256,
    /// the same as DER, which JWS does not allow
    ES256Der,
    /// ECDSA with P-384 and SHA-384
    ES384,
    /// Ed25519
    EdDSA,
    /// HMAC with SHA-256, the key's public half as the secret
    HS256,
    /// HMAC with SHA-256 and [`SECRET`]
    HS256Secret,
    /// HMAC with SHA-384 and [`SECRET`]
    HS384Secret,
    /// HMAC with SHA-512 and [`SECRET`]
    HS512Secret,
}

/// What the issuer `legacy` signs with; 64 bytes.
pub const SECRET: &[u8; 64] = b"the tests' own secret, known to everybody, signs for `legacy`...";

impl Key {
    /// Every key.
    pub const ALL: [Self; 6] = [
        Self::Rsa1,
        Self::Rsa2,
        Self::Ec1,
        Self::Ec2,
        Self::P384,
        Self::Ed25519,
    ];

    /// Its `kid`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rsa1 => "rsa-1",
            Self::Rsa2 => "rsa-2",
            Self::Ec1 => "ec-1",
            Self::Ec2 => "ec-2",
            Self::P384 => "p384-1",
            Self::Ed25519 => "ed-1",
        }
    }

    /// The algorithm that it signs with.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::Rsa1 | Self::Rsa2 => Scheme::RS256,
            Self::Ec1 | Self::Ec2 => Scheme::ES256,
            Self::P384 => Scheme::ES384,
            Self::Ed25519 => Scheme::EdDSA,
        }
    }

    /// The public half as a JWK (RFC 7517).
    ///
    /// # Panics
    /// When the key's file is not what it was.
    #[must_use]
    pub fn jwk(self) -> Value {
        match self {
            Self::Rsa1 | Self::Rsa2 => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(self.rsa().public());
                json!({"kty": "RSA", "kid": self.id(), "alg": "RS256", "use": "sig", "n": encode(&public.n), "e": encode(&public.e)})
            }
            Self::Ec1 | Self::Ec2 => {
                let pair = self.ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING);
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "kid": self.id(), "alg": "ES256", "use": "sig", "x": encode(x), "y": encode(y)})
            }
            Self::P384 => {
                let pair = self.ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING);
                let (x, y) = pair.public_key().as_ref()[1..].split_at(48);
                json!({"kty": "EC", "crv": "P-384", "kid": self.id(), "alg": "ES384", "use": "sig", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519 => {
                let x = encode(self.ed25519().public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "kid": self.id(), "alg": "EdDSA", "use": "sig", "x": x})
            }
        }
    }

    /// Signs `message`.
    ///
    /// # Panics
    /// When the scheme does not go with the key.
    #[must_use]
    pub fn sign(self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        match scheme {
            Scheme::RS256 => self.sign_rsa(&RSA_PKCS1_SHA256, message),
            Scheme::RS384 => self.sign_rsa(&RSA_PKCS1_SHA384, message),
            Scheme::RS512 => self.sign_rsa(&RSA_PKCS1_SHA512, message),
            Scheme::PS256 => self.sign_rsa(&RSA_PSS_SHA256, message),
            Scheme::PS384 => self.sign_rsa(&RSA_PSS_SHA384, message),
            Scheme::PS512 => self.sign_rsa(&RSA_PSS_SHA512, message),
            Scheme::ES256 => self.sign_ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, message),
            Scheme::ES256Der => self.sign_ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, message),
            Scheme::ES384 => self.sign_ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, message),
            Scheme::EdDSA => self.ed25519().sign(message).as_ref().to_vec(),
            Scheme::HS256 => hmac(HMAC_SHA256, self.jwk().to_string().as_bytes(), message),
            Scheme::HS256Secret => hmac(HMAC_SHA256, SECRET, message),
            Scheme::HS384Secret => hmac(HMAC_SHA384, SECRET, message),
            Scheme::HS512Secret => hmac(HMAC_SHA512, SECRET, message),
        }
    }

    fn sign_rsa(self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let pair = self.rsa();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .expect("an RSA key signs");
        signature
    }

    fn sign_ecdsa(self, algorithm: &'static EcdsaSigningAlgorithm, message: &[u8]) -> Vec<u8> {
        let signature = self.ecdsa(algorithm).sign(&SystemRandom::new(), message);
        signature.expect("an EC key signs").as_ref().to_vec()
    }

    fn rsa(self) -> RsaKeyPair {
        RsaKeyPair::from_pkcs8(&self.der()).expect("an RSA key")
    }

    fn ecdsa(self, algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(algorithm, &self.der(), &SystemRandom::new()).expect("an EC key")
    }

    fn ed25519(self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&self.der()).expect("an Ed25519 key")
    }

    /// PKCS #8.
    fn der(self) -> Vec<u8> {
        let pem = match self {
            Self::Rsa1 => include_str!("../keys/rsa-1.pem"),
            Self::Rsa2 => include_str!("../keys/rsa-2.pem"),
            Self::Ec1 => include_str!("../keys/ec-1.pem"),
            Self::Ec2 => include_str!("../keys/ec-2.pem"),
            Self::P384 => include_str!("../keys/p384-1.pem"),
            Self::Ed25519 => include_str!("../keys/ed-1.pem"),
        };
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        STANDARD.decode(base64).expect("PEM")
    }
}

fn hmac(algorithm: ring::hmac::Algorithm, secret: &[u8], message: &[u8]) -> Vec<u8> {
    let key = ring::hmac::Key::new(algorithm, secret);
    ring::hmac::sign(&key, message).as_ref().to_vec()
}

/// The public halves of these keys as a JWK set.
#[must_use]
pub fn jwks(keys: &[Key]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys })
}

/// A compact JWS of these texts, signed by `key`.
#[must_use]
pub fn mint(header: &str, payload: &str, key: Key, scheme: Scheme) -> String {
    let input = signing_input(header, payload);
    let signature = key.sign(scheme, input.as_bytes());
    format!("{input}.{}", encode(&signature))
}

/// What a signature is made over (RFC 7515 section 5.1).
#[must_use]
pub fn signing_input(header: &str, payload: &str) -> String {
    format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(payload.as_bytes())
    )
}

/// base64url without padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What [`encode`] was given.
///
/// # Errors
/// The text is not base64url without padding.
pub fn decode(text: &str) -> anyhow::Result<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.map_err(|error| anyhow::anyhow!("`{text}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_of_the_fixture_holds_the_public_halves() {
        let gate = include_str!("../cases/policy/gate.yaml");
        for key in [Key::Rsa1, Key::Ec1, Key::Ec2] {
            for member in ["n", "x", "y"] {
                if let Some(value) = key.jwk()[member].as_str() {
                    assert!(
                        gate.contains(value),
                        "`{member}` of `{}`: {value}",
                        key.id()
                    );
                }
            }
        }
    }

    #[test]
    fn a_key_set_has_what_a_verifier_needs() {
        let set = jwks(&Key::ALL);
        let parsed = policies::keys::KeySet::parse(set.to_string().as_bytes());
        assert!(parsed.is_ok(), "{parsed:?}");
    }
}
