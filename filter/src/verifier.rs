//! Who verifies a signature: the host where it can, which is several times faster, else the module.

use policies::algorithm::Algorithm;
use policies::bundle::Bundle;
use policies::signature::{Signature, Verification};
use policies::verify::{broken, built_in, vector, verify_signature};

use crate::host;

/// What the host was seen to do.
#[derive(Debug, Clone, Copy)]
pub struct Verifier {
    rsa: bool,
    ecdsa: bool,
}

impl Verifier {
    /// Tries the host with signatures whose answers are known.
    #[inline(never)]
    pub fn probe() -> Self {
        let works = |algorithm| {
            vector(algorithm).is_some_and(|vector| {
                host::verify_signature(&vector) && !host::verify_signature(&broken(&vector))
            })
        };
        Self {
            rsa: works(Algorithm::RS256),
            ecdsa: works(Algorithm::ES256),
        }
    }

    /// Why a bundle cannot be enforced here: an algorithm that nobody can verify would refuse every token.
    pub fn lacks(self, bundle: &Bundle) -> Option<String> {
        bundle.issuers.iter().find_map(|issuer| {
            let lacking = |algorithm: &&Algorithm| !self.by_host(**algorithm) && !built_in(**algorithm);
            let algorithm = issuer.algorithms.iter().find(lacking)?;
            let (name, algorithm) = (&issuer.name, algorithm.name());
            Some(format!(
                "issuer `{name}` signs with {algorithm}, which needs the filter's build feature `portable` on this proxy"
            ))
        })
    }

    /// Whether it holds; only a clear yes counts.
    pub fn verify(self, verification: &Verification) -> bool {
        match verification {
            Verification::Signature(signature) => self.holds(signature),
            Verification::Istio(claims) => host::istio_has_verified(claims),
        }
    }

    #[inline(never)]
    fn holds(self, signature: &Signature) -> bool {
        if self.by_host(signature.algorithm) {
            host::verify_signature(signature)
        } else {
            verify_signature(signature)
        }
    }

    const fn by_host(self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 => self.rsa,
            Algorithm::ES256 | Algorithm::ES384 => self.ecdsa,
            _ => false,
        }
    }
}
