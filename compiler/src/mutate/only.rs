//! Some rules alone: by the id of one, of a file or of a namespace, or those that were edited.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::grammar::covers;
use crate::policy::{AccessFile, Policy, Rule};
use crate::syntax::suggest;

/// Whether a rule is the one with this id, or in the file or the namespace that is called so.
#[must_use]
pub fn is_within(rule: &Rule, id: &str) -> bool {
    let rest = rule.id.strip_prefix(id);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What could have been meant by an id that no rule is within: the files of its namespace, or the namespaces.
#[must_use]
pub fn meant(policy: &Policy, id: &str) -> String {
    let (namespace, _) = id.split_once('/').unwrap_or((id, ""));
    let own = policy
        .files
        .iter()
        .filter(|file| file.namespace == namespace);
    let mut names: BTreeSet<String> = own
        .map(|file| format!("{namespace}/{}", file.name))
        .collect();
    if names.is_empty() {
        names = policy
            .files
            .iter()
            .map(|file| file.namespace.clone())
            .collect();
    }
    suggest::help(id, names.iter().map(String::as_str), "there are")
}

/// The rules that were edited or added, by their numbers in the order of the files: no rule of the same file said the same before,
/// wherever it stood there, or a model that it speaks of was declared otherwise.
#[must_use]
pub fn edited(old: &Policy, new: &Policy) -> BTreeSet<usize> {
    let name = |file: &AccessFile| (file.namespace.clone(), file.name.clone());
    let before: BTreeMap<_, _> = old.files.iter().map(|file| (name(file), file)).collect();
    let mut edited = BTreeSet::new();
    let mut first = 0;
    for file in &new.files {
        let old = before.get(&name(file)).copied();
        let rules = old.into_iter().flat_map(|file| &file.rules);
        let known: BTreeSet<_> = rules.map(Rule::says).collect();
        let models = old.map_or_else(BTreeSet::new, |old| declared_otherwise(old, file));
        let otherwise = |name: &String| models.iter().any(|model| overlap(model, name));
        let rules = (first..).zip(&file.rules);
        let found = rules
            .filter(|(_, rule)| !known.contains(&rule.says()) || rule.models.iter().any(otherwise));
        edited.extend(found.map(|(number, _)| number));
        first += file.rules.len();
    }
    edited
}

/// Names and patterns that one of the two declares, and the other not at all or otherwise.
fn declared_otherwise<'a>(old: &'a AccessFile, new: &'a AccessFile) -> BTreeSet<&'a str> {
    let [old, new] = [old, new].map(|file| file.declares().collect::<BTreeSet<_>>());
    let unlike = old.symmetric_difference(&new);
    unlike.map(|(name, ..)| *name).collect()
}

fn overlap(one: &str, other: &str) -> bool {
    covers(one, other) || covers(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::vectors::GATE;
    use crate::source::Source;

    const ACCESS: &str = "\
apiVersion: modelgate.dev/v1alpha1
kind: ModelAccess
metadata: { namespace: risk, name: models }
spec:
  models:
    - { name: churn-*, api: open-inference }
    - { name: score, api: open-inference }
  allow:
    - who: { groups: [analysts] }
      models: [churn-a]
    - who: { groups: [analysts] }
      models: [score]
    - who: { groups: [leads] }
";

    /// The rules that a change of the file edits.
    fn with(old: &str, new: &str) -> Vec<usize> {
        assert!(ACCESS.contains(old), "`{old}` is not in the file");
        let gate = GATE.replace(
            "hosts: [risk.example.com]\n      backends: [{ service: score, api: open-inference }]",
            "hosts: [a.example.com, b.example.com]\n      backends:\n        \
             - { service: score, api: open-inference, hosts: [a.example.com] }\n        \
             - { service: more, api: triton, hosts: [b.example.com] }",
        );
        let policy = |access: &str| {
            let sources = [("gate.yaml", gate.as_str()), ("a.yaml", access)];
            let sources = sources.map(|(name, text)| Source {
                name: name.into(),
                bytes: text.into(),
            });
            let (loaded, found) = crate::load(&sources);
            loaded.unwrap_or_else(|| panic!("{found:?}")).policy
        };
        let rules = edited(&policy(ACCESS), &policy(&ACCESS.replace(old, new)));
        rules.into_iter().collect()
    }

    #[test]
    fn a_rule_about_a_model_that_is_declared_otherwise_is_edited() {
        assert_eq!(with("name: models", "name: models"), [0; 0]);
        assert_eq!(
            with(
                "[analysts] }\n      models: [score]",
                "[a] }\n      models: [score]"
            ),
            [1]
        );
        let (churn, score) = ("churn-*, api: open-inference", "score, api: open-inference");
        assert_eq!(
            with(churn, "churn-*, api: open-inference, public: true"),
            [0, 2]
        );
        assert_eq!(
            with(score, "score, api: open-inference, public: true"),
            [1, 2]
        );
        assert_eq!(with(score, "score, api: triton"), [1, 2]);
        let more = "score, api: open-inference }\n    - { name: churn-a, api: triton";
        assert_eq!(with(score, more), [0, 2]);
    }
}
