//! Signature verification in the crate itself, for the command line and the tests; the filter asks its host instead.

use p256::ecdsa::signature::Verifier;
use rsa::pkcs1v15;
use rsa::sha2::Sha256;
use spki::DecodePublicKey;

use crate::bundle::Algorithm;
use crate::signature::Verification;

/// Whether the signature holds. A key or signature that cannot be read is a no.
#[must_use]
pub fn verify(verification: &Verification) -> bool {
    match verification.algorithm {
        Algorithm::RS256 => rs256(verification).is_some(),
        Algorithm::ES256 => es256(verification).is_some(),
    }
}

/// RFC 8017 section 8.2.2.
fn rs256(verification: &Verification) -> Option<()> {
    let key = rsa::RsaPublicKey::from_public_key_der(&verification.key).ok()?;
    let signature = pkcs1v15::Signature::try_from(verification.signature.as_slice()).ok()?;
    pkcs1v15::VerifyingKey::<Sha256>::new(key)
        .verify(&verification.message, &signature)
        .ok()
}

/// FIPS 186-5 section 6.4.2.
fn es256(verification: &Verification) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_public_key_der(&verification.key).ok()?;
    let signature = p256::ecdsa::Signature::from_der(&verification.signature).ok()?;
    key.verify(&verification.message, &signature).ok()
}
