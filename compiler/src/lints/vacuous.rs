//! MG0501: no request can ever match the rule. A deny like this denies nothing, an allow allows nothing.

use std::collections::BTreeSet;

use crate::analysis::answers::Besides;
use crate::diagnostic::Diagnostic;

use super::Rules;

/// Adds what it finds; the rules that it found.
pub fn lint(rules: &Rules<'_>, found: &mut Vec<Diagnostic>) -> BTreeSet<usize> {
    let mut vacuous = BTreeSet::new();
    for parts in rules.parts.values() {
        let matches = |position: &usize| {
            let mut places = rules.places(*position);
            places.any(|there| rules.can(there, *position, Besides::Anything))
        };
        let Some(first) = parts.first() else { continue };
        if !parts.iter().any(matches) {
            let message = "can never match a request";
            let help = "its condition contradicts itself, or no token is like that: change it or take the rule out";
            found.push(rules.warning("MG0501", *first, message, help));
            vacuous.extend(parts);
        }
    }
    vacuous
}

#[cfg(test)]
mod tests {
    use crate::lints::tests::lints;

    fn when(condition: &str) -> Vec<&'static str> {
        lints(&format!(
            "  allow:\n    - who: {{ groups: [analysts] }}\n      when: '{condition}'\n"
        ))
    }

    #[test]
    fn conditions_that_contradict_themselves() {
        for condition in [
            "context.hour > 23",
            "context.hour < 6 && context.hour > 8",
            "context.weekday == 0",
            "context.method == \"GET\" && context.method == \"POST\"",
            "resource.name == \"other\"",
            "principal == User::\"corp/ann\" && principal == User::\"corp/bob\"",
            "context has peer && !(context has peer)",
            "context has version && context.version == \"4x\"",
        ] {
            assert_eq!(when(condition), ["MG0501"], "{condition}");
        }
    }

    #[test]
    fn conditions_that_can_hold() {
        for condition in [
            "context.hour > 22",
            "context.hour < 6 || context.hour > 8",
            "context.method == \"GET\"",
            "resource.name == \"churn-x\"",
            "context has version && context.version == \"4\"",
            "context has version && context.version != \"4x\"",
            "principal in Group::\"corp/other\" && !(principal in Group::\"corp/third\")",
        ] {
            assert_eq!(when(condition), [""; 0], "{condition}");
        }
    }

    #[test]
    fn a_deny_that_denies_nothing() {
        let rules = "  allow:\n    - who: { groups: [analysts] }\n  deny:\n    - who: { serviceAccounts: [payments/checkout] }\n      when: context.hour > 23\n";
        assert_eq!(lints(rules), ["MG0501"]);
    }
}
