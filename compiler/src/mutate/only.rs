//! Some rules alone, by the id of one, of a file or of a namespace.

use std::collections::BTreeSet;

use crate::policy::{Policy, Rule};
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
