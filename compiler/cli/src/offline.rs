//! Requests and tokens judged without a proxy: one at a time for people, as JSON lines for programs.

pub mod bytes;
pub mod raw;
pub mod request;
pub mod token;

use policies::signature::Verification;

/// Real signatures, verified natively.
pub fn verify(verification: &Verification) -> bool {
    policies::verify::verify(verification)
}
