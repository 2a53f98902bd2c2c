//! MG0214: an inline key set holds keys that can verify tokens. A symmetric key would let whoever reads the file sign them.

use policies::keys::KeySet;

use crate::diagnostic::Diagnostic;
use crate::syntax::issuer::Keys;

use super::Scope;

/// `issuers[].jwks`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    for issuer in &scope.gate.issuers {
        let Some(Keys::Inline { value, span }) = &issuer.keys else {
            continue;
        };
        if let Err(error) = KeySet::parse(value.to_string().as_bytes()) {
            let message = format!(
                "the keys of `{}` cannot be used: {error}",
                issuer.name.value
            );
            let help =
                "write what the issuer publishes: `{keys: [...]}` with public RSA or P-256 keys";
            found.push(Diagnostic::error("MG0214", *span, message).with_help(help));
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
}
