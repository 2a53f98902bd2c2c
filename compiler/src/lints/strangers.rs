//! MG0508, MG0509: groups and models that no list has, where lists are given. A misspelt group is nobody's: an allow grants nothing,
//! and a deny keeps nobody away.

use std::collections::BTreeSet;

use crate::analysis::Side;
use crate::diagnostic::Diagnostic;
use crate::policy::Term;

use super::known::{Groups, Known, Models};

/// Adds what it finds.
pub fn lint(side: &Side<'_>, known: &Known, found: &mut Vec<Diagnostic>) {
    if let Some(known) = &known.groups {
        groups(side, known, found);
    }
    if let Some(known) = &known.models {
        models(side, known, found);
    }
}

/// Those of rules and of their conditions, and those of guardrails. What a role of the namespace names is told of there.
fn groups(side: &Side<'_>, known: &Groups, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for (position, rule) in side.table.rules.iter().enumerate() {
        let place = side.shown(position).span;
        let namespace = rule.id.split('/').next().unwrap_or_default();
        for term in rule.names() {
            let Some(Term::Group(id)) = side.term(term) else {
                continue;
            };
            let role = side.policy.roles.get(&(namespace.to_owned(), id.clone()));
            let span = role.copied().unwrap_or(place);
            if known.has(id) || !told.insert((span, id)) {
                continue;
            }
            let message = format!("the list of groups has no `{id}`");
            let help = known.meant(id).map_or_else(
                || "write a group of the list, or bring the list up to date".to_owned(),
                |name| format!("did you mean `{}`?", plain(&name, side)),
            );
            found.push(Diagnostic::warning("MG0508", span, message).with_help(help));
        }
    }
}

/// As an access file writes it: a name of the default issuer stands alone.
fn plain<'n>(id: &'n str, side: &Side<'_>) -> &'n str {
    let gate = &side.policy.gate;
    let default = gate
        .default_issuer
        .and_then(|position| gate.issuers.get(position));
    let own = default.and_then(|issuer| id.strip_prefix(issuer.name.as_str()));
    own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(id)
}

fn models(side: &Side<'_>, known: &Models, found: &mut Vec<Diagnostic>) {
    for file in &side.policy.files {
        for model in &file.models {
            if known.has(&file.namespace, &model.name) {
                continue;
            }
            let message = format!(
                "the list of models has no `{}/{}`",
                file.namespace, model.name
            );
            let help = known.meant(&file.namespace, &model.name).map_or_else(
                || "write a model of the list, or bring the list up to date".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            found.push(Diagnostic::warning("MG0509", model.span, message).with_help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lints::known::{Groups, Known, Models};
    use crate::lints::tests::{knowing, told};

    fn groups(list: &str, rules: &str) -> Vec<&'static str> {
        let groups = Some(Groups::read(list).unwrap());
        let known = Known {
            groups,
            ..Known::default()
        };
        knowing(&known, rules)
    }

    #[test]
    fn groups_that_no_list_has() {
        let rule = "  allow:\n    - who: { groups: [analysts] }\n";
        assert_eq!(groups("leads", rule), ["MG0508"]);
        assert_eq!(groups("corp/analysts", rule), [""; 0]);
        let deny = "  allow:\n    - who: { groups: [a] }\n  deny:\n    - who: { groups: [b] }\n      when: '!(principal in Group::\"corp/c\")'\n";
        assert_eq!(groups("a\nc", deny), ["MG0508"]);
        assert_eq!(groups("a\nb", deny), ["MG0508"]);
        assert_eq!(groups("a\nb\nc", deny), [""; 0]);
    }

    #[test]
    fn a_group_of_a_role_is_marked_in_the_role() {
        let known = Known {
            groups: Some(Groups::read("leads").unwrap()),
            ..Known::default()
        };
        let roles = "    - who: { roles: [a] }\n    - who: { roles: [a], groups: [others] }\n---\napiVersion: modelgate.dev/v1alpha1\nkind: Roles\n\
            metadata: { namespace: risk, name: people }\nspec:\n  roles:\n    - { name: a, who: { groups: [staff] } }\n";
        let found = told(&known, &format!("  allow:\n{roles}"));
        let lines: Vec<(&str, usize)> = found
            .iter()
            .filter(|found| found.code == "MG0508")
            .map(|found| (found.message.rsplit('/').next().unwrap(), found.span.line))
            .collect();
        assert_eq!(lines, [("others`", 9), ("staff`", 16)]);
    }

    #[test]
    fn a_group_is_suggested_as_it_is_written() {
        let help = |list: &str| {
            let known = Known {
                groups: Some(Groups::read(list).unwrap()),
                ..Known::default()
            };
            let found = told(&known, "  allow:\n    - who: { groups: [analysts] }\n");
            found.into_iter().find_map(|found| found.help)
        };
        let meant = |name: &str| Some(format!("did you mean `{name}`?"));
        assert_eq!(help("corp/analists\npartner/analysts"), meant("analists"));
        assert_eq!(help("partner/analysts"), meant("partner/analysts"));
    }

    #[test]
    fn models_that_no_list_has() {
        let models = |list: &str| {
            let models = Some(Models::read(list).unwrap());
            let known = Known {
                models,
                ..Known::default()
            };
            knowing(&known, "  allow:\n    - who: { groups: [analysts] }\n")
        };
        assert_eq!(models("risk/chrun-3\nfraud/churn-3"), ["MG0509"]);
        assert_eq!(models("risk/churn-3"), [""; 0]);
    }
}
