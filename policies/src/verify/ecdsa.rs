//! ECDSA (FIPS 186-5 section 6.4.2).

use p256::ecdsa::signature::Verifier;
use spki::DecodePublicKey;

use crate::signature::Signature;

/// With P-256 and SHA-256.
pub(super) fn p256(signature: &Signature) -> Option<()> {
    let key = p256::ecdsa::VerifyingKey::from_public_key_der(&signature.key).ok()?;
    let given = p256::ecdsa::Signature::from_der(&signature.signature).ok()?;
    key.verify(&signature.message, &given).ok()
}

/// With P-384 and SHA-384.
pub(super) fn p384(signature: &Signature) -> Option<()> {
    let key = p384::ecdsa::VerifyingKey::from_public_key_der(&signature.key).ok()?;
    let given = p384::ecdsa::Signature::from_der(&signature.signature).ok()?;
    key.verify(&signature.message, &given).ok()
}
