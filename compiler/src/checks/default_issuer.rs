//! MG0207: the issuer of plain names is one of the gate's.

use crate::diagnostic::Diagnostic;
use crate::syntax::suggest;

use super::Scope;

/// `defaultIssuer`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let issuers = scope
        .gate
        .issuers
        .iter()
        .map(|issuer| issuer.name.value.as_str());
    let Some(default) = scope
        .gate
        .default_issuer
        .as_ref()
        .filter(|text| !text.value.is_empty())
    else {
        return;
    };
    // without any, that is what is told
    let is_none = issuers.clone().next().is_none();
    if !is_none && !issuers.clone().any(|name| name == default.value) {
        let message = format!("`{}` is no issuer of this gate", default.value);
        let help = suggest::help(&default.value, issuers, "the issuers are");
        found.push(Diagnostic::error("MG0207", default.span, message).with_help(help));
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn the_default_is_an_issuer() {
        assert_eq!(
            gate_with("  namespaces:", "  defaultIssuer: corp\n  namespaces:"),
            [""; 0]
        );
        assert_eq!(
            gate_with("  namespaces:", "  defaultIssuer: crop\n  namespaces:"),
            ["MG0207"]
        );
    }
}
