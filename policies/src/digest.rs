//! SHA-256 digests in the form that audit events, plugin configurations and Istio resources carry.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// `sha256:` and 64 lower-case hex digits.
#[must_use]
#[inline(never)]
pub fn of(bytes: &[u8]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(bytes) {
        // writing to a String cannot fail
        let _ignored = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_nothing_is_the_known_vector() {
        assert_eq!(
            super::of(b""),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
