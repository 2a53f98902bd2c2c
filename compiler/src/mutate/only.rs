//! Some rules alone: by the id of one, of a file or of a namespace, or those that were edited.

use std::collections::{BTreeMap, BTreeSet};

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
/// wherever it stood there.
#[must_use]
pub fn edited(old: &Policy, new: &Policy) -> BTreeSet<usize> {
    let name = |file: &AccessFile| (file.namespace.clone(), file.name.clone());
    let before: BTreeMap<_, _> = old
        .files
        .iter()
        .map(|file| (name(file), &file.rules))
        .collect();
    let mut edited = BTreeSet::new();
    let mut first = 0;
    for file in &new.files {
        let known: BTreeSet<_> = before
            .get(&name(file))
            .into_iter()
            .flat_map(|rules| rules.iter().map(Rule::says))
            .collect();
        let rules = (first..).zip(&file.rules);
        let unlike = rules.filter(|(_, rule)| !known.contains(&rule.says()));
        edited.extend(unlike.map(|(number, _)| number));
        first += file.rules.len();
    }
    edited
}
