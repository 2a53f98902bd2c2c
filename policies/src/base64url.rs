//! base64url without padding, strictly (RFC 7515 section 2): no padding, no white space, no other alphabet, no loose bits.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes, or nothing where the text is not exactly the encoding of some bytes.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The text.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_strict() {
        assert_eq!(decode(b"AQAB"), Some(vec![1, 0, 1]));
        for text in ["AQ==", "AQA B", "A+/B", "AR", "A"] {
            assert_eq!(decode(text.as_bytes()), None, "{text}");
        }
    }
}
