//! Names that a server could take for one that is declared, or that a rule tells from others: they are refused. As the filter does
//! ([`policies::engine::Engine::is_other_spelling`]).

use std::collections::BTreeMap;

use policies::engine::{folded, is_odd, plain};

use crate::lower::Pattern;

/// The names and beginnings of one namespace whose servers read several spellings alike, by how they read them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Spelled {
    whole: BTreeMap<String, Vec<Pattern>>,
    beginnings: BTreeMap<String, Vec<Pattern>>,
}

impl Spelled {
    /// Adds a name or a beginning.
    pub(super) fn add(&mut self, pattern: &Pattern) {
        let (names, read) = if pattern.open {
            (&mut self.beginnings, plain(&pattern.name))
        } else {
            (&mut self.whole, folded(&pattern.name))
        };
        let same = names.entry(read.to_ascii_lowercase()).or_default();
        if !same.contains(pattern) {
            same.push(pattern.clone());
        }
    }

    /// What a server could take the name for, which is another to the letter.
    pub(super) fn other(&self, name: &str) -> Option<&Pattern> {
        let read = folded(name).to_ascii_lowercase();
        let alike = self.whole.get(&read);
        let mut alike = alike.into_iter().flatten().peekable();
        if let Some(first) = alike.peek().copied() {
            let is_same = alike.any(|known| known.name == name);
            return (!is_same).then_some(first);
        }
        let read = plain(name).to_ascii_lowercase();
        let begins = (0..=read.len()).filter_map(|end| self.beginnings.get(read.get(..end)?));
        begins
            .flatten()
            .find(|known| !name.starts_with(&known.name))
    }

    /// Whether the name has more before it that a server would add than the beginning which stands for it, or an unusual word for its
    /// cloud: of no beginning can be said what such names are.
    pub(super) fn hides(&self, name: &str) -> bool {
        let before = name.len() - plain(name).len();
        let begun = |known: &&Pattern| known.name.len() >= before && name.starts_with(&known.name);
        let named = |known: &Pattern| known.name == name;
        let beginnings = || self.beginnings.values().flatten();
        (is_odd(name) || before > 0 && !beginnings().any(|known| begun(&known)))
            && !self.whole.values().flatten().any(named)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Pattern> {
        let all = self.whole.values().chain(self.beginnings.values());
        all.flatten()
    }
}
