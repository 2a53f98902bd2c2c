//! MG0515: a user, group or workload that is called like all of them. It is one of that name, so that an allow of `everyone` lets nobody in,
//! and a deny keeps nobody away. Where a list of groups has such a group, it is meant.

use crate::diagnostic::Diagnostic;
use crate::policy::{Policy, Rule, Term};
use crate::syntax::advice::ALL;

use super::known::Known;

/// Adds what it finds.
pub fn lint(policy: &Policy, known: &Known, found: &mut Vec<Diagnostic>) {
    for rule in policy.files.iter().flat_map(|file| &file.rules) {
        let all = rule.all.iter().flatten();
        let named = rule.who.iter().chain(all);
        if let Some(term) = named.into_iter().find(|term| is_all(term, known)) {
            found.push(told(rule, term));
        }
    }
}

fn is_all(term: &Term, known: &Known) -> bool {
    let (Term::User(id) | Term::Group(id) | Term::ServiceAccount(id)) = term;
    let name = id.split_once('/').map_or(id.as_str(), |(_, name)| name);
    let listed = match term {
        Term::Group(id) => known.groups.as_ref().is_some_and(|groups| groups.has(id)),
        _ => false,
    };
    ALL.contains(&name.to_ascii_lowercase().as_str()) && !listed
}

fn told(rule: &Rule, term: &Term) -> Diagnostic {
    let (kind, id) = match term {
        Term::User(id) => ("user", id),
        Term::Group(id) => ("group", id),
        Term::ServiceAccount(id) => ("service account", id),
    };
    let name = rule.id.rsplit('/').next().unwrap_or_default();
    let effect = if rule.denies {
        "denies nothing to anybody else"
    } else {
        "grants nothing to anybody else"
    };
    let message = format!("`{name}` names the {kind} `{id}`, and {effect}");
    let help = "everyone who is signed in is `who: { everyone: true }`";
    Diagnostic::warning("MG0515", rule.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::lints::known::{Groups, Known};
    use crate::lints::tests::{knowing, lints};

    #[test]
    fn names_that_sound_like_everybody() {
        let who = |rule: &str| lints(&format!("  allow:\n    - who: {{ {rule} }}\n"));
        for rule in [
            "groups: [everyone]",
            "groups: [analysts, All]",
            "users: [anybody, anyone]",
            "groups: [analysts], all: [{ groups: [everybody] }]",
        ] {
            assert_eq!(who(rule), ["MG0515"], "{rule}");
        }
        for rule in ["groups: [all-hands]", "users: [ann]"] {
            assert_eq!(who(rule), [""; 0], "{rule}");
        }
    }

    #[test]
    fn a_group_of_the_list_is_meant() {
        let known = Known {
            groups: Some(Groups::read("everyone").unwrap()),
            ..Known::default()
        };
        let rule = "  allow:\n    - who: { groups: [everyone] }\n";
        assert_eq!(knowing(&known, rule), [""; 0]);
    }
}
