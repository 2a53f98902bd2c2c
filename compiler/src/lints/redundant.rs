//! MG0503: whatever an allow grants, other allows grant, too. Of two that grant the same, the later is told.

use std::collections::BTreeSet;

use crate::analysis::answers::{Besides, others};
use crate::diagnostic::Diagnostic;

use super::Rules;

/// Adds what it finds, besides the rules that were `said` something about.
pub fn lint(rules: &Rules<'_>, said: &BTreeSet<usize>, found: &mut Vec<Diagnostic>) {
    let mut gone = said.clone();
    let allows: Vec<usize> = rules.allows().collect();
    let mut allows: Vec<usize> = allows
        .into_iter()
        .filter(|position| !said.contains(position))
        .collect();
    allows.sort_unstable();
    for position in allows.into_iter().rev() {
        let places = rules.places(position);
        let mut alone = places.clone();
        if alone.any(|there| rules.can(there, position, Besides::Alone(&gone))) {
            continue;
        }
        let also = places.flat_map(|there| {
            let others = others(&there.place, position, &gone);
            others.filter(|other| rules.can(there, position, Besides::Matches(*other)))
        });
        let also: BTreeSet<usize> = also.collect();
        let message = "adds nothing: other rules allow all of it";
        let help = format!("by {}: take this one out", rules.names(&also));
        found.push(rules.warning("MG0503", position, message, &help));
        gone.insert(position);
    }
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::GATE;
    use crate::lints::tests::{lints, with_gate};

    fn second(rule: &str) -> Vec<&'static str> {
        lints(&format!(
            "  allow:\n    - who: {{ groups: [analysts, leads] }}\n{rule}"
        ))
    }

    #[test]
    fn an_allow_under_another() {
        for rule in [
            "    - who: { groups: [analysts] }\n",
            "    - who: { groups: [analysts, leads] }\n",
            "    - who: { groups: [leads] }\n      when: context.hour > 6\n",
            "    - who: { groups: [leads] }\n      can: [chat]\n      models: [churn-a*]\n",
        ] {
            assert_eq!(second(rule), ["MG0503"], "{rule}");
        }
    }

    #[test]
    fn an_allow_by_a_clock() {
        let gate = format!("{GATE}  timeZones: [Europe/Berlin]\n");
        let clock = |test: &str| format!("context.local[\"Europe/Berlin\"].hour {test}");
        let rules = |first: &str, second: &str| {
            let rule =
                |when: &str| format!("    - who: {{ groups: [analysts] }}\n      when: '{when}'\n");
            with_gate(&gate, &format!("  allow:\n{}{}", rule(first), rule(second)))
        };
        assert_eq!(rules(&clock(">= 6"), &clock(">= 8")), ["MG0503"]);
        assert_eq!(rules("context.hour >= 0", &clock(">= 8")), ["MG0503"]);
        assert_eq!(rules(&clock(">= 8"), &clock(">= 6 && true")), ["MG0503"]);
        assert_eq!(rules(&clock("< 8"), &clock(">= 8")), [""; 0]);
        assert_eq!(rules("context.hour >= 6", &clock(">= 6")), [""; 0]);
        assert_eq!(rules(&clock("> 23"), &clock(">= 6")), ["MG0501"]);
    }

    #[test]
    fn an_allow_that_adds_something() {
        for rule in [
            "    - who: { groups: [analysts, others] }\n",
            "    - who: { users: [ann] }\n",
            "    - who: { groups: [leads] }\n      can: [predict, explain]\n",
        ] {
            assert_eq!(second(rule), [""; 0], "{rule}");
        }
    }

    #[test]
    fn several_that_cover_one_together() {
        let rules = "  allow:
    - who: { groups: [analysts] }
      when: context.hour < 12
    - who: { groups: [analysts] }
      when: context.hour > 11
    - who: { groups: [analysts] }
      when: context.hour > 6 && context.hour < 18
";
        assert_eq!(lints(rules), ["MG0503"]);
        assert_eq!(lints(&rules.replace("> 11", "> 12")), [""; 0]);
    }
}
