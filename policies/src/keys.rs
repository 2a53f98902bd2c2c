//! JWK sets (RFC 7517) in, verification keys out: each key pinned to what it may verify, in the DER form that verifiers take.
//!
//! Stricter than most libraries, because each leniency here was once an attack: a set with a symmetric key or a repeated `kid`
//! is refused whole; a key for encryption is skipped; `alg`, `use` and `key_ops` bind; RSA keys have 2048 to 4096 bits.

use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, Family};
use crate::base64url;
use crate::json;

mod public_key;

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

/// One key and what it may verify.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    kid: Option<String>,
    family: Family,
    /// the only algorithm, where the key says so
    pinned: Option<Algorithm>,
    bytes: Vec<u8>,
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
    /// RFC 7518 section 3.2: at least as long as the hash's output
    #[error(
        "the secret is not base64url, or shorter than the output of the hash that it is used with"
    )]
    WeakSecret,
}

impl KeySet {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// See [`KeysError`]. Keys that are merely of no use here (another `kty`, encryption, too short) are skipped.
    #[inline(never)]
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

    /// The one key of an issuer that signs with a secret, as base64url.
    ///
    /// # Errors
    /// [`KeysError::WeakSecret`].
    pub fn secret(secret: &str, algorithms: &[Algorithm]) -> Result<Self, KeysError> {
        let bytes = base64url::decode(secret.as_bytes()).ok_or(KeysError::WeakSecret)?;
        let weak = |algorithm: &Algorithm| bytes.len() < algorithm.hash_bytes();
        if algorithms.iter().any(weak) || bytes.len() > MAX_BYTES {
            return Err(KeysError::WeakSecret);
        }
        let key = Key {
            kid: None,
            family: Family::Secret,
            pinned: None,
            bytes,
        };
        Ok(Self { keys: vec![key] })
    }

    /// The keys that may have signed a token with this header: those of the `kid`, and those without one; all that fit where
    /// the token names none. At most [`MAX_CANDIDATES`].
    pub fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> impl Iterator<Item = &Key> {
        let fitting = move |named: bool| {
            let fits = move |key: &&Key| {
                let exact = kid.is_some() && key.kid.as_deref() == kid;
                key.fits(algorithm) && kid_fits(key.kid.as_deref(), kid) && exact == named
            };
            self.keys.iter().filter(fits)
        };
        // the key that is named comes before those that have no name
        fitting(true).chain(fitting(false)).take(MAX_CANDIDATES)
    }

    /// Whether a key has this `kid`.
    #[must_use]
    pub fn names(&self, kid: &str) -> bool {
        self.keys.iter().any(|key| key.kid.as_deref() == Some(kid))
    }
}

impl Key {
    /// The public key as DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1), or the secret itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        self.family == algorithm.family() && self.pinned.is_none_or(|pinned| pinned == algorithm)
    }

    #[inline(never)]
    fn from_jwk(jwk: &Map<String, Value>) -> Option<Self> {
        if !is_for_verification(jwk) {
            return None;
        }
        let kid = match jwk.get("kid") {
            None => None,
            Some(Value::String(kid)) if kid.len() <= MAX_KID => Some(kid.clone()),
            Some(_) => return None,
        };
        let (family, bytes) = public_key::read(jwk)?;
        let pinned = match jwk.get("alg") {
            None => None,
            Some(Value::String(alg)) => Some(pinned(alg, family)?),
            Some(_) => return None,
        };
        Some(Self {
            kid,
            family,
            pinned,
            bytes,
        })
    }
}

/// A secret never shows.
impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?}, {:?})", self.family, self.kid)
    }
}

fn pinned(alg: &str, family: Family) -> Option<Algorithm> {
    Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == alg && algorithm.family() == family)
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

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
