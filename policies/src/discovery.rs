//! An issuer's discovery document (OpenID Connect Discovery 1.0 sections 3 and 4.3, RFC 8414 section 3.3): where its keys are.

use serde_json::Value;

use crate::json;

/// Largest document in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// Longest `jwks_uri` in bytes.
const MAX_URI: usize = 1024;

/// Why a document is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// not a JSON object, or too large
    #[error("the discovery document is not a JSON object")]
    NotADocument,
    /// another issuer's document: whoever can serve one must not speak for this one
    #[error("the discovery document is of another `issuer`")]
    OtherIssuer,
    /// no address, or one that cannot be asked for
    #[error("the discovery document has no `jwks_uri` that can be used")]
    NoKeys,
    /// the proxy knows one server for this issuer, and asks no other
    #[error("`jwks_uri` is at another server than the issuer: write it into the gate")]
    OtherServer,
}

/// The `jwks_uri` of this issuer's document.
///
/// # Errors
/// See [`DiscoveryError`].
pub fn jwks_uri(document: &[u8], issuer: &str) -> Result<String, DiscoveryError> {
    if document.len() > MAX_BYTES {
        return Err(DiscoveryError::NotADocument);
    }
    let members = json::parse_object(document).map_err(|_| DiscoveryError::NotADocument)?;
    if members.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(DiscoveryError::OtherIssuer);
    }
    let uri = members.get("jwks_uri").and_then(Value::as_str);
    let usable =
        |uri: &&str| uri.len() <= MAX_URI && uri.bytes().all(|byte| byte.is_ascii_graphic());
    uri.filter(usable)
        .map(str::to_owned)
        .ok_or(DiscoveryError::NoKeys)
}

/// The path and query of the keys at the server with this origin (`https://id.example.com`).
///
/// # Errors
/// See [`DiscoveryError`].
pub fn jwks_path(document: &[u8], issuer: &str, origin: &str) -> Result<String, DiscoveryError> {
    let uri = jwks_uri(document, issuer)?;
    let path = uri
        .strip_prefix(origin)
        .filter(|path| path.starts_with('/'));
    let path = path.ok_or(DiscoveryError::OtherServer)?;
    if path.contains('#') {
        return Err(DiscoveryError::NoKeys);
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example.com/realms/ml";

    fn found(issuer: &str, uri: &str) -> Result<String, DiscoveryError> {
        let document = format!(r#"{{"issuer":"{issuer}","jwks_uri":"{uri}"}}"#);
        jwks_path(document.as_bytes(), ISSUER, "https://id.example.com")
    }

    const CERTS: &str = "https://id.example.com/realms/ml/certs?x=1";

    #[test]
    fn finds_keys_at_the_issuers_own_server_only() {
        let path = CERTS.strip_prefix("https://id.example.com").unwrap();
        assert_eq!(found(ISSUER, CERTS), Ok(path.to_owned()));
        for uri in [
            "https://id.example.com.evil.example/c",
            "https://id.example.com@evil.example/c",
            "https://id.example.com:444/c",
            "http://id.example.com/c",
            "https://id.example.com",
        ] {
            assert_eq!(
                found(ISSUER, uri),
                Err(DiscoveryError::OtherServer),
                "{uri}"
            );
        }
        for uri in ["https://id.example.com/a b", "https://id.example.com/a#b"] {
            assert_eq!(found(ISSUER, uri), Err(DiscoveryError::NoKeys), "{uri}");
        }
    }

    #[test]
    fn believes_an_issuer_about_itself_only() {
        for issuer in [
            "https://id.example.com/realms/ml/",
            "https://id.example.com/realms/other",
        ] {
            assert_eq!(
                found(issuer, CERTS),
                Err(DiscoveryError::OtherIssuer),
                "{issuer}"
            );
        }
        for document in [
            "",
            "[]",
            r#"{"issuer":7}"#,
            r#"{"issuer":"a","issuer":"b"}"#,
        ] {
            assert!(jwks_uri(document.as_bytes(), "a").is_err());
        }
    }
}
