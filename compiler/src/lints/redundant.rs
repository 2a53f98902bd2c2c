//! MG0503: whatever an allow grants, other allows grant, too, or denies refuse it. Of two that grant the same, the later is told.

use std::collections::BTreeSet;

use crate::analysis::answers::{Besides, others};
use crate::diagnostic::Diagnostic;

use super::{MANY, Rules, names};

/// Adds what it finds, besides the rules that were `said` something about.
pub fn lint(rules: &Rules<'_>, said: &BTreeSet<usize>, found: &mut Vec<Diagnostic>) {
    let mut gone = said.clone();
    let allows = rules.allows().filter(|position| !said.contains(position));
    let mut allows: Vec<usize> = allows.collect();
    allows.sort_unstable();
    for position in allows.iter().copied().rev() {
        if can(rules, position, Besides::Alone(&gone)) {
            continue;
        }
        let also = also(rules, position, &gone);
        let also = names(rules.side, &rules.sufficient(&[position], &gone, also));
        let message = "adds nothing: other rules allow all of it";
        let help = format!("by {also}: take this one out");
        found.push(rules.warning("MG0503", position, message, &help));
        gone.insert(position);
    }
    // what others cover as a whole is out of the way
    for position in allows.into_iter().rev() {
        if gone.contains(&position) || can(rules, position, Besides::Decided(&gone)) {
            continue;
        }
        let also = names(rules.side, &also(rules, position, &gone));
        let against = names(rules.side, &against(rules, position, &gone));
        let message = "adds nothing: other rules allow a part of it, and the rest is denied";
        let help = format!(
            "allowed by {also}, the rest denied by {against}: take this one out, or make the deny narrower"
        );
        found.push(rules.warning("MG0503", position, message, &help));
        gone.insert(position);
    }
}

/// Whether some request matches the rule and is like this.
fn can(rules: &Rules<'_>, position: usize, besides: Besides<'_>) -> bool {
    let mut places = rules.places(position);
    places.any(|there| rules.can(there, position, besides))
}

/// The other allows that grant some of it; of many those that come first.
fn also(rules: &Rules<'_>, position: usize, gone: &BTreeSet<usize>) -> BTreeSet<usize> {
    let also = rules.places(position).flat_map(|there| {
        let others = others(&there.place, position, gone);
        others.filter(|other| rules.can(there, position, Besides::Matches(*other)))
    });
    let mut found = BTreeSet::new();
    for other in also {
        found.insert(other);
        if found.len() > MANY {
            break;
        }
    }
    found
}

/// The denies that refuse some of what no other allow grants.
fn against(rules: &Rules<'_>, position: usize, gone: &BTreeSet<usize>) -> BTreeSet<usize> {
    let against = rules.places(position).flat_map(|there| {
        let denies = there.place.relevant.denies.iter().copied();
        denies.filter(|deny| rules.can(there, position, Besides::Refused(gone, *deny)))
    });
    against.collect()
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
            "    - who: { groups: [leads] }\n      can: [generate]\n      models: [churn-a*]\n",
        ] {
            assert_eq!(second(rule), ["MG0503"], "{rule}");
        }
    }

    /// What is for everyone is for whoever has a token, and so for no workload by its certificate.
    #[test]
    fn an_allow_for_a_workload_beside_one_for_everyone() {
        let rules = |more: &str| format!("  allow:\n    - who: {{ everyone: true }}\n{more}");
        let one = "    - who: { serviceAccounts: [payments/checkout] }\n";
        assert_eq!(lints(&rules(one)), ["MG0506"]);
        let again = "    - who: { groups: [a] }\n";
        assert_eq!(lints(&rules(again)), ["MG0506", "MG0503"]);
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
        let always = rules("context.hour >= 0", &clock(">= 8"));
        assert_eq!(always, ["MG0518", "MG0503"]);
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
            "    - who: { groups: [leads] }\n      can: [predict, manage]\n",
        ] {
            assert_eq!(second(rule), [""; 0], "{rule}");
        }
    }

    #[test]
    fn those_that_cover_it_are_told_and_no_others() {
        let rules = "  allow:
    - who: { groups: [a] }
    - who: { groups: [b] }
    - who: { groups: [c, d] }
    - who: { groups: [c] }
      when: context.hour > 6
";
        let help = |rules: &str| {
            let found = crate::lints::tests::diagnostics(rules);
            found.into_iter().find_map(|found| found.help)
        };
        let by = |names: &str| Some(format!("by {names}: take this one out"));
        assert_eq!(help(rules), by("`risk/models/allow[2]`"));
        let both = rules
            .replace("[c, d]", "[d]")
            .replace("groups: [b]", "groups: [c]");
        assert_eq!(help(&both), by("`risk/models/allow[1]`"));
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

    #[test]
    fn a_part_under_another_and_the_rest_denied() {
        let rules = |second: &str, deny: &str| {
            lints(&format!(
                "  allow:
    - who: {{ groups: [analysts, leads] }}
      when: context.hour < 12
    - who: {{ groups: [analysts] }}
{second}  deny:
    - who: {{ groups: [{deny}
"
            ))
        };
        // neither the other allow nor the deny covers all of it
        let both = "analysts] }\n      when: context.hour > 11";
        assert_eq!(rules("", both), ["MG0503"]);
        assert_eq!(
            rules("", "analysts] }\n      when: context.hour > 6"),
            ["MG0503"]
        );
        let more = "      can: [predict, manage]\n";
        let noon = "analysts] }\n      when: context.hour > 12";
        assert_eq!(rules("", noon), [""; 0]);
        assert_eq!(rules("", "others] }"), [""; 0]);
        let explanations = "analysts] }\n      can: [manage]\n      when: context.hour > 11";
        assert_eq!(rules("", explanations), [""; 0]);
        // explanations before noon are allowed by nobody else
        assert_eq!(rules(more, both), [""; 0]);
    }
}
