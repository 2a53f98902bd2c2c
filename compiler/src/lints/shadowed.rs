//! MG0507: other denies refuse all that a deny refuses. Of two that refuse the same, the later is told. A guardrail is somebody else's,
//! and who has denied the same keeps it when the guardrail goes.

use std::collections::BTreeSet;

use crate::analysis::answers::{Besides, others};
use crate::diagnostic::Diagnostic;

use super::{Rules, names};

/// Adds what it finds, besides the rules that were `said` something about.
pub fn lint(rules: &Rules<'_>, said: &BTreeSet<usize>, found: &mut Vec<Diagnostic>) {
    let mut gone = said.clone();
    gone.extend(&rules.guardrails);
    for parts in rules.denies().into_iter().rev() {
        let Some(first) = parts.first().filter(|first| !said.contains(first)) else {
            continue;
        };
        // a deny about machines has several parts, and stands where one of them does
        gone.extend(parts);
        let alone = |position: &usize| {
            let mut places = rules.places(*position);
            places.any(|there| rules.can(there, *position, Besides::Alone(&gone)))
        };
        if parts.iter().any(alone) {
            gone.retain(|position| !parts.contains(position));
            continue;
        }
        let also = parts.iter().flat_map(|position| {
            rules.places(*position).flat_map(|there| {
                let others = others(&there.place, *position, &gone);
                others.filter(|other| rules.can(there, *position, Besides::Matches(*other)))
            })
        });
        let also = rules.sufficient(parts, &gone, also.collect());
        let message = "refuses nothing by itself: other rules refuse all of it";
        let help = format!("by {}: take this one out", names(rules.side, &also));
        found.push(rules.warning("MG0507", *first, message, &help));
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::GATE;
    use crate::lints::tests::{lints, with_gate};

    fn denies(denies: &str) -> String {
        format!("  allow:\n    - who: {{ groups: [analysts] }}\n  deny:\n{denies}")
    }

    #[test]
    fn a_deny_under_another() {
        let first = "    - who: { groups: [interns] }\n      can: [predict, manage]\n";
        let second = |rule: &str| lints(&denies(&format!("{first}{rule}")));
        for rule in [
            "    - who: { groups: [interns] }\n      can: [manage]\n",
            "    - who: { groups: [interns] }\n      can: [predict]\n      when: context.hour > 6\n",
            "    - who: { groups: [interns] }\n      can: [predict, manage]\n",
        ] {
            assert_eq!(second(rule), ["MG0507"], "{rule}");
        }
        for rule in [
            "    - who: { groups: [interns, guests] }\n      can: [manage]\n",
            "    - who: { groups: [interns] }\n      can: [metrics]\n",
            "    - who: { serviceAccounts: [batch/job] }\n      can: [manage]\n",
        ] {
            assert_eq!(second(rule), [""; 0], "{rule}");
        }
    }

    #[test]
    fn a_deny_about_machines_has_parts() {
        let machine = "    - who: { serviceAccounts: [batch/job] }\n";
        assert_eq!(lints(&denies(machine)), [""; 0]);
        assert_eq!(lints(&denies(&format!("{machine}{machine}"))), ["MG0507"]);
    }

    #[test]
    fn a_deny_under_a_guardrail() {
        let gate = format!(
            "{GATE}  guardrails: 'forbid (principal in Group::\"corp/interns\", action, resource);'\n"
        );
        let rule = "    - who: { groups: [interns] }\n";
        assert_eq!(with_gate(&gate, &denies(rule)), [""; 0]);
        let twice = format!("{rule}{rule}");
        assert_eq!(with_gate(&gate, &denies(&twice)), ["MG0507"]);
    }
}
