//! MG0215: sidecars are those of the gate's namespaces.

use crate::diagnostic::Diagnostic;
use crate::syntax::gate::Place;
use crate::syntax::suggest;

use super::{Scope, written};

/// `install[].sidecars.namespaces`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let known: Vec<&str> = scope
        .gate
        .namespaces
        .iter()
        .map(|namespace| namespace.name.value.as_str())
        .collect();
    for install in &scope.gate.install {
        let Some(Place::Sidecars { namespaces }) = &install.place else {
            continue;
        };
        for name in written(namespaces).filter(|name| scope.namespace(&name.value).is_none()) {
            let message = format!("`{}` is no namespace of this gate", name.value);
            let help = suggest::help(&name.value, known.iter().copied(), "the namespaces are");
            found.push(Diagnostic::error("MG0215", name.span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::gate_with;

    #[test]
    fn sidecars_are_in_the_gates_namespaces() {
        let sidecars = |names: &str| {
            gate_with(
                "  install:",
                &format!(
                    "  install:\n    - {{ name: pods, sidecars: {{ namespaces: [{names}] }} }}"
                ),
            )
        };
        assert_eq!(sidecars("fraud, risk"), [""; 0]);
        assert_eq!(sidecars("fraud, payments"), ["MG0215"]);
        assert_eq!(sidecars(""), ["MG0106"]);
    }
}
