//! MG0216 (warning): what `hold` needs of the proxies.

use policies::bundle::BodyMode;

use crate::diagnostic::Diagnostic;

use super::Scope;

/// `body.mode`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    if scope.gate.body.policy.mode == BodyMode::Hold {
        let message = "`hold` needs Envoy 1.37 or later, which Istio brings since 1.29";
        let help = "before, Envoy itself refuses a body above its listener's buffer; before 1.35 a request that names its model in the body waits until it times out";
        found.push(Diagnostic::warning("MG0216", scope.gate.body.span, message).with_help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn hold_is_warned_about() {
        assert_eq!(
            gate_with("  install:", "  body: { mode: hold }\n  install:"),
            ["MG0216"]
        );
        assert_eq!(
            gate_with(
                "  install:",
                "  body: { mode: stream, limit: 64Ki }\n  install:"
            ),
            [""; 0]
        );
    }
}
