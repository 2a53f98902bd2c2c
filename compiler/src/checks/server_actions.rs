//! MG0319: a deny that names models and takes what is about a server as a whole takes nothing: no model is asked for there.

use policies::action::Action;

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::access::Rule;

use super::Scope;
use super::actions::Groups;

/// `can` of every deny rule that names models.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let groups = Groups::new(&scope.reading.roles);
    let of_servers = |namespace: &str, name: &str| {
        let meant = groups.meant(namespace, name).unwrap_or_default();
        let mut meant = meant.into_iter();
        meant.find(|action| matches!(action, Action::Objects | Action::Administer))
    };
    let narrow = |rule: &&Rule| rule.models.is_some() || rule.versions.is_some();
    for file in &scope.reading.files {
        let rules = file.deny.iter().filter(narrow);
        for name in rules.flat_map(|rule| rule.can.iter().flatten()) {
            let action = of_servers(&file.namespace.value, &name.value);
            found.extend(action.map(|action| useless(name, action.name())));
        }
    }
}

fn useless(action: &Text, name: &str) -> Diagnostic {
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
