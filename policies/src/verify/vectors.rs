//! Two signatures that hold, to see what a host can verify. Nobody has the private halves, and no token is checked with these
//! keys.

use crate::algorithm::Algorithm;
use crate::keys::KeySet;
use crate::signature::{Signature, to_verifier_form};

const MESSAGE: &[u8] = b"modelgate";
const KEYS: &str = concat!(
    r#"{"keys":[{"kty":"RSA","e":"AQAB","n":"wOK_pk6w1aEUuu4AD5Ryz6HIA3iZkS35KCvu-9NaLr21us7XjuQ0cgJGEccIc0yMQnQMjn6HMTxRg9x-mp3y-k"#,
    "h4b8w5XxOdy9ViZ8J2FT3eR0SibDjCXNd3x1iB5qMkXvzcjos37BkKm8kyuCtmlveMnYlgM1qlg8V_QsafKrWIA6R1WgU8aNTo0F42XOZsc-Yc46Bs6thwqZKx",
    "0YCdkvA8ELYpqmG3XCk_dAmpp0W954asdyYNWROthQZeERtObFvXsYAglgzb6ZJG7BU5vyLfkhHeGglbe6yv2TJBE4IrNE09JoyEE9G0bPPmi42rZxYsmfdx60",
    r#"FdT5eep5SI3Q"},{"kty":"EC","crv":"P-256","x":"BmYj43O4COeZc2CqMtZio8eR5CPWrCWjalXh-48w8sQ","#,
    r#""y":"JajrmPu8n8sPMBwNW10z7Sb08E41Scy3y_53JZ7AiNc"}]}"#,
);
const RS256: &str = concat!(
    "U2k2xCg3on2M0GLm74UjnvdC5dl2NGKaT0ndUwzyoA_mkEkIXz633-UQzqY9QFPqTDjJbl_fmqDFE5j6eC76euQ2sDxk-9ca2Y2vfaTuhBYIdsZyJ1t9lnXnOy",
    "7MetZayXujCEbeMtlIJIUF06797gcQSWbhFE7T9VWlmNAMS2lstLEwjcANRCBagwpYb6rs2rG7HsMLEU8EPwym3ONaUAJQAi4zvJvpBNA4U6xqliNd6h4j8afE",
    "Mq1iWCIPhsFa1erxtf8SpWfs8uysGLqrRMVoj73U27KTOm3NO5pQVT2xd4BaWlTXljMNV25XaXXlFvOnrV37AiaTVVsNzEtMCA",
);
const ES256: &str =
    "Q73rZSiKuNLI3hn-pUhwPHjWFGxDH9bkiiKDUEaB701r8mOn6GOnYuqmHAIrbdBNoY9BLAx1a6wNw7HmbOBq4A";

/// The vector of this algorithm; there is one of RS256 and one of ES256.
#[must_use]
pub fn vector(algorithm: Algorithm) -> Option<Signature> {
    let signature = match algorithm {
        Algorithm::RS256 => RS256,
        Algorithm::ES256 => ES256,
        _ => return None,
    };
    let keys = KeySet::parse(KEYS.as_bytes()).ok()?;
    Some(Signature {
        algorithm,
        key: keys.candidates(None, algorithm).next()?.bytes().to_vec(),
        signature: to_verifier_form(algorithm, signature.as_bytes()).ok()?,
        message: MESSAGE.to_vec(),
    })
}

/// The same with another message: it must not hold.
#[must_use]
pub fn broken(vector: &Signature) -> Signature {
    Signature {
        message: MESSAGE.to_ascii_uppercase(),
        ..vector.clone()
    }
}

#[cfg(all(test, feature = "verify"))]
mod tests {
    use super::*;
    use crate::verify::verify_signature;

    #[test]
    fn the_vectors_hold_and_their_likes_do_not() {
        for algorithm in [Algorithm::RS256, Algorithm::ES256] {
            let vector = vector(algorithm).unwrap();
            assert!(verify_signature(&vector));
            assert!(!verify_signature(&broken(&vector)));
        }
        assert!(vector(Algorithm::PS256).is_none());
    }
}
