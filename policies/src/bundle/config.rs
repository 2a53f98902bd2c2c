//! What the proxy hands the filter.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::{Deserialize, Serialize};

use crate::{base64url, digest};

use super::by_name::by_name;

by_name!(PluginConfig);

/// Bundles from this many bytes on are compressed: shorter ones stay readable where they are applied.
const COMPRESSED_FROM: usize = 64 << 10;
/// Largest text of a bundle in bytes, so that a short configuration cannot fill the proxy's memory.
const MAX_TEXT: usize = 64 << 20;
/// Of zlib's ten.
const LEVEL: u8 = 6;

/// The bundle's text and its digest, so that a truncated bundle is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct PluginConfig {
    /// the bundle as JSON text, or that text compressed
    pub bundle: String,
    /// how to read `bundle`
    #[serde(default, skip_serializing_if = "Encoding::is_plain")]
    pub encoding: Encoding,
    /// `sha256:` and 64 lower-case hex digits, of the JSON text
    pub digest: String,
    /// the proxy holds request headers back while the filter reads the body (`allow_on_headers_stop_iteration`)
    #[serde(default)]
    pub hold_headers: bool,
}

/// What became of the bundle's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// nothing
    #[default]
    Plain,
    /// zlib (RFC 1950), then base64url without padding
    Zlib,
}

impl Encoding {
    fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// not JSON of [`PluginConfig`], or a field too many
    #[error("{0}")]
    Malformed(#[from] serde_json::Error),
    /// not what `encoding` says, or too large
    #[error("the bundle cannot be decompressed, or has more than {MAX_TEXT} bytes")]
    Encoding,
    /// truncated or edited on its way
    #[error("the bundle does not have the digest it was compiled with")]
    Digest,
}

/// Reads what the proxy handed over.
///
/// # Errors
/// When it is not JSON of [`PluginConfig`], or has a field too many.
#[inline(never)]
pub fn plugin_config(bytes: &[u8]) -> Result<PluginConfig, serde_json::Error> {
    serde_json::from_slice(bytes)
}

impl PluginConfig {
    /// The configuration with this bundle.
    #[must_use]
    pub fn new(text: &str, hold_headers: bool) -> Self {
        let (bundle, encoding) = if text.len() < COMPRESSED_FROM {
            (text.to_owned(), Encoding::Plain)
        } else {
            let compressed = compress_to_vec_zlib(text.as_bytes(), LEVEL);
            (base64url::encode(&compressed), Encoding::Zlib)
        };
        Self {
            bundle,
            encoding,
            digest: digest::of(text.as_bytes()),
            hold_headers,
        }
    }

    /// The bundle's text, whole as it was compiled.
    ///
    /// # Errors
    /// See [`ConfigError`].
    #[inline(never)]
    pub fn text(&self) -> Result<Vec<u8>, ConfigError> {
        let bytes = match self.encoding {
            Encoding::Plain => self.bundle.clone().into_bytes(),
            Encoding::Zlib => inflated(&self.bundle, MAX_TEXT).ok_or(ConfigError::Encoding)?,
        };
        if digest::of(&bytes) == self.digest {
            Ok(bytes)
        } else {
            Err(ConfigError::Digest)
        }
    }
}

#[inline(never)]
fn inflated(text: &str, limit: usize) -> Option<Vec<u8>> {
    let compressed = base64url::decode(text.as_bytes())?;
    let mut text = decompress_to_vec_zlib_with_limit(&compressed, limit).ok()?;
    // there is room for up to as much again, and the bundle is read into it
    text.shrink_to_fit();
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_bundle_arrives_whole() {
        for length in [10, COMPRESSED_FROM, 1 << 20] {
            let text = "abc ".repeat(length.div_ceil(4));
            let config = PluginConfig::new(&text, true);
            assert!(config.bundle.len() < COMPRESSED_FROM);
            let bytes = serde_json::to_vec(&config).unwrap();
            let read = plugin_config(&bytes).unwrap();
            assert_eq!(read, config);
            assert_eq!(read.text().unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn what_was_changed_on_its_way_is_refused() {
        let text = "abc ".repeat(COMPRESSED_FROM);
        let whole = PluginConfig::new(&text, false);
        let mut cut = whole.clone();
        cut.bundle.truncate(cut.bundle.len() - 4);
        assert!(matches!(cut.text(), Err(ConfigError::Encoding)));
        let mut other = PluginConfig::new(&text.replace('a', "x"), false);
        other.digest.clone_from(&whole.digest);
        assert!(matches!(other.text(), Err(ConfigError::Digest)));
        let long = &whole.bundle;
        assert!(inflated(long, text.len()).is_some());
        assert!(inflated(long, text.len() - 1).is_none());
    }
}
