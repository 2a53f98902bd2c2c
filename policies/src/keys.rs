//! JWK sets (RFC 7517) in, verification keys out: each key pinned to what it may verify, in the DER form that verifiers take.
//!
//! Stricter than most libraries, because each leniency here was once an attack: a set with a symmetric key or a repeated `kid`
//! is refused whole; a key for encryption is skipped; `alg`, `use` and `key_ops` bind; RSA keys have 2048 to 4096 bits.

use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Encode, Sequence};
use serde_json::{Map, Value};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};

use crate::base64url;
use crate::bundle::Algorithm;
use crate::json;

/// Largest JWK set in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most keys in a set, counting those that are skipped.
pub const MAX_KEYS: usize = 100;
/// Longest `kid` in bytes.
pub const MAX_KID: usize = 256;
/// Most keys tried for one token.
pub const MAX_CANDIDATES: usize = 4;

/// The usable keys of one issuer; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// One public key and what it may verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    spki: Vec<u8>,
}

/// Why a set is refused whole; the last good one stays in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// not a JSON object with an array `keys`, or beyond a bound
    #[error("not a JWK set")]
    NotASet,
    /// a symmetric key would let whoever reads the set sign tokens
    #[error("the set holds a symmetric key (`kty` is `oct`)")]
    Symmetric,
    /// which key is meant would be a guess
    #[error("two keys have the same `kid`")]
    RepeatedKid,
    /// nothing in it can verify a token
    #[error("the set holds no usable signature key")]
    NoUsableKey,
}

impl KeySet {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// See [`KeysError`]. Keys that are merely of no use here (another `kty`, encryption, too short) are skipped.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeysError> {
        if bytes.len() > MAX_BYTES {
            return Err(KeysError::NotASet);
        }
        let set = json::parse_object(bytes).map_err(|_| KeysError::NotASet)?;
        let Some(Value::Array(members)) = set.get("keys") else {
            return Err(KeysError::NotASet);
        };
        if members.len() > MAX_KEYS {
            return Err(KeysError::NotASet);
        }
        refuse_symmetric_and_repeated(members)?;
        let keys: Vec<Key> = members
            .iter()
            .filter_map(Value::as_object)
            .filter_map(Key::from_jwk)
            .collect();
        if keys.is_empty() {
            Err(KeysError::NoUsableKey)
        } else {
            Ok(Self { keys })
        }
    }

    /// The keys that may have signed a token with this header: those of the `kid`, and those without one; all that fit where
    /// the token names none. At most [`MAX_CANDIDATES`].
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| key.algorithm == algorithm && kid_fits(key.kid.as_deref(), kid))
            .take(MAX_CANDIDATES)
    }
}

impl Key {
    /// The public key as DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        if !is_for_verification(jwk) {
            return None;
        }
        let kid = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= MAX_KID => Some(kid.clone()),
            Some(_) => return None,
        };
        let (algorithm, spki) = match text(jwk, "kty")? {
            "RSA" => (Algorithm::RS256, rsa_spki(jwk)?),
            "EC" => (Algorithm::ES256, p256_spki(jwk)?),
            _ => return None,
        };
        match jwk.get("alg") {
            None => {}
            Some(Value::String(alg)) if alg == algorithm.name() => {}
            Some(_) => return None,
        }
        Some(Self {
            kid,
            algorithm,
            spki,
        })
    }
}

fn kid_fits(key: Option<&str>, token: Option<&str>) -> bool {
    match (key, token) {
        (Some(key), Some(token)) => key == token,
        _ => true,
    }
}

fn refuse_symmetric_and_repeated(members: &[Value]) -> Result<(), KeysError> {
    let mut kids: Vec<&str> = Vec::new();
    for jwk in members.iter().filter_map(Value::as_object) {
        if text(jwk, "kty") == Some("oct") {
            return Err(KeysError::Symmetric);
        }
        if let Some(kid) = text(jwk, "kid") {
            if kids.contains(&kid) {
                return Err(KeysError::RepeatedKid);
            }
            kids.push(kid);
        }
    }
    Ok(())
}

/// RFC 7517 sections 4.2 and 4.3.
fn is_for_verification(jwk: &Map<String, Value>) -> bool {
    let usage = match jwk.get("use") {
        None => true,
        Some(value) => value.as_str() == Some("sig"),
    };
    let operations = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations
            .iter()
            .any(|operation| operation.as_str() == Some("verify")),
        Some(_) => false,
    };
    usage && operations
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    jwk.get(name).and_then(Value::as_str)
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Option<Vec<u8>> {
    base64url::decode(text(jwk, name)?.as_bytes())
}

/// RFC 8017 appendix A.1.1.
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// RFC 7518 section 6.3.1; 2048 to 4096 bits, odd exponent of at least 3 and at most 8 bytes.
fn rsa_spki(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let modulus = UintRef::new(&n).ok()?;
    let exponent = UintRef::new(&e).ok()?;
    let bits = bit_length(modulus.as_bytes())?;
    let tail = *exponent.as_bytes().last()?;
    let long_enough = exponent.as_bytes().len() > 1 || tail >= 3;
    if !(2048..=4096).contains(&bits)
        || tail % 2 == 0
        || !long_enough
        || exponent.as_bytes().len() > 8
    {
        return None;
    }
    if modulus.as_bytes().last()? % 2 == 0 {
        return None;
    }
    let key = RsaPublicKey { modulus, exponent }.to_der().ok()?;
    let algorithm = AlgorithmIdentifierRef {
        oid: RSA_ENCRYPTION,
        parameters: Some(AnyRef::NULL),
    };
    encode(algorithm, &key)
}

/// RFC 7518 section 6.2.1: both coordinates have exactly 32 bytes. That the point is on the curve is the verifier's check.
fn p256_spki(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if text(jwk, "crv")? != "P-256" || x.len() != 32 || y.len() != 32 {
        return None;
    }
    let point = [&[4_u8][..], &x, &y].concat();
    let algorithm = AlgorithmIdentifierRef {
        oid: EC_PUBLIC_KEY,
        parameters: Some((&SECP256R1).into()),
    };
    encode(algorithm, &point)
}

fn encode(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let subject_public_key = BitStringRef::from_bytes(key).ok()?;
    SubjectPublicKeyInfoRef {
        algorithm,
        subject_public_key,
    }
    .to_der()
    .ok()
}

fn bit_length(bytes: &[u8]) -> Option<u32> {
    let first = bytes.first()?;
    let whole = u32::try_from(bytes.len()).ok()?.checked_mul(8)?;
    whole.checked_sub(first.leading_zeros())
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
