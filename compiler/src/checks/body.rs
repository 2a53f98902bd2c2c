//! MG0216 (warning): what `hold` can promise under Istio.

use policies::bundle::BodyMode;

use crate::diagnostic::Diagnostic;

use super::Scope;

/// `body.mode`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    if scope.gate.body.policy.mode == BodyMode::Hold {
        let message = "under a WasmPlugin a request's headers reach the model server before the decision; its body never does";
        let help = "to hold the headers too, load the filter with `allow_on_headers_stop_iteration`, as `--emit envoy` does";
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
