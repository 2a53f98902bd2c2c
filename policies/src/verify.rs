//! Signature verification in the crate itself: all of it for the command line and the tests; in the filter, what its host
//! cannot do.

use hmac::{Hmac, Mac};
use sha2::{Sha256, Sha384, Sha512};

use crate::algorithm::Algorithm;
use crate::signature::{Signature, Verification};

#[cfg(feature = "ecdsa")]
mod ecdsa;
#[cfg(feature = "rsa")]
mod rsa;
mod vectors;

pub use vectors::{broken, vector};

/// Whether the signature holds. A key or signature that cannot be read is a no, and so is what only a proxy knows.
#[must_use]
pub fn verify(verification: &Verification) -> bool {
    match verification {
        Verification::Signature(signature) => verify_signature(signature),
        Verification::Istio(_) => false,
    }
}

/// Whether the signature holds; for an algorithm that is not [`built_in`] it never does.
#[must_use]
pub fn verify_signature(signature: &Signature) -> bool {
    match signature.algorithm {
        #[cfg(feature = "rsa")]
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => rsa::verify(signature).is_some(),
        #[cfg(feature = "ecdsa")]
        Algorithm::ES256 => ecdsa::p256(signature).is_some(),
        #[cfg(feature = "ecdsa")]
        Algorithm::ES384 => ecdsa::p384(signature).is_some(),
        #[cfg(feature = "ed25519")]
        Algorithm::EdDSA => ed25519(signature).is_some(),
        Algorithm::HS256 => hmac::<Hmac<Sha256>>(signature).is_some(),
        Algorithm::HS384 => hmac::<Hmac<Sha384>>(signature).is_some(),
        Algorithm::HS512 => hmac::<Hmac<Sha512>>(signature).is_some(),
        #[cfg(not(all(feature = "rsa", feature = "ecdsa", feature = "ed25519")))]
        _ => false,
    }
}

/// Whether [`verify_signature`] can say yes.
#[must_use]
pub const fn built_in(algorithm: Algorithm) -> bool {
    match algorithm {
        Algorithm::RS256
        | Algorithm::RS384
        | Algorithm::RS512
        | Algorithm::PS256
        | Algorithm::PS384
        | Algorithm::PS512 => cfg!(feature = "rsa"),
        Algorithm::ES256 | Algorithm::ES384 => cfg!(feature = "ecdsa"),
        Algorithm::EdDSA => cfg!(feature = "ed25519"),
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => true,
    }
}

/// RFC 8032 section 5.1.7, with points of small order refused.
#[cfg(feature = "ed25519")]
#[inline(never)]
fn ed25519(signature: &Signature) -> Option<()> {
    use ed25519_dalek::VerifyingKey;
    // the key stands at the end of its `SubjectPublicKeyInfo` (RFC 8410 section 4)
    let key = signature.key.last_chunk()?;
    let given = ed25519_dalek::Signature::from_slice(&signature.signature).ok()?;
    let key = VerifyingKey::from_bytes(key).ok()?;
    key.verify_strict(&signature.message, &given).ok()
}

/// RFC 2104; the comparison takes the same time wherever the first difference is.
#[inline(never)]
fn hmac<M: Mac + hmac::digest::KeyInit>(signature: &Signature) -> Option<()> {
    let mut mac = <M as Mac>::new_from_slice(&signature.key).ok()?;
    mac.update(&signature.message);
    mac.verify_slice(&signature.signature).ok()
}
