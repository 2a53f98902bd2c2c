//! One JWK as DER `SubjectPublicKeyInfo`.

use der::asn1::{AnyRef, BitStringRef, UintRef};
use der::{Encode, Sequence};
use serde_json::{Map, Value};
use spki::{AlgorithmIdentifierRef, ObjectIdentifier, SubjectPublicKeyInfoRef};

use super::text;
use crate::algorithm::Family;
use crate::base64url;

/// What kind of key it is, and the key; `None` where it is no key that could be used.
pub(super) fn read(jwk: &Map<String, Value>) -> Option<(Family, Vec<u8>)> {
    match (text(jwk, "kty")?, text(jwk, "crv")) {
        ("RSA", _) => Some((Family::Rsa, rsa_spki(jwk)?)),
        ("EC", Some("P-256")) => Some((Family::P256, ec_spki(jwk, SECP256R1, 32)?)),
        ("EC", Some("P-384")) => Some((Family::P384, ec_spki(jwk, SECP384R1, 48)?)),
        ("OKP", Some("Ed25519")) => Some((Family::Ed25519, ed25519_spki(jwk)?)),
        _ => None,
    }
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
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// RFC 7518 section 6.3.1; 2048 to 4096 bits, odd exponent of at least 3 and at most 8 bytes.
#[inline(never)]
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

/// RFC 7518 section 6.2.1: both coordinates have the curve's length. That the point is on the curve is the verifier's check.
#[inline(never)]
fn ec_spki(jwk: &Map<String, Value>, curve: ObjectIdentifier, length: usize) -> Option<Vec<u8>> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != length || y.len() != length {
        return None;
    }
    let point = [&[4_u8][..], &x, &y].concat();
    let algorithm = AlgorithmIdentifierRef {
        oid: EC_PUBLIC_KEY,
        parameters: Some((&curve).into()),
    };
    encode(algorithm, &point)
}

/// RFC 8037 section 2, RFC 8410 section 4.
fn ed25519_spki(jwk: &Map<String, Value>) -> Option<Vec<u8>> {
    let x = bytes(jwk, "x")?;
    let algorithm = AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    };
    (x.len() == 32).then(|| encode(algorithm, &x))?
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
