//! Which tests can notice a change: those that ask about a model and an action that a changed rule speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use policies::action::Action;
use policies::audit::{AuditEvent, MAX_OTHERS};

use crate::lower::{Pattern, Resources, TableRule};

/// The tests, by what they ask.
#[derive(Debug, Default)]
pub(super) struct Asked {
    by_name: BTreeMap<Pattern, Vec<(usize, Action)>>,
    /// they ask about more than their events say
    always: BTreeSet<usize>,
    all: BTreeSet<usize>,
    /// by the workload at the other end
    by_peer: BTreeMap<String, Vec<usize>>,
}

/// No longer name of a model is taken for what was asked.
const LONGEST: usize = 200;

impl Asked {
    /// Adds a test by what its proxy would log. Nothing can notice that is refused before any rule is asked.
    pub(super) fn add(&mut self, test: usize, event: &AuditEvent) {
        let (Some(model), Some(action)) = (&event.model, event.action) else {
            return;
        };
        self.all.insert(test);
        let names = || std::iter::once(model).chain(&event.other_models);
        let plain = |name: &String| {
            name.len() <= LONGEST && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        let Some(namespace) = &event.namespace else {
            self.always.insert(test);
            return;
        };
        if event.other_models.len() >= MAX_OTHERS || !names().all(plain) {
            self.always.insert(test);
            return;
        }
        for name in names() {
            let name = Pattern::exact(namespace, name);
            self.by_name.entry(name).or_default().push((test, action));
        }
    }

    /// Adds a test whose request comes from this workload.
    pub(super) fn add_peer(&mut self, test: usize, peer: &str) {
        let tests = self.by_peer.entry(peer.to_owned()).or_default();
        tests.push(test);
    }

    /// Those whose requests come from this workload.
    pub(super) fn from(&self, peer: &str) -> &[usize] {
        self.by_peer.get(peer).map_or(&[], Vec::as_slice)
    }

    /// Those that one of these rules can be about, in order.
    pub(super) fn about<'a>(
        &self,
        rules: impl IntoIterator<Item = &'a TableRule>,
    ) -> BTreeSet<usize> {
        let mut found = self.always.clone();
        for rule in rules {
            match &rule.resources {
                Resources::All => return self.all.clone(),
                Resources::Of(patterns) => {
                    for pattern in patterns.iter() {
                        let asked = self.covered(pattern);
                        let asked = asked.filter(|(_, action)| rule.actions.contains(action));
                        found.extend(asked.map(|(test, _)| *test));
                    }
                }
            }
        }
        found
    }

    fn covered<'a>(&'a self, pattern: &'a Pattern) -> impl Iterator<Item = &'a (usize, Action)> {
        let first = Pattern::exact(&pattern.namespace, &pattern.name);
        let from = (Bound::Included(first), Bound::Unbounded);
        let near = self.by_name.range(from);
        near.take_while(|(name, _)| pattern.covers(name))
            .flat_map(|(_, tests)| tests)
    }
}
