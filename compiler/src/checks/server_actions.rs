//! MG0319: a deny that names models and takes what is about a server as a whole takes nothing: no model is asked for there.

use policies::action::Action;

use crate::diagnostic::Diagnostic;
use crate::syntax::Spanned;
use crate::syntax::access::Rule;

use super::Scope;

/// `can` of every deny rule that names models.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let rules = scope.reading.files.iter().flat_map(|file| &file.deny);
    let narrow = |rule: &&Rule| rule.models.is_some() || rule.versions.is_some();
    for rule in rules.filter(narrow) {
        let written = rule.can.iter().flatten();
        found.extend(written.filter(|action| is_of_servers(action)).map(useless));
    }
}

const fn is_of_servers(action: &Spanned<Action>) -> bool {
    matches!(action.value, Action::Objects | Action::Administer)
}

fn useless(action: &Spanned<Action>) -> Diagnostic {
    let name = action.value.name();
    let message = format!("`{name}` is about a server as a whole, and this deny names models");
    let help = "move it into a deny of its own, without `models`";
    Diagnostic::error("MG0319", action.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    fn deny(rest: &str) -> Vec<&'static str> {
        let text = format!("{ACCESS}  deny:\n    - who: {{ groups: [contractors] }}\n{rest}");
        codes(&[("g", GATE), ("a", &text)])
    }

    #[test]
    fn a_deny_of_models_takes_nothing_from_a_server() {
        assert_eq!(
            deny("      can: [objects, predict]\n      models: [churn-a]\n"),
            ["MG0319"]
        );
        assert_eq!(deny("      can: [objects, administer]\n"), [""; 0]);
        assert_eq!(
            deny("      can: [predict, metrics]\n      models: [churn-a]\n"),
            [""; 0]
        );
    }
}
