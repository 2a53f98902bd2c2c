//! JWK sets that must be refused, skipped or taken.

use super::*;

fn rsa(extra: &str, bytes: usize) -> String {
    let mut n = vec![0xff_u8; bytes];
    n[0] = 0x80;
    format!(
        r#"{{"kty":"RSA","n":"{}","e":"AQAB"{extra}}}"#,
        base64url::encode(&n)
    )
}

fn set(keys: &[String]) -> Result<KeySet, KeysError> {
    KeySet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes())
}

#[test]
fn takes_rsa_and_p256() {
    let coordinate = base64url::encode(&[7; 32]);
    let ec =
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{coordinate}","y":"{coordinate}","kid":"e"}}"#);
    let keys = set(&[rsa(r#","kid":"r","use":"sig","alg":"RS256""#, 256), ec]).unwrap();
    assert_eq!(keys.candidates(Some("r"), Algorithm::RS256).count(), 1);
    assert_eq!(keys.candidates(Some("e"), Algorithm::RS256).count(), 0);
    assert_eq!(keys.candidates(None, Algorithm::ES256).count(), 1);
    assert_eq!(keys.candidates(Some("other"), Algorithm::RS256).count(), 0);
}

#[test]
fn skips_what_cannot_verify() {
    for key in [
        rsa(r#","use":"enc""#, 256),
        rsa(r#","alg":"PS256""#, 256),
        rsa(r#","alg":"RSA-OAEP""#, 256),
        rsa(r#","key_ops":["sign"]"#, 256),
        rsa("", 128),
        rsa("", 513),
        rsa("", 256).replace("AQAB", "AQ"),
        rsa("", 256).replace("AQAB", "AQAA"),
        rsa("", 256).replace("RSA", "OKP"),
        rsa(r#","kid":7"#, 256),
    ] {
        assert_eq!(
            set(std::slice::from_ref(&key)),
            Err(KeysError::NoUsableKey),
            "{key:.60}"
        );
        assert!(set(&[key, rsa(r#","kid":"good""#, 256)]).is_ok());
    }
}

#[test]
fn refuses_whole_sets() {
    let oct = String::from(r#"{"kty":"oct","k":"AAAA"}"#);
    assert_eq!(set(&[rsa("", 256), oct]), Err(KeysError::Symmetric));
    let twice = rsa(r#","kid":"a""#, 256);
    assert_eq!(set(&[twice.clone(), twice]), Err(KeysError::RepeatedKid));
    assert_eq!(set(&vec![rsa("", 256); 101]), Err(KeysError::NotASet));
    for bytes in [&b""[..], b"[]", b"{}", b"{\"keys\":{}}", b"{\"keys\":[]} x"] {
        assert!(KeySet::parse(bytes).is_err());
    }
}
