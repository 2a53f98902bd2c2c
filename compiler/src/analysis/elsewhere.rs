//! What is wrong in the namespaces that a question is not about. Their rules are not asked about, and still an answer about files
//! with errors is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, Gate, Policy, Rule, Term};

use super::Side;

/// What a compile would refuse of the rules of all other namespaces than these. Only what is written in Cedar can be wrong in a
/// [`Policy`], and it is wrong whomever and whichever models the rule names: so of the rules with one condition, and with the same
/// around it but for names, the first is tried.
#[must_use]
pub fn problems(whole: &Policy, asked: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let mut known = BTreeSet::new();
    let mut files = Vec::new();
    let others = whole.files.iter();
    for file in others.filter(|file| !asked.contains(file.namespace.as_str())) {
        let rules = file.rules.iter().filter(|rule| rule.when.is_some());
        let first = rules.filter(|rule| known.insert(but_for_names(rule, &whole.gate)));
        let rules: Vec<Rule> = first.cloned().collect();
        if !rules.is_empty() {
            files.push(AccessFile {
                namespace: file.namespace.clone(),
                name: file.name.clone(),
                models: file.models.clone(),
                rules,
            });
        }
    }
    if files.is_empty() {
        return Vec::new();
    }
    let gate = Gate {
        guardrails: None,
        ..whole.gate.clone()
    };
    let policy = Policy {
        gate,
        files,
        roles: BTreeMap::new(),
    };
    Side::new(&policy).err().unwrap_or_default()
}

/// All of a rule that Cedar's types and the table's limits can depend on.
fn but_for_names<'a>(rule: &'a Rule, gate: &'a Gate) -> impl Ord + use<'a> {
    let kinds = |terms: &'a BTreeSet<Term>| -> BTreeSet<(u8, &'a str)> {
        terms.iter().map(|term| kind(term, gate)).collect()
    };
    let all: Vec<_> = rule.all.iter().map(kinds).collect();
    (
        rule.when.as_ref().map(|when| when.text.as_str()),
        (rule.denies, rule.everyone, &rule.actions),
        (kinds(&rule.who), all, kinds(&rule.through)),
        (rule.until.is_some(), rule.versions.is_empty()),
    )
}

/// What a principal is besides its name: of a machine, whose tokens name it.
fn kind<'a>(term: &'a Term, gate: &Gate) -> (u8, &'a str) {
    let owner = term.id().split_once('/').map_or("", |(owner, _)| owner);
    match term {
        Term::User(_) => (0, ""),
        Term::Group(_) => (1, ""),
        Term::ServiceAccount(_) if gate.is_workload(term) => (2, ""),
        Term::ServiceAccount(_) => (3, owner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{allow, deny, group, policy_with, until, user, when};
    use policies::action::Action;

    fn found(rules: Vec<Rule>, asked: &[&str]) -> Vec<&'static str> {
        let policy = policy_with(rules, None);
        let found = problems(&policy, &asked.iter().copied().collect());
        found.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn conditions_of_other_namespaces_are_tried() {
        let rule = |id: &str, who: Term| allow(id, &[who], &[Action::Predict], &["risk-x"]);
        let wrong = || when(rule("allow[0]", user("corp/ann")), "principal is User");
        let right = || when(rule("allow[1]", user("corp/ann")), "context.hour >= 6");
        assert_eq!(found(vec![wrong(), right()], &["fraud"]), [""; 0]);
        assert_eq!(found(vec![right()], &[]), [""; 0]);
        assert_eq!(found(vec![right(), wrong()], &["risk"]).len(), 1);
    }

    #[test]
    fn of_rules_that_differ_in_names_one_is_tried() {
        let rule = |id: &str, who: Term| {
            let rule = allow(id, &[who], &[Action::Predict], &["risk-x"]);
            when(rule, "principal is User")
        };
        let alike = vec![
            rule("allow[0]", user("corp/ann")),
            rule("allow[1]", user("corp/bob")),
        ];
        assert_eq!(found(alike, &[]).len(), 1);
        let others = vec![
            rule("allow[0]", user("corp/ann")),
            rule("allow[1]", group("corp/a")),
            until(rule("allow[2]", user("corp/ann")), "2027-01-01T06:00:00Z"),
            when(
                deny(
                    "deny[0]",
                    &[user("corp/ann")],
                    &[Action::Predict],
                    &["risk-x"],
                ),
                "principal is User",
            ),
        ];
        assert_eq!(found(others, &[]).len(), 4);
    }
}
