//! MG0501, MG0514, MG0516: guardrails that guard nothing, or next to nothing. One whose condition contradicts itself leaves the company
//! unguarded, and one that others repeat is believed to be taken out when they still stand. Both are told whatever models, namespaces
//! and actions there are: a guardrail may speak of what no team has yet. Callers are those of the gate's issuers, which stand in the same file.

use std::collections::BTreeSet;

use policies::action::Action;
use policies::bundle::{CLOCK, Effect};

use crate::analysis::Side;
use crate::analysis::places::Place;
use crate::diagnostic::Diagnostic;

use super::{least, names};

/// Adds what it finds; nothing, where searches were given up.
pub fn lint(side: &Side<'_>, found: &mut Vec<Diagnostic>) {
    let before = found.len();
    compared(side, found);
    if side.given_up().is_some() {
        found.truncate(before);
    }
}

fn compared(side: &Side<'_>, found: &mut Vec<Diagnostic>) {
    let rules = side.table.rules.iter().enumerate();
    let own = rules.filter(|(_, rule)| rule.effect == Effect::Guardrail);
    let own = own.filter(|(_, rule)| !rule.id.ends_with(CLOCK));
    let all: Vec<usize> = own.map(|(position, _)| position).collect();
    let places = side.supposed(&all);
    let (alive, vain): (Vec<usize>, Vec<usize>) = all
        .into_iter()
        .partition(|guardrail| stands(side, &places, *guardrail, &BTreeSet::new()));
    found.extend(vain.into_iter().map(|guardrail| {
        let message = "can never match a request, and guards nothing";
        let alone = group_alone(side, guardrail).map(|group| format!("no request does `{group}` by itself: {}", with_members(group)));
        let help = alone.unwrap_or_else(|| "its condition contradicts itself, or no request and no token of the gate's issuers is like that: change it, or take the guardrail out".to_owned());
        told(side, "MG0501", guardrail, message, &help)
    }));
    found.extend(alive.iter().filter_map(|guardrail| {
        let group = group_alone(side, *guardrail)?;
        let message =
            format!("is about the one action `{group}`, and not about those that it includes");
        let help = format!("{}; where the one is meant, leave it", with_members(group));
        Some(told(side, "MG0516", *guardrail, &message, &help))
    }));
    let mut left: BTreeSet<usize> = alive.iter().copied().collect();
    // of two that refuse the same, the later is told
    for guardrail in alive.into_iter().rev() {
        left.remove(&guardrail);
        if stands(side, &places, guardrail, &left) {
            left.insert(guardrail);
            continue;
        }
        let also = least(left.clone(), |kept| !stands(side, &places, guardrail, kept));
        let message = "refuses nothing by itself: other guardrails refuse all of it";
        let help = format!("by {}: take this one out", names(side, &also));
        found.push(told(side, "MG0514", guardrail, message, &help));
    }
}

/// The one action that the guardrail is about, where it is a group: with `==` its members are not meant. Lists, which come with every
/// action that asks a model for output, are nobody's reason for a guardrail.
fn group_alone(side: &Side<'_>, guardrail: usize) -> Option<Action> {
    let [only] = *side.rule(guardrail).actions else {
        return None;
    };
    let mut members = only.members().iter();
    members
        .any(|member| ![only, Action::List].contains(member))
        .then_some(only)
}

fn with_members(group: Action) -> String {
    format!("write `action in [Action::\"{group}\"]` for all that it includes")
}

/// Whether some request matches the guardrail and none of the others.
fn stands(side: &Side<'_>, places: &[Place], guardrail: usize, others: &BTreeSet<usize>) -> bool {
    places.iter().any(|place| {
        let denies = place.relevant.denies.iter().copied();
        let others: Vec<usize> = denies.filter(|other| others.contains(other)).collect();
        side.can(place, guardrail, &[], &others)
    })
}

fn told(
    side: &Side<'_>,
    code: &'static str,
    guardrail: usize,
    message: &str,
    help: &str,
) -> Diagnostic {
    let shown = side.shown(guardrail);
    let message = format!("the guardrail `{}` {message}", shown.id);
    Diagnostic::warning(code, shown.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::GATE;
    use crate::lints::tests::with_gate;

    fn guardrails(texts: &[&str]) -> Vec<&'static str> {
        let lines = texts.iter().map(|text| format!("    {text}\n"));
        let gate = format!(
            "{GATE}  timeZones: [Europe/Berlin]\n  guardrails: |\n{}",
            lines.collect::<String>()
        );
        with_gate(&gate, "  allow:\n    - who: { groups: [analysts] }\n")
    }

    fn when(condition: &str) -> Vec<&'static str> {
        guardrails(&[&format!(
            "forbid (principal, action, resource) when {{ {condition} }};"
        )])
    }

    #[test]
    fn conditions_that_contradict_themselves() {
        for condition in [
            "context.hour > 23",
            "context.hour < 6 && context.hour > 8",
            "resource.public && !resource.public",
            "resource.api == \"seldon\" && resource.api == \"openai\"",
            "resource.namespace == \"risk\" && resource in Namespace::\"fraud\"",
            "resource in Pattern::\"risk/a*\" && resource.name == \"b\"",
            "context has peer && !(context has peer)",
            "context.local[\"Europe/Berlin\"].hour > 23",
            "context.method == \"post\"",
            "context.method == \"PATCH\" || resource.namespace == \"Fraud\"",
        ] {
            assert_eq!(when(condition), ["MG0501"], "{condition}");
        }
        let disjoint = "forbid (principal, action, resource in Namespace::\"fraud\") when { resource in Namespace::\"risk\" };";
        assert_eq!(guardrails(&[disjoint]), ["MG0501"]);
    }

    /// No team has these models, protocols and actions, and no namespace is without its own guardrails.
    #[test]
    fn conditions_about_what_may_come() {
        for condition in [
            "resource.public",
            "resource.api == \"openai\"",
            "resource.name == \"other\"",
            "resource in Pattern::\"fraud/later*\"",
            "!(resource in Namespace::\"fraud\") && !(resource in Namespace::\"risk\")",
            "context has version && context.version == \"4\"",
            "principal in Group::\"corp/nobody-yet\"",
            "context.local[\"Europe/Berlin\"].hour > 22",
            "context.method == \"DELETE\"",
            "context.method != \"POST\" && context.method != \"GET\"",
            "resource.namespace == \"fraud\"",
        ] {
            assert_eq!(when(condition), [""; 0], "{condition}");
        }
        let administers = "forbid (principal, action == Action::\"administer\", resource);";
        assert_eq!(guardrails(&[administers]), [""; 0]);
    }

    #[test]
    fn a_group_of_actions_is_not_its_members() {
        let about = |action: &str| {
            guardrails(&[&format!(
                "forbid (principal in Group::\"corp/interns\", {action}, resource);"
            )])
        };
        assert_eq!(about("action == Action::\"predict\""), ["MG0516"]);
        assert_eq!(about("action in [Action::\"predict\"]"), [""; 0]);
        assert_eq!(about("action == Action::\"chat\""), [""; 0]);
        // nothing does it by itself
        assert_eq!(about("action == Action::\"read\""), ["MG0501"]);
        assert_eq!(about("action in [Action::\"read\"]"), [""; 0]);
    }

    #[test]
    fn guardrails_that_repeat_each_other() {
        let first = "forbid (principal in Group::\"corp/interns\", action, resource) unless { resource.public };";
        for second in [
            first,
            "forbid (principal in Group::\"corp/interns\", action == Action::\"metadata\", resource in Namespace::\"fraud\") when { !resource.public };",
            "forbid (principal, action, resource) when { principal in Group::\"corp/interns\" && !resource.public && context.hour > 6 };",
        ] {
            assert_eq!(guardrails(&[first, second]), ["MG0514"], "{second}");
        }
        for second in [
            "forbid (principal in Group::\"corp/interns\", action, resource in Namespace::\"fraud\");",
            "forbid (principal in Group::\"corp/others\", action, resource) unless { resource.public };",
        ] {
            assert_eq!(guardrails(&[first, second]), [""; 0], "{second}");
        }
    }

    #[test]
    fn several_that_cover_one_together() {
        let hours = |test: &str| {
            let interns = "principal in Group::\"corp/interns\"";
            format!("forbid ({interns}, action, resource) when {{ context.hour {test} }};")
        };
        let [early, late] = [hours("< 12"), hours("> 11")];
        let by_day = hours("> 6 && context.hour < 18");
        assert_eq!(guardrails(&[&early, &late, &by_day]), ["MG0514"]);
        let later = hours("> 12");
        assert_eq!(guardrails(&[&early, &later, &by_day]), [""; 0]);
    }
}
