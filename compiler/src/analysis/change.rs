//! What a change of the files lets whom do, and what it takes away: every class of requests that two policies judge
//! differently, each with the rule that makes the difference and a request that shows it.
//!
//! Only a rule that was added, taken out or changed can make a difference, or a model that is declared otherwise. So those
//! are asked about, for every class of models and every action that they speak of; where none of them finds a request, there
//! is none.

mod division;
mod edited;
mod near;
mod neighbours;
mod partners;
mod place;
mod question;
mod search;
mod showing;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;

use crate::lower::Pattern;
use crate::policy::Term;

use super::caller::Shape;
use super::example::Example;
use super::rules::Side;
use super::words;

pub use division::{Division, Found};
pub use edited::touched;
pub use trials::{Trial, Trials};

/// Which way a request's verdict changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// it was refused and is allowed
    Allowed,
    /// it was allowed and is refused
    Denied,
}

/// A rule of one of the two policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// it was there, by position
    Old(usize),
    /// it is there
    New(usize),
}

/// What one rule changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// allowed or denied
    pub direction: Direction,
    /// the rule
    pub cause: Cause,
    /// what is changed: each class of models and action, and where the rule grants, for whom of those that it names
    pub places: BTreeMap<(Pattern, Action), BTreeSet<Term>>,
    /// what can be done at all with each class of models
    offered: BTreeMap<Pattern, BTreeSet<Action>>,
    /// a request
    pub example: Example,
    /// what decided it before: positions in the old table
    pub before: Vec<usize>,
    /// what decides it now: positions in the new table
    pub after: Vec<usize>,
}

/// Places of a change that are told together: all these principals, all these actions, all these models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// empty where the rule denies
    pub who: BTreeSet<Term>,
    /// sorted
    pub actions: Vec<Action>,
    /// they, as one would write them for these models
    pub words: Vec<String>,
    /// classes of names
    pub models: BTreeSet<Pattern>,
}

/// All that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// sorted: first what is allowed newly
    pub changes: Vec<Change>,
    /// rules that were edited, added or taken out, and change no verdict
    pub unchanged: Vec<Cause>,
}

impl Cause {
    /// Where the rule is in its table.
    const fn position(self) -> usize {
        match self {
            Self::Old(position) | Self::New(position) => position,
        }
    }

    /// The number of its policy, and of the other.
    const fn sides(self) -> (usize, usize) {
        match self {
            Self::Old(_) => (0, 1),
            Self::New(_) => (1, 0),
        }
    }

    /// A rule of the other policy.
    const fn opposite(self, position: usize) -> Self {
        match self {
            Self::Old(_) => Self::New(position),
            Self::New(_) => Self::Old(position),
        }
    }

    /// Which way a verdict can change because of a rule that grants, or denies.
    const fn direction(self, grants: bool) -> Direction {
        match (self, grants) {
            (Self::New(_), true) | (Self::Old(_), false) => Direction::Allowed,
            (Self::Old(_), true) | (Self::New(_), false) => Direction::Denied,
        }
    }
}

impl Change {
    /// An example about a model says more than one about its server.
    fn is_about_server(&self) -> bool {
        self.example.model.starts_with('@')
    }

    /// What is changed, in as few parts as say exactly that.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let mut actions: BTreeMap<(&BTreeSet<Term>, &Pattern), Vec<Action>> = BTreeMap::new();
        for ((model, action), who) in &self.places {
            actions.entry((who, model)).or_default().push(*action);
        }
        let mut models: BTreeMap<_, BTreeSet<Pattern>> = BTreeMap::new();
        for ((who, model), actions) in actions {
            let offered = self.offered.get(model);
            let is_offered = |action| offered.is_some_and(|offered| offered.contains(&action));
            let words = words::actions(&actions, is_offered);
            models
                .entry((who, actions, words))
                .or_default()
                .insert(model.clone());
        }
        let part = |((who, actions, words), models): ((&BTreeSet<Term>, _, _), _)| Part {
            who: who.clone(),
            actions,
            words,
            models,
        };
        models.into_iter().map(part).collect()
    }
}

impl Comparison {
    /// Whether something became allowed.
    #[must_use]
    pub fn allows(&self) -> bool {
        let allowed = |change: &Change| change.direction == Direction::Allowed;
        self.changes.iter().any(allowed)
    }
}

/// Compares two policies.
#[must_use]
pub fn compare(old: &Side<'_>, new: &Side<'_>) -> Comparison {
    let division = Division::of(old, new);
    let parts = division.parts();
    division.join(parts.map(|namespaces| division.search(namespaces)))
}

/// The kinds of callers of both; of one that both know, as it is now. Their requests can say what rules of either ask for.
fn shapes(old: &Side<'_>, new: &Side<'_>) -> Vec<Shape> {
    let gone = old
        .shapes
        .iter()
        .filter(|shape| !new.shapes.iter().any(|known| known.kind == shape.kind));
    let all = new.shapes.iter().chain(gone).cloned();
    let others = || old.shapes.first().into_iter().chain(new.shapes.first());
    all.map(|shape| others().fold(shape, Shape::saying))
        .collect()
}
