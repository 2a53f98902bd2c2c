//! Many small changes of one policy, each compared with it: a few rules go, a few come, and only the models that these speak
//! of are looked at, with the other rules about them. It finds what [`super::compare`](super::compare()) finds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use crate::analysis::alike::Alike;
use crate::analysis::models::{self, Class};
use crate::analysis::rules::Side;
use crate::lower::{Pattern, Resources};

use super::edited::{self, Content};
use super::search::Search;
use super::{Cause, Comparison};

/// One policy about one namespace, and all rules that may come.
#[derive(Debug)]
pub struct Trials<'a> {
    side: &'a Side<'a>,
    namespace: &'a str,
    /// by position in the table: rules that say the same have the same number
    contents: Vec<usize>,
    /// how many of the policy's own rules say it
    counts: HashMap<usize, usize>,
    patterns: BTreeSet<Pattern>,
    alike: OnceLock<Alike<'a>>,
}

impl<'a> Trials<'a> {
    /// Of a table whose first rules, so many, are in force.
    #[must_use]
    pub fn of(side: &'a Side<'a>, own: usize, namespace: &'a str) -> Self {
        let mut numbers: BTreeMap<Content, usize> = BTreeMap::new();
        let contents = (0..side.table.rules.len()).map(|position| {
            let next = numbers.len();
            let content = edited::content(side, position);
            *numbers.entry(content).or_insert(next)
        });
        let contents: Vec<usize> = contents.collect();
        let mut counts = HashMap::new();
        for content in contents.iter().take(own) {
            *counts.entry(*content).or_default() += 1;
        }
        let rules = side.table.rules.iter().take(own);
        Self {
            patterns: models::patterns(namespace, &[&side.declared], rules),
            side,
            namespace,
            contents,
            counts,
            alike: OnceLock::new(),
        }
    }

    /// What differs when these of the policy's rules go and these others come, after all that stay. Of each difference every
    /// action is told, but not every model, and no principals.
    #[must_use]
    pub fn compare(&self, gone: &[usize], come: &[usize]) -> Comparison {
        let edited = self.edited(gone, come);
        let mut search = Search {
            edited: &edited,
            old: self.side,
            new: self.side,
            shapes: self.side.shapes.iter().collect(),
            found: BTreeMap::new(),
            in_full: false,
            alike: &self.alike,
            known: HashMap::new(),
        };
        for class in self.classes(&edited, come) {
            let kind = self.side.declared.kind(self.namespace, &class.example);
            let before = self.side.covering(&class);
            let after = self.after(&class, &before, gone, come);
            search.class(&class, [kind, kind], &[before, after]);
        }
        let causes: BTreeSet<Cause> = search.found.keys().map(|(_, cause)| *cause).collect();
        Comparison {
            unchanged: edited::silent(self.side, self.side, &edited, &causes),
            changes: search.found.into_values().collect(),
        }
    }

    /// The rules that the other policy does not have, whatever they are called.
    fn edited(&self, gone: &[usize], come: &[usize]) -> BTreeSet<Cause> {
        let said = |content: usize| self.counts.get(&content).copied().unwrap_or_default();
        let times = |rules: &[usize], content: usize| {
            let same = rules.iter().filter(|rule| self.contents[**rule] == content);
            same.count()
        };
        let lost = |rule: &&usize| {
            let content = self.contents[**rule];
            times(come, content) == 0 && times(gone, content) == said(content)
        };
        let new = |rule: &&usize| said(self.contents[**rule]) == 0;
        let lost = gone.iter().filter(lost).copied().map(Cause::Old);
        let new = come.iter().filter(new).copied().map(Cause::New);
        lost.chain(new).collect()
    }

    /// The classes of models that an edited rule speaks of; servers, about which most rules are, last: what is told of models
    /// need not be asked about them.
    fn classes(&self, edited: &BTreeSet<Cause>, come: &[usize]) -> Vec<Class> {
        let come = come.iter().map(|position| self.side.rule(*position));
        let new = models::named(self.namespace, &[&self.side.declared], come);
        let mut near: BTreeSet<Pattern> = BTreeSet::new();
        for cause in edited {
            let (Cause::Old(position) | Cause::New(position)) = cause;
            match &self.side.rule(*position).resources {
                Resources::All => near.extend(self.patterns.union(&new).cloned()),
                Resources::Of(named) => {
                    let all = named.iter().flat_map(|pattern| {
                        let own = models::within(pattern, &self.patterns);
                        own.chain(models::within(pattern, &new))
                    });
                    near.extend(all.cloned());
                }
            }
        }
        let mut classes = models::among(&near, &near);
        classes.sort_by_key(Class::is_server);
        classes
    }

    fn after(&self, class: &Class, before: &[usize], gone: &[usize], come: &[usize]) -> Vec<usize> {
        let name = Pattern::exact(self.namespace, &class.example);
        let covers = |position: &&usize| self.side.rule(**position).resources.covers(&name);
        let stay = before.iter().filter(|position| !gone.contains(position));
        let come = come.iter().filter(covers);
        stay.chain(come).copied().collect()
    }
}
