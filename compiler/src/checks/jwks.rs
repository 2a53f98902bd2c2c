//! MG0214: an inline key set holds keys that can verify tokens, and a secret is no shorter than its hash (RFC 7518 section
//! 3.2). A symmetric key in a set would let whoever reads the set sign tokens.

use policies::keys::KeySet;

use crate::diagnostic::Diagnostic;
use crate::syntax::issuer::Keys;

use super::Scope;

/// `issuers[].jwks` and `issuers[].secret`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in &scope.gate.issuers {
        let (read, span, help) = match &issuer.keys {
            Some(Keys::Inline { value, span }) => {
                let read = KeySet::parse(value.to_string().as_bytes());
                let help = "write what the issuer publishes: `{keys: [...]}` with public RSA, P-256, P-384 or Ed25519 keys";
                (read, *span, help)
            }
            Some(Keys::Secret(secret)) => {
                let algorithms = issuer.algorithms.iter().map(|algorithm| algorithm.value);
                let read = KeySet::secret(secret, &algorithms.collect::<Vec<_>>());
                // at the name: what is shown of the file must not hold the secret
                let help = "write random bytes as base64url without `=`: 32 for HS256, 48 for HS384, 64 for HS512";
                (read, issuer.name.span, help)
            }
            _ => continue,
        };
        if let Err(error) = read {
            let name = &issuer.name.value;
            let message = format!("the keys of `{name}` cannot be used: {error}");
            found.push(Diagnostic::error("MG0214", span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    fn jwks(text: &str) -> Vec<&'static str> {
        gate_with(
            "jwksUri: https://id.example.com/certs",
            &format!("jwks: {text}"),
        )
    }

    #[test]
    fn inline_keys_are_usable() {
        let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
        assert_eq!(
            jwks(&format!(
                "{{ keys: [{{ kty: EC, crv: P-256, kid: a, x: {x}, y: {y} }}] }}"
            )),
            [""; 0]
        );
        assert_eq!(jwks("{ keys: [{ kty: oct, k: AAAA }] }"), ["MG0214"]);
        assert_eq!(jwks("{ keys: [] }"), ["MG0214"]);
        assert_eq!(jwks("[]"), ["MG0214"]);
    }

    #[test]
    fn secrets_are_long_enough() {
        let secret = |length: usize, algorithms: &str| {
            let line = format!(
                "secret: {}\n      algorithms: {algorithms}",
                "x".repeat(length)
            );
            gate_with("jwksUri: https://id.example.com/certs", &line)
        };
        assert_eq!(secret(43, "[HS256]").len(), 1, "loose bits");
        assert_eq!(secret(44, "[HS256]"), [""; 0]);
        assert_eq!(secret(40, "[HS256]"), ["MG0214"]);
        assert_eq!(secret(44, "[HS256, HS512]"), ["MG0214"]);
        assert_eq!(secret(44, "[RS256]"), ["MG0112"]);
        let none = format!("secret: {}", "x".repeat(44));
        let found = gate_with("jwksUri: https://id.example.com/certs", &none);
        assert_eq!(found, ["MG0103"]);
    }
}
