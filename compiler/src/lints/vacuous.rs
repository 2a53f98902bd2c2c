//! MG0501: no request can ever match the rule. A deny like this denies nothing, an allow allows nothing. Lists do not count where
//! the rule is about more: they come with every action that asks a model for output.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::Effect;

use crate::analysis::answers::{Besides, Numbered};
use crate::analysis::places::Obstacle;
use crate::analysis::rules::written_id;
use crate::analysis::{Side, words};
use crate::diagnostic::Diagnostic;
use crate::lower::Resources;

use super::{Rules, warning};

/// Adds what it finds; the rules that it found.
pub fn lint(rules: &Rules<'_>, found: &mut Vec<Diagnostic>) -> BTreeSet<usize> {
    let mut vacuous = BTreeSet::new();
    for parts in rules.parts.values() {
        let matches = |position: &usize| {
            let mut places = rules.places(*position);
            places.any(|there| rules.can(there, *position, Besides::Anything))
        };
        let does = |position: &usize| {
            let mut places = meant(rules, *position);
            places.any(|there| rules.can(there, *position, Besides::Anything))
        };
        let Some(first) = parts.first() else { continue };
        if parts.iter().any(does) {
            continue;
        }
        let message = if parts.iter().any(matches) {
            "matches no request but for lists of models"
        } else {
            "can never match a request"
        };
        found.push(rules.warning("MG0501", *first, message, &help(rules, parts)));
        vacuous.extend(parts);
    }
    vacuous
}

/// Adds the rules whose condition leaves none of the models that they are about, so that they are about no namespace.
pub fn nowhere(side: &Side<'_>, found: &mut Vec<Diagnostic>) {
    let nothing = Resources::of([]);
    let rules = side.table.rules.iter().enumerate();
    let own = rules.filter(|(_, rule)| rule.effect != Effect::Guardrail);
    let (mut first, mut rest) = (BTreeMap::new(), Vec::new());
    for (position, rule) in own {
        match rule.resources == nothing {
            true => _ = first.entry(written_id(&rule.id)).or_insert(position),
            false => rest.push(&rule.id),
        }
    }
    // another part of the rule may be about some
    if !first.is_empty() {
        for id in rest {
            first.remove(written_id(id));
        }
    }
    for position in first.into_values() {
        let message = "can never match a request";
        let help = "its condition asks for models that are not the rule's, or that its file does not declare: change it or take the rule out";
        found.push(warning(side, "MG0501", position, message, help));
    }
}

/// Where the rule can match what it is written for.
fn meant<'r>(rules: &'r Rules<'_>, position: usize) -> impl Iterator<Item = &'r Numbered> {
    let actions = &rules.side.rule(position).actions;
    let is_more = |actions: &[Action]| actions.iter().any(|action| *action != Action::List);
    let more = is_more(actions);
    let places = rules.places(position);
    places.filter(move |there| !more || is_more(&there.place.actions))
}

fn help(rules: &Rules<'_>, parts: &[usize]) -> String {
    let mut places = parts.iter().flat_map(|position| meant(rules, *position));
    if places.next().is_some() {
        return unmet(obstacle(rules, parts));
    }
    let actions = parts
        .iter()
        .map(|position| &rules.side.rule(*position).actions);
    let mut actions: BTreeSet<Action> = actions.flatten().copied().collect();
    if actions.len() > 1 {
        actions.remove(&Action::List);
    }
    let actions: Vec<Action> = actions.into_iter().collect();
    format!(
        "its models' protocol has no request that does `{}`: name what they can do, or take the rule out",
        words::actions(&actions, |_| true).join("`, `")
    )
}

/// The first that there is; of methods all that such requests have. Places with the methods of one that was asked about are not asked.
fn obstacle(rules: &Rules<'_>, parts: &[usize]) -> Option<Obstacle> {
    let (mut seen, mut known) = (BTreeSet::new(), BTreeSet::new());
    for position in parts {
        for there in meant(rules, *position) {
            if seen.contains(&there.place.methods) {
                continue;
            }
            match rules.side.obstacle(&there.place, *position) {
                Some(Obstacle::Method(methods)) => {
                    seen.insert(there.place.methods);
                    known.extend(methods);
                }
                Some(other) if known.is_empty() => return Some(other),
                _ => {}
            }
        }
    }
    let methods = known.into_iter().collect();
    (!seen.is_empty()).then_some(Obstacle::Method(methods))
}

/// A condition that no request meets.
fn unmet(obstacle: Option<Obstacle>) -> String {
    match obstacle {
        Some(Obstacle::Method(methods)) => format!(
            "its condition asks for another method than such requests have, `{}`: change it or take the rule out",
            methods.join("`, `")
        ),
        Some(Obstacle::Public(true)) => {
            "its condition asks for a public model, and none of its models is declared with `public: true`".to_owned()
        }
        Some(Obstacle::Public(false)) => {
            "its condition asks for a model that is not public, and all of its models are declared with `public: true`".to_owned()
        }
        None => "parts of its condition exclude each other, or no model, no token and no time is like that (hours are 0 to 23, weekdays 1, Monday, to 7): change it or take the rule out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::lints::tests::{diagnostics, lints, when};

    #[test]
    fn conditions_that_contradict_themselves() {
        for condition in [
            "context.hour > 23",
            "context.hour < 6 && context.hour > 8",
            "context.weekday == 0",
            "context.method == \"GET\" && context.method == \"POST\"",
            "resource.name == \"other\"",
            "resource == Model::\"risk/other\"",
            "resource in Pattern::\"risk/other-*\"",
            "resource in Namespace::\"fraud\"",
            "resource in [Model::\"risk/a\", Model::\"risk/b\"]",
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
            "context.method != \"GET\"",
            "resource.name == \"churn-x\"",
            "context has version && context.version == \"4\"",
            "context has version && context.version != \"4x\"",
            "principal in Group::\"corp/other\" && !(principal in Group::\"corp/third\")",
        ] {
            assert_eq!(when(condition), [""; 0], "{condition}");
        }
    }

    #[test]
    fn actions_that_no_protocol_of_the_models_has() {
        let rules = |can: &str| {
            diagnostics(&format!(
                "  allow:\n    - who: {{ groups: [analysts] }}\n      can: [{can}]\n"
            ))
        };
        for (can, message) in [
            ("explain", "never match a request"),
            ("chat", "but for lists"),
        ] {
            let found = rules(can);
            assert_eq!(found[0].code, "MG0501");
            assert!(found[0].message.contains(message), "{}", found[0].message);
            let help = found[0].help.as_deref().unwrap();
            assert!(help.contains(&format!("does `{can}`")), "{help}");
        }
        for can in ["list", "chat, metadata", "predict"] {
            assert_eq!(rules(can), [], "{can}");
        }
    }

    #[test]
    fn methods_that_no_request_has() {
        let rules = |can: &str, method: &str| {
            lints(&format!(
                "  allow:\n    - who: {{ groups: [analysts] }}\n      can: [{can}]\n      when: context.method == \"{method}\"\n"
            ))
        };
        assert_eq!(rules("predict", "GET"), ["MG0501"]);
        assert_eq!(rules("metadata", "PATCH"), ["MG0501"]);
        assert_eq!(rules("metadata", "GET"), [""; 0]);
        assert_eq!(rules("metadata, manage", "POST"), [""; 0]);
    }

    #[test]
    fn the_cause_is_named() {
        for (condition, cause) in [
            (
                "context.method == \"GET\"",
                "another method than such requests have, `POST`",
            ),
            ("resource.public", "`public: true`"),
            ("context.hour > 23", "exclude each other"),
            ("resource.name == \"other\"", "no model"),
        ] {
            let found = diagnostics(&format!(
                "  allow:\n    - who: {{ groups: [analysts] }}\n      when: '{condition}'\n"
            ));
            let help = found[0].help.as_deref().unwrap();
            assert!(help.contains(cause), "{condition}: {help}");
        }
    }

    #[test]
    fn all_methods_are_named() {
        let found = diagnostics(
            "  allow:\n    - who: { groups: [analysts] }\n  deny:\n    - who: { groups: [interns] }\n      when: context.method == \"post\"\n",
        );
        let help = found[0].help.as_deref().unwrap();
        assert!(help.contains("`GET`, `POST`"), "{help}");
    }

    #[test]
    fn a_deny_that_denies_nothing() {
        let rules = "  allow:\n    - who: { groups: [analysts] }\n  deny:\n    - who: { serviceAccounts: [payments/checkout] }\n      when: context.hour > 23\n";
        assert_eq!(lints(rules), ["MG0501"]);
    }
}
