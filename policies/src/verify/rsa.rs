//! RSA: PKCS #1 v1.5 (RFC 8017 section 8.2.2) and PSS with a salt as long as the hash (RFC 7518 section 3.5).

use rsa::sha2::{Sha256, Sha384, Sha512};
use rsa::signature::Verifier;
use rsa::{RsaPublicKey, pkcs1v15, pss};
use spki::DecodePublicKey;

use crate::algorithm::Algorithm;
use crate::signature::Signature;

/// Verifies; `None` is a no.
pub(super) fn verify(signature: &Signature) -> Option<()> {
    let key = RsaPublicKey::from_public_key_der(&signature.key).ok()?;
    let (message, given) = (signature.message.as_slice(), signature.signature.as_slice());
    let plain = || pkcs1v15::Signature::try_from(given).ok();
    let padded = || pss::Signature::try_from(given).ok();
    let done = match signature.algorithm {
        Algorithm::RS256 => pkcs1v15::VerifyingKey::<Sha256>::new(key).verify(message, &plain()?),
        Algorithm::RS384 => pkcs1v15::VerifyingKey::<Sha384>::new(key).verify(message, &plain()?),
        Algorithm::RS512 => pkcs1v15::VerifyingKey::<Sha512>::new(key).verify(message, &plain()?),
        Algorithm::PS256 => pss::VerifyingKey::<Sha256>::new(key).verify(message, &padded()?),
        Algorithm::PS384 => pss::VerifyingKey::<Sha384>::new(key).verify(message, &padded()?),
        Algorithm::PS512 => pss::VerifyingKey::<Sha512>::new(key).verify(message, &padded()?),
        _ => return None,
    };
    done.ok()
}
