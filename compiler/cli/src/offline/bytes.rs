//! Text in JSON lines that may not be UTF-8: a string, or `{"base64": "..."}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// Bytes as a JSON line gives them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    /// UTF-8
    Text(String),
    /// anything
    Encoded(Encoded),
}

/// `{"base64": "..."}`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoded {
    base64: String,
}

impl Bytes {
    /// The bytes themselves.
    ///
    /// # Errors
    /// When the base64 is none.
    pub fn into_bytes(self) -> anyhow::Result<Vec<u8>> {
        match self {
            Self::Text(text) => Ok(text.into_bytes()),
            Self::Encoded(Encoded { base64 }) => decode(&base64),
        }
    }
}

/// Standard base64 (RFC 4648 section 4).
///
/// # Errors
/// When the text is none.
pub fn decode(text: &str) -> anyhow::Result<Vec<u8>> {
    STANDARD.decode(text).map_err(|error| anyhow::anyhow!("not base64: {error}"))
}
