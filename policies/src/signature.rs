//! From a JWS signature (RFC 7518 section 3) to the form that verifiers take.

use der::asn1::UintRef;
use der::{Encode, Sequence};
use serde_json::{Map, Value};

use crate::algorithm::{Algorithm, Family};
use crate::base64url;
use crate::decision::Reason;
use crate::token::Refusal;

/// One verification to do.
#[derive(Clone, PartialEq, Eq)]
pub enum Verification {
    /// of a signature
    Signature(Signature),
    /// of the proxy's own: Istio's RequestAuthentication has verified a token with exactly these claims
    Istio(Map<String, Value>),
}

/// A signature to verify.
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    /// decides hash and scheme
    pub algorithm: Algorithm,
    /// DER `SubjectPublicKeyInfo`, or the secret itself
    pub key: Vec<u8>,
    /// PKCS #1 v1.5 or PSS for RSA, DER `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) for ECDSA, as it is for the others
    pub signature: Vec<u8>,
    /// what was signed
    pub message: Vec<u8>,
}

/// Neither a secret nor a token ever shows.
impl std::fmt::Debug for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signature(Signature { algorithm, .. }) => {
                write!(f, "Verification({})", algorithm.name())
            }
            Self::Istio(_) => f.write_str("Verification(Istio)"),
        }
    }
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Decodes and converts; a zero `r` or `s` (CVE-2022-21449) and wrong lengths never reach a verifier.
#[inline(never)]
pub(crate) fn to_verifier_form(algorithm: Algorithm, part: &[u8]) -> Result<Vec<u8>, Refusal> {
    let refused = || {
        Refusal::new(
            Reason::SignatureInvalid,
            "the token's signature is not valid",
        )
    };
    let raw = base64url::decode(part).ok_or_else(refused)?;
    match algorithm.family() {
        Family::Rsa => (256..=512).contains(&raw.len()).then_some(raw),
        Family::P256 => ecdsa_der(&raw, 32),
        Family::P384 => ecdsa_der(&raw, 48),
        Family::Ed25519 => (raw.len() == 64).then_some(raw),
        Family::Secret => (raw.len() == algorithm.hash_bytes()).then_some(raw),
    }
    .ok_or_else(refused)
}

fn ecdsa_der(raw: &[u8], length: usize) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(length)?;
    let zero = |half: &[u8]| half.iter().all(|byte| *byte == 0);
    if s.len() != length || zero(r) || zero(s) {
        return None;
    }
    EcdsaSignature {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    }
    .to_der()
    .ok()
}
