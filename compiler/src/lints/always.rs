//! MG0518: a condition that every request meets. Whoever wrote it means to ask for something, and nothing is asked.

use std::collections::BTreeSet;

use crate::analysis::Side;
use crate::diagnostic::Diagnostic;
use crate::policy::{CedarText, Rule};

use super::warning;

/// Adds what it finds; the ids of the rules that it found.
pub fn lint<'a>(side: &Side<'a>, found: &mut Vec<Diagnostic>) -> BTreeSet<&'a str> {
    let mut always = BTreeSet::new();
    let files = side.policy.files.iter();
    let alone = files
        .flat_map(|file| &file.rules)
        .filter(|rule| is_alone(rule));
    let conditioned: BTreeSet<&str> = alone.map(|rule| rule.id.as_str()).collect();
    for (position, rule) in side.table.rules.iter().enumerate() {
        let Some(id) = conditioned.get(rule.id.as_str()) else {
            continue;
        };
        if side.can_fail(position) {
            continue;
        }
        let message = "asks with `when` for what every request has";
        let help = "take `when` out, or ask for something else: hours are 0 to 23, weekdays 1 (Monday) to 7";
        found.push(warning(side, "MG0518", position, message, help));
        always.insert(*id);
    }
    always
}

/// Nothing else than `when` becomes a condition of the rule. What models are like may change, and clocks of time zones are not known for
/// ever: who asks for them asks for something.
fn is_alone(rule: &Rule) -> bool {
    let more = !rule.all.is_empty() || !rule.through.is_empty() || !rule.versions.is_empty();
    let asks = |when: &CedarText| {
        ["resource", "local"]
            .iter()
            .any(|name| when.text.contains(name))
    };
    let when = rule.when.as_ref().filter(|when| !asks(when));
    when.is_some() && !more && rule.until.is_none()
}

#[cfg(test)]
mod tests {
    use crate::lints::tests::{lints, when};

    #[test]
    fn conditions_that_always_hold() {
        for condition in [
            "true",
            "context.hour >= 0",
            "context.hour < 24 && context.weekday > 0",
            "context.hour < 12 || context.hour > 11",
            "!(context.weekday == 8)",
            "context has peer || !(context has peer)",
        ] {
            assert_eq!(when(condition), ["MG0518"], "{condition}");
        }
    }

    #[test]
    fn conditions_that_ask_for_something() {
        for condition in [
            "context.hour > 0",
            "context.method == \"POST\"",
            "context has peer",
            "resource.public || !resource.public",
            "resource in Namespace::\"risk\"",
            "principal in Group::\"corp/analysts\"",
        ] {
            assert!(!when(condition).contains(&"MG0518"), "{condition}");
        }
    }

    #[test]
    fn a_grant_to_everyone_stays_one() {
        let rule = "  allow:\n    - who: { everyone: true }\n      when: context.hour >= 0\n";
        assert_eq!(lints(rule), ["MG0506", "MG0518"]);
    }
}
