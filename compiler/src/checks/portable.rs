//! MG0218: warning, an algorithm that the module verifies only when it was built to. A host's own verifiers do not have it.

use policies::bundle::Algorithm;

use crate::diagnostic::Diagnostic;

use super::Scope;

/// `issuers[].algorithms`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let issuers = scope.gate.issuers.iter();
    for issuer in issuers.filter(|issuer| !issuer.verified_by_istio) {
        let pss = |algorithm: Algorithm| {
            matches!(
                algorithm,
                Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512
            )
        };
        let first = issuer.algorithms.iter().find(|written| pss(written.value));
        found.extend(first.map(|algorithm| {
            let name = algorithm.value.name();
            let message = format!("`{name}` needs a module that was built with `portable`");
            let help = "without it tokens with this algorithm are refused; better have the issuer sign with ES256 or RS256";
            Diagnostic::warning("MG0218", algorithm.span, message).with_help(help)
        }));
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn the_modules_own_verifiers_are_warned_about() {
        let algorithms = |text: &str| {
            let line = format!("audiences: [ml-models]\n      algorithms: {text}");
            gate_with("audiences: [ml-models]", &line)
        };
        let every = "[RS256, RS384, RS512, ES256, ES384, EdDSA]";
        assert_eq!(algorithms(every), [""; 0]);
        assert_eq!(algorithms("[RS256, PS256, PS512]"), ["MG0218"]);
        for name in ["none", "HS256", "es256", "ES512"] {
            assert_eq!(algorithms(&format!("[{name}]")), ["MG0112"], "{name}");
        }
    }
}
