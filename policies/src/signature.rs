//! From a JWS signature (RFC 7518 section 3) to the form that verifiers take.

use der::asn1::UintRef;
use der::{Encode, Sequence};

use crate::base64url;
use crate::bundle::Algorithm;
use crate::decision::Reason;
use crate::token::Refusal;

/// One verification to do, by the host or natively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// decides hash and scheme
    pub algorithm: Algorithm,
    /// DER `SubjectPublicKeyInfo`
    pub key: Vec<u8>,
    /// PKCS #1 v1.5 for RSA, DER `ECDSA-Sig-Value` (RFC 3279 section 2.2.3) for ECDSA
    pub signature: Vec<u8>,
    /// what was signed
    pub message: Vec<u8>,
}

#[derive(Sequence)]
struct EcdsaSignature<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// Decodes and converts; a zero `r` or `s` (CVE-2022-21449) and wrong lengths never reach a verifier.
pub(crate) fn to_verifier_form(algorithm: Algorithm, part: &[u8]) -> Result<Vec<u8>, Refusal> {
    let refused = || {
        Refusal::new(
            Reason::SignatureInvalid,
            "the token's signature is not valid",
        )
    };
    let raw = base64url::decode(part).ok_or_else(refused)?;
    match algorithm {
        Algorithm::RS256 if (256..=512).contains(&raw.len()) => Ok(raw),
        Algorithm::ES256 => ecdsa_der(&raw).ok_or_else(refused),
        Algorithm::RS256 => Err(refused()),
    }
}

fn ecdsa_der(raw: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = raw.split_at_checked(32)?;
    let zero = |half: &[u8]| half.iter().all(|byte| *byte == 0);
    if s.len() != 32 || zero(r) || zero(s) {
        return None;
    }
    EcdsaSignature {
        r: UintRef::new(r).ok()?,
        s: UintRef::new(s).ok()?,
    }
    .to_der()
    .ok()
}
