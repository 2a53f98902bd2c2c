//! A comparison in two parts that know nothing of each other. The compiler has no threads; who has two may give one part to each.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::Side;
use crate::analysis::alike::Alike;
use crate::analysis::caller::Shape;
use crate::analysis::numbered::Numbered;
use crate::lower::Resources;

use super::search::Search;
use super::{Cause, Change, Comparison, Direction, edited, shapes};

/// Two policies, and what is to be looked at.
#[derive(Debug)]
pub struct Division<'s> {
    old: &'s Side<'s>,
    new: &'s Side<'s>,
    edited: BTreeSet<Cause>,
    shapes: Vec<Shape>,
    alike: Alike<'s>,
    /// sorted
    touched: Vec<&'s str>,
    /// with more rules about a place, they are looked up by their principals
    pub(in crate::analysis) few: usize,
}

/// What one part found.
#[derive(Debug)]
pub struct Found(BTreeMap<(Direction, Cause), Change>);

impl<'s> Division<'s> {
    /// Looks for what was edited.
    #[must_use]
    pub fn of(old: &'s Side<'s>, new: &'s Side<'s>) -> Self {
        let edited = edited::rules(old, new);
        Self {
            touched: touched(old, new, &edited),
            shapes: shapes(old, new),
            alike: Alike::of(&[old, new]),
            few: 0,
            old,
            new,
            edited,
        }
    }

    /// The namespaces to look at, as two parts; the second has nothing where there is one alone.
    #[must_use]
    pub fn parts(&self) -> [&[&'s str]; 2] {
        let (first, then) = self.touched.split_at(self.touched.len().div_ceil(2));
        [first, then]
    }

    /// Looks at these namespaces.
    #[must_use]
    pub fn search(&self, namespaces: &[&str]) -> Found {
        let mut search = Search {
            edited: &self.edited,
            old: self.old,
            new: self.new,
            shapes: self.shapes.iter().collect(),
            found: BTreeMap::new(),
            near: None,
            alike: Some(&self.alike),
            known: Numbered::default(),
            few: self.few,
        };
        for namespace in namespaces {
            search.namespace(namespace);
        }
        Found(search.found)
    }

    /// What both parts found, in their order, as one search of both finds it.
    #[must_use]
    pub fn join(&self, [first, then]: [Found; 2]) -> Comparison {
        let mut found = first.0;
        for (key, change) in then.0 {
            match found.get_mut(&key) {
                Some(known) => known.join(change),
                None => drop(found.insert(key, change)),
            }
        }
        let causes: BTreeSet<Cause> = found.keys().map(|(_, cause)| *cause).collect();
        Comparison {
            unchanged: edited::silent(self.old, self.new, &self.edited, &causes),
            changes: found.into_values().collect(),
        }
    }
}

impl Change {
    /// The same change in places that come later: their example is told only where it says more.
    fn join(&mut self, mut later: Self) {
        if self.is_about_server() && !later.is_about_server() {
            std::mem::swap(self, &mut later);
        }
        // the names of a place are in one part alone
        self.places.append(&mut later.places);
        self.offered.append(&mut later.offered);
    }
}

/// The namespaces that an edited rule speaks of, or whose models are declared otherwise.
fn touched<'s>(old: &'s Side<'s>, new: &'s Side<'s>, edited: &BTreeSet<Cause>) -> Vec<&'s str> {
    let mut touched: BTreeSet<&str> = BTreeSet::new();
    let namespaces: BTreeSet<&str> = old
        .declared
        .namespaces()
        .chain(new.declared.namespaces())
        .collect();
    for cause in edited {
        let rule = match cause {
            Cause::Old(position) => old.rule(*position),
            Cause::New(position) => new.rule(*position),
        };
        match &rule.resources {
            Resources::All => touched.extend(&namespaces),
            Resources::Of(patterns) => {
                let named = patterns.iter().map(|pattern| pattern.namespace.as_str());
                touched.extend(named.filter_map(|name| namespaces.get(name)));
            }
        }
    }
    let otherwise = |namespace: &&&str| !old.declared.same(&new.declared, namespace);
    touched.extend(namespaces.iter().filter(otherwise));
    touched.into_iter().collect()
}
