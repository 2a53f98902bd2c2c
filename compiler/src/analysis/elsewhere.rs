//! What is wrong in the namespaces that a question is not about. Their rules are not asked about, and still an answer about files
//! with errors is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::policy::{AccessFile, Gate, Policy, Rule, Term};

use super::Side;

/// What a compile would refuse of all other namespaces than these, where it refuses nothing of these and of the guardrails. What is
/// written in Cedar is wrong whomever and whichever models the rule names: so of the rules with one condition, and with the same around
/// it but for names, the first is tried. Where servers read several spellings of a name alike, all that is declared is, and all rules
/// that refuse something or have a condition.
#[must_use]
pub fn problems(whole: &Policy, asked: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let mut known = BTreeSet::new();
    let mut files = Vec::new();
    let others = whole.files.iter();
    for file in others.filter(|file| !asked.contains(file.namespace.as_str())) {
        let folds = folds(file);
        let rules = file.rules.iter().filter(|rule| {
            let is_first = rule.when.is_some() && known.insert(but_for_names(rule, &whole.gate));
            is_first || folds && (rule.denies || rule.when.is_some())
        });
        let rules: Vec<Rule> = rules.cloned().collect();
        if folds || !rules.is_empty() {
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
    let guardrails = whole.gate.guardrails.clone();
    let gate = Gate {
        guardrails: guardrails.filter(|_| files.iter().any(folds)),
        ..whole.gate.clone()
    };
    let policy = Policy {
        gate,
        files,
        roles: BTreeMap::new(),
    };
    Side::new(&policy).err().unwrap_or_default()
}

/// Whether names of its models are compared with others (MG0330).
fn folds(file: &AccessFile) -> bool {
    let mut models = file.models.iter();
    models.any(|model| model.api.profile().folds_names)
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
    use crate::policy::Model;
    use policies::action::Action;
    use policies::bundle::Api;

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
    fn names_of_other_namespaces_are_held_against_each_other() {
        let found = |names: &[&str], denied: &[&str], guardrail: Option<&str>| {
            let grant = allow("allow[0]", &[user("corp/ann")], &[Action::Predict], names);
            let refused = deny("deny[0]", &[group("corp/a")], &[Action::Predict], denied);
            let mut policy = policy_with(vec![grant, refused], guardrail);
            let model = policy.files[0].models[0].clone();
            let models = names.iter().map(|name| Model {
                name: (*name).to_owned(),
                api: Api::OpenAi,
                ..model.clone()
            });
            policy.files[0].models = models.collect();
            let found = problems(&policy, &BTreeSet::new());
            found.iter().map(|problem| problem.code).collect::<Vec<_>>()
        };
        assert_eq!(found(&["scorer"], &["scorer"], None), [""; 0]);
        assert_eq!(found(&["scorer", "Scorer"], &["scorer"], None), ["MG0330"]);
        assert_eq!(found(&["s*", "Scorer"], &["scorer"], None), ["MG0330"]);
        let guardrail =
            "forbid (principal in Group::\"corp/a\", action, resource == Model::\"fraud/scorer\");";
        assert_eq!(
            found(&["scorer:*"], &["scorer:*"], Some(guardrail)),
            ["MG0330"]
        );
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
