//! Key sets and discovery documents, as issuers serve them.

use policies::algorithm::Algorithm;
use policies::discovery;
use policies::keys::{KeySet, MAX_CANDIDATES, MAX_KEYS};
use policies::signature::Signature;
use policies::verify::verify_signature;
use serde_json::Value;

use crate::input::Input;

const ISSUER: &str = "https://id.example.com";

/// `{"issuer": ...` is a discovery document, all else a key set.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    match input.byte() {
        b'd' => discover(input.0),
        _ => keys(input.0),
    }
}

fn discover(document: &[u8]) {
    let path = discovery::jwks_path(document, ISSUER, ISSUER);
    let uri = discovery::jwks_uri(document, ISSUER);
    if let Ok(path) = path {
        let uri = uri.expect("a path is part of an address");
        assert_eq!(uri, format!("{ISSUER}{path}"));
        let fits = path.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(
            fits && path.starts_with('/'),
            "it goes into a request's head"
        );
    }
}

fn keys(bytes: &[u8]) {
    let set = KeySet::parse(bytes);
    assert_eq!(
        set,
        KeySet::parse(bytes),
        "the same bytes are the same keys"
    );
    let Ok(set) = set else { return };
    let value: Value = serde_json::from_slice(bytes).expect("what is accepted is JSON");
    let members = value["keys"].as_array().expect("a set has keys");
    assert!(members.len() <= MAX_KEYS);
    assert!(members.iter().all(|key| key["kty"] != "oct"), "a secret");
    let mut names: Vec<&str> = members
        .iter()
        .filter_map(|key| key["kid"].as_str())
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two keys of one name");
    for algorithm in Algorithm::ALL {
        tried(&set, None, algorithm);
        names
            .iter()
            .for_each(|name| tried(&set, Some(name), algorithm));
    }
}

/// Few keys are tried, none of them a secret, and none verifies what nobody signed.
fn tried(set: &KeySet, kid: Option<&str>, algorithm: Algorithm) {
    let candidates = set.candidates(kid, algorithm);
    let mut count = 0;
    for key in candidates {
        count += 1;
        assert!(!matches!(
            algorithm,
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512
        ));
        let signature = Signature {
            algorithm,
            key: key.bytes().to_vec(),
            signature: vec![1; 64],
            message: b"nobody signed this".to_vec(),
        };
        assert!(!verify_signature(&signature), "nobody signed it");
    }
    assert!(count <= MAX_CANDIDATES);
}
