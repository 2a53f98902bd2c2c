//! MG0502: all that an allow grants is denied, or all of it that is about models.

use std::collections::BTreeSet;

use crate::analysis::answers::Besides;
use crate::diagnostic::Diagnostic;

use super::{Rules, names};

/// Adds what it finds, besides the rules that were `said` something about; the rules that it found.
pub fn lint(
    rules: &Rules<'_>,
    said: &BTreeSet<usize>,
    found: &mut Vec<Diagnostic>,
) -> BTreeSet<usize> {
    let mut contradictory = BTreeSet::new();
    for position in rules.allows().filter(|position| !said.contains(position)) {
        let places = rules.places(position);
        let mut left = places.clone();
        let left = left.find(|there| rules.can(there, position, Besides::Undenied));
        let about_models = places.clone().filter(|there| {
            !there.place.is_about_server() && rules.can(there, position, Besides::Anything)
        });
        if left.is_some() {
            let mut left = about_models.clone();
            let none = about_models.clone().next().is_none();
            if none || left.any(|there| rules.can(there, position, Besides::Undenied)) {
                continue;
            }
        }
        let against = places.flat_map(|there| {
            let denies = there.place.relevant.denies.iter().copied();
            denies.filter(|deny| rules.can(there, position, Besides::Matches(*deny)))
        });
        let against: BTreeSet<usize> = against.collect();
        let message = match left {
            None => "allows nothing: all of it is denied",
            Some(_) => {
                "allows nothing with models: all of that is denied, and what is left is about the server, such as its list"
            }
        };
        let help = format!(
            "by {}; a deny beats every allow",
            names(rules.side, &against)
        );
        found.push(rules.warning("MG0502", position, message, &help));
        if left.is_none() {
            contradictory.insert(position);
        }
    }
    contradictory
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::GATE;
    use crate::lints::tests::{lints, with_gate};

    #[test]
    fn an_allow_under_a_deny() {
        let rules = |deny: &str| {
            lints(&format!(
                "  allow:\n    - who: {{ groups: [analysts] }}\n      when: context.hour < 6\n  deny:\n{deny}"
            ))
        };
        assert_eq!(rules("    - who: { groups: [analysts] }\n"), ["MG0502"]);
        assert_eq!(
            rules("    - who: { groups: [analysts] }\n      when: context.hour < 7\n"),
            ["MG0502"]
        );
        let two = "    - who: { groups: [analysts] }\n      when: context.hour < 3\n    - who: { groups: [analysts] }\n      when: context.hour > 2\n";
        assert_eq!(rules(two), ["MG0502"]);
        assert_eq!(
            rules("    - who: { groups: [analysts] }\n      when: context.hour < 5\n"),
            [""; 0]
        );
        assert_eq!(rules("    - who: { groups: [others] }\n"), [""; 0]);
        assert_eq!(
            rules("    - who: { groups: [analysts] }\n      can: [manage]\n"),
            [""; 0]
        );
    }

    #[test]
    fn what_matches_requests_about_the_server_alone_is_not_denied() {
        let rule = "  allow:\n    - who: { groups: [analysts] }\n      can: [metrics, manage]\n      when: context.method == \"GET\"\n";
        assert_eq!(lints(rule), [""; 0]);
    }

    #[test]
    fn an_allow_under_a_guardrail() {
        let gate = format!(
            "{GATE}  guardrails: 'forbid (principal in Group::\"corp/analysts\", action, resource) unless {{ resource.public }};'\n"
        );
        let rules = "  allow:\n    - who: { groups: [analysts] }\n";
        assert_eq!(with_gate(&gate, rules), ["MG0502"]);
        let others = "  allow:\n    - who: { groups: [analysts, others] }\n";
        assert_eq!(with_gate(&gate, others), [""; 0]);
    }

    #[test]
    fn an_allow_of_which_the_server_s_own_is_left() {
        let rules = |deny: &str| {
            lints(&format!(
                "  allow:\n    - who: {{ groups: [analysts] }}\n      models: [churn-*]\n      can: [predict, manage]\n  deny:\n    - who: {{ groups: [analysts] }}\n{deny}"
            ))
        };
        let names = "      models: [churn-*]\n";
        assert_eq!(rules(names), ["MG0502"]);
        assert_eq!(rules("      models: [churn-a]\n"), [""; 0]);
        assert_eq!(
            rules("      models: [churn-*]\n      can: [predict]\n"),
            [""; 0]
        );
    }
}
