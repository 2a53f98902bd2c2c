//! What is known by names of models, each whole or a beginning, and found by the names that these cover.

use std::collections::BTreeMap;

use crate::lower::Pattern;

/// Values by names of one namespace.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Names<T> {
    whole: BTreeMap<String, Vec<T>>,
    beginnings: BTreeMap<String, Vec<T>>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            whole: BTreeMap::new(),
            beginnings: BTreeMap::new(),
        }
    }
}

impl<T> Names<T> {
    /// Adds a value.
    pub(super) fn add(&mut self, pattern: &Pattern, value: T) {
        let names = if pattern.open {
            &mut self.beginnings
        } else {
            &mut self.whole
        };
        // the name is copied once, not for each of its values
        if let Some(values) = names.get_mut(&pattern.name) {
            values.push(value);
        } else {
            names.insert(pattern.name.clone(), vec![value]);
        }
    }

    /// The values of whatever covers the name, the longest match first.
    pub(super) fn covering<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [T]> {
        self.whole
            .get(name)
            .map(Vec::as_slice)
            .into_iter()
            .chain(self.beginnings_of(name))
    }

    /// Whether one value's pattern covers every name that this one covers.
    pub(super) fn covers(&self, pattern: &Pattern) -> bool {
        let whole = !pattern.open && self.whole.contains_key(&pattern.name);
        whole || self.beginnings_of(&pattern.name).next().is_some()
    }

    /// The same of beginnings alone.
    pub(super) fn beginnings_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [T]> {
        let ends = (0..=name.len()).rev();
        ends.filter_map(|end| self.beginnings.get(name.get(..end)?))
            .map(Vec::as_slice)
    }
}
