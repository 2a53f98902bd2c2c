//! MG0301: a file speaks for a namespace that the gate lists. Otherwise anybody could name a namespace into being.

use crate::diagnostic::Diagnostic;
use crate::syntax::{Text, suggest};

use super::{Scope, written};

/// `metadata.namespace` of access files, roles and tests.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let files = scope.reading.files.iter().map(|file| &file.namespace);
    let tests = scope.reading.tests.iter().map(|test| &test.namespace);
    let roles = scope.reading.roles.iter().map(|roles| &roles.namespace);
    let unknown = written(files.chain(tests).chain(roles))
        .filter(|name| scope.namespace(&name.value).is_none());
    found.extend(unknown.map(|name| foreign(scope, name)));
}

fn foreign(scope: &Scope<'_>, name: &Text) -> Diagnostic {
    let known: Vec<&str> = scope
        .gate
        .namespaces
        .iter()
        .map(|namespace| namespace.name.value.as_str())
        .collect();
    let message = format!("the gate gives nobody the namespace `{}`", name.value);
    let help = suggest::help(&name.value, known, "the namespaces are");
    Diagnostic::error("MG0301", name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    #[test]
    fn the_gate_lists_the_namespace() {
        assert_eq!(
            access_with("namespace: risk", "namespace: rsik"),
            ["MG0301"]
        );
        assert_eq!(
            access_with("namespace: risk", "namespace: kube-system"),
            ["MG0301"]
        );
    }
}
