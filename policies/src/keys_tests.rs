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
fn a_key_verifies_its_own_family_and_where_it_says_so_one_algorithm() {
    let filler = |length| base64url::encode(&vec![7; length]);
    let p384 = format!(
        r#"{{"kty":"EC","crv":"P-384","x":"{0}","y":"{0}","kid":"p384"}}"#,
        filler(48)
    );
    let ed25519 = format!(
        r#"{{"kty":"OKP","crv":"Ed25519","x":"{}","kid":"ed"}}"#,
        filler(32)
    );
    let any = rsa(r#","kid":"any""#, 256);
    let pinned = rsa(r#","kid":"pinned","alg":"PS512""#, 256);
    let keys = set(&[any, pinned, p384, ed25519]).unwrap();
    let fits = |kid| {
        let fits = |algorithm: &Algorithm| keys.candidates(Some(kid), *algorithm).count() == 1;
        let names = Algorithm::ALL.into_iter().filter(fits).map(Algorithm::name);
        names.collect::<Vec<_>>()
    };
    let rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    assert_eq!(fits("any"), rsa);
    assert_eq!(fits("pinned"), ["PS512"]);
    assert_eq!(fits("p384"), ["ES384"]);
    assert_eq!(fits("ed"), ["EdDSA"]);
}

#[test]
fn a_secret_is_as_long_as_its_hash() {
    let secret = base64url::encode(&[7; 32]);
    let keys = KeySet::secret(&secret, &[Algorithm::HS256]).unwrap();
    assert_eq!(keys.candidates(Some("any"), Algorithm::HS256).count(), 1);
    assert_eq!(keys.candidates(None, Algorithm::RS256).count(), 0);
    for (secret, algorithm) in [
        (secret.as_str(), Algorithm::HS384),
        ("AAAA", Algorithm::HS256),
        ("", Algorithm::HS256),
        ("%%%%", Algorithm::HS256),
    ] {
        assert_eq!(
            KeySet::secret(secret, &[algorithm]),
            Err(KeysError::WeakSecret)
        );
    }
}

#[test]
fn skips_what_cannot_verify() {
    for key in [
        rsa(r#","use":"enc""#, 256),
        rsa(r#","alg":"ES256""#, 256),
        rsa(r#","alg":"HS256""#, 256),
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
