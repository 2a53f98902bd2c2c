//! What rules and declarations do beside the verdicts that follow from them: a change of theirs can let somebody in without one rule
//! that grants it anew. What a rule asks of requests is read of each, and refused where it cannot be read; and a declared name keeps its
//! other spellings away where servers read several alike.
//!
//! What proxies read is taken from what they would be told, not from the words of conditions, which say the same in many ways.

use std::collections::{BTreeMap, BTreeSet};

use policies::engine::{ADDED, LOCAL, folded};
use policies::facts;

use crate::lower::{self, Pattern};

use super::rules::Side;
use super::words;

/// What a change does for such reasons, each as a sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// what is or may be allowed newly
    pub opened: Vec<String>,
    /// what is refused newly
    pub closed: Vec<String>,
}

/// What differs. The sides must have all namespaces, where it [`is_due`].
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>) -> Beside {
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    let sides = [old, new].map(facts_of);
    for (install, [before, after]) in in_both(&sides) {
        for fact in before.difference(after) {
            opened.insert(unread(install, fact));
        }
        for fact in after.difference(before) {
            closed.insert(read(install, fact));
        }
    }
    opened.extend(spellings(old, new).into_iter().map(|(name, open)| {
        let (name, open) = (told(name), open.entry_name());
        format!("{name} is not named any more, whose other spellings were refused: they are names of `{open}` now")
    }));
    closed.extend(spellings(new, old).into_iter().map(|(name, open)| {
        let (name, open) = (told(name), open.entry_name());
        format!("{name} is named now, so that its other spellings are refused: they were names of `{open}`")
    }));
    Beside {
        opened: opened.into_iter().collect(),
        closed: closed.into_iter().collect(),
    }
}

fn told(name: &Pattern) -> String {
    format!("`{}/{}`", name.namespace, name.entry_name())
}

/// Whether what these namespaces change depends on what the others ask for.
#[must_use]
pub fn is_due(old: &Side<'_>, new: &Side<'_>) -> bool {
    let sides = [old, new].map(facts_of);
    in_both(&sides).any(|(_, [before, after])| before != after)
}

/// What the proxies of each install target read of requests, by its name.
type Everywhere<'s> = BTreeMap<&'s str, BTreeSet<String>>;

fn facts_of<'s>(side: &'s Side<'_>) -> Everywhere<'s> {
    let installs = side.policy.gate.installs.iter();
    let facts = |install| lower::facts(&side.table, side.policy, install);
    installs
        .map(|install| (install.name.as_str(), facts(install)))
        .collect()
}

/// The same before and after; an install target that comes is told as a change of the gate.
fn in_both<'k, 's>(
    [before, after]: &'k [Everywhere<'s>; 2],
) -> impl Iterator<Item = (&'s str, [&'k BTreeSet<String>; 2])> {
    let after = after.iter();
    after.filter_map(|(name, after)| Some((*name, [before.get(name)?, after])))
}

/// What was read of requests, and refused where it could not be, and is not any more.
fn unread(install: &str, fact: &str) -> String {
    format!(
        "no rule at `{install}` asks for {} any more: a request that was refused because it could not be read, is malformed or is named twice may be allowed",
        words::fact(fact)
    )
}

/// What is read of requests now, and refuses those in which it cannot be.
fn read(install: &str, fact: &str) -> String {
    let form = match fact {
        facts::VERSION => "that names one in a form which servers read differently, or two",
        facts::ADDRESS => "without one that the proxy knows",
        _ => "that has it twice, with `_` for `-`, too long or not as a text",
    };
    format!(
        "a rule at `{install}` asks for {} now: a request {form} is refused, whatever else it asks for",
        words::fact(fact)
    )
}

/// Names that only one side has, each with a beginning of the other which stands for other spellings of it: they are refused where the
/// name is.
fn spellings<'s>(one: &'s Side<'_>, other: &'s Side<'_>) -> Vec<(&'s Pattern, &'s Pattern)> {
    let [here, there] =
        [one, other].map(|side| -> BTreeSet<&Pattern> { side.declared.spelled().collect() });
    let like = |pattern: &Pattern| folded(&pattern.name).to_ascii_lowercase();
    let alone = here.difference(&there).filter_map(|name| {
        let own = || {
            there
                .iter()
                .filter(|other| other.namespace == name.namespace)
        };
        if own().any(|other| other.open == name.open && like(other) == like(name)) {
            return None;
        }
        let spelt = spelt(&name.name);
        let covers = |pattern: &&&Pattern| {
            let begins = pattern.name.to_ascii_lowercase();
            let is = |(before, name): &(usize, String)| {
                *before <= begins.len() && name.starts_with(&begins)
            };
            pattern.open && spelt.iter().any(is)
        };
        Some((*name, *own().find(covers)?))
    });
    alone.collect()
}

/// How a server that adds to names itself would take the name too, in small letters, each with the length of what is added before it.
fn spelt(name: &str) -> Vec<(usize, String)> {
    let (registry, library, tag) = ADDED;
    let plain = folded(name).to_ascii_lowercase();
    let begins = [
        "".to_owned(),
        library.to_owned(),
        registry.to_owned(),
        format!("{registry}{library}"),
    ];
    let spelt = begins.iter().flat_map(|begin| {
        ["", tag, LOCAL].map(|end| (begin.len(), format!("{begin}{plain}{end}")))
    });
    spelt.collect()
}

#[cfg(test)]
mod tests;
