//! What a change of the files lets whom do, and what it takes away: every class of requests that two policies judge
//! differently, each with the rule that makes the difference and a request that shows it.
//!
//! Only a rule that was added, taken out or changed can make a difference, or a model that is declared otherwise. So those
//! are asked about, for every class of models and every action that they speak of; where none of them finds a request, there
//! is none.

mod edited;

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{Api, Effect};

use crate::lower::{Pattern, Resources};
use crate::policy::Term;

use super::access::actions;
use super::caller::Shape;
use super::example::Example;
use super::formula::Formula;
use super::models::{self, Class, Kind};
use super::rules::{Relevant, Side, Target};
use super::solve::solve;

pub use edited::touched;

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
        let mut models: BTreeMap<(&BTreeSet<Term>, Vec<Action>), BTreeSet<Pattern>> =
            BTreeMap::new();
        for ((who, model), actions) in actions {
            models
                .entry((who, actions))
                .or_default()
                .insert(model.clone());
        }
        let part = |((who, actions), models): ((&BTreeSet<Term>, _), _)| Part {
            who: who.clone(),
            actions,
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
    let edited = edited::rules(old, new);
    let mut search = Search {
        old,
        new,
        shapes: shapes(old, new),
        found: BTreeMap::new(),
    };
    let mut touched: BTreeSet<&str> = BTreeSet::new();
    let namespaces: BTreeSet<&str> = old
        .declared
        .namespaces()
        .chain(new.declared.namespaces())
        .collect();
    for cause in &edited {
        match &search.rule(*cause).resources {
            Resources::All => touched.extend(&namespaces),
            Resources::Of(patterns) => {
                let named = patterns.iter().map(|pattern| pattern.namespace.as_str());
                touched.extend(
                    namespaces
                        .iter()
                        .filter(|known| named.clone().any(|namespace| namespace == **known)),
                );
            }
        }
    }
    let otherwise = |namespace: &&&str| !old.declared.same(&new.declared, namespace);
    touched.extend(namespaces.iter().filter(otherwise));
    for namespace in touched {
        search.namespace(namespace, &edited);
    }
    let causes: BTreeSet<Cause> = search.found.keys().map(|(_, cause)| *cause).collect();
    let unchanged = edited::silent(old, new, &edited, &causes);
    Comparison {
        unchanged,
        changes: search.found.into_values().collect(),
    }
}

/// The kinds of callers of both; of one that both know, as it is now.
fn shapes<'a>(old: &'a Side<'_>, new: &'a Side<'_>) -> Vec<&'a Shape> {
    let gone = old
        .shapes
        .iter()
        .filter(|shape| !new.shapes.iter().any(|known| known.kind == shape.kind));
    new.shapes.iter().chain(gone).collect()
}

struct Search<'a> {
    old: &'a Side<'a>,
    new: &'a Side<'a>,
    shapes: Vec<&'a Shape>,
    found: BTreeMap<(Direction, Cause), Change>,
}

/// One class of models and actions, on both sides; without a kind the side knows no such model.
struct Place<'a> {
    class: &'a Class,
    kinds: [Option<Kind>; 2],
    relevant: [Relevant; 2],
    actions: Vec<Action>,
}

impl<'a> Search<'a> {
    fn rule(&self, cause: Cause) -> &crate::lower::TableRule {
        match cause {
            Cause::Old(position) => self.old.rule(position),
            Cause::New(position) => self.new.rule(position),
        }
    }

    fn namespace(&mut self, namespace: &str, edited: &BTreeSet<Cause>) {
        let (old, new) = (self.old, self.new);
        let about = [old.about(namespace), new.about(namespace)];
        let rules = about[0].iter().map(|position| old.rule(*position));
        let rules = rules.chain(about[1].iter().map(|position| new.rule(*position)));
        for class in models::classes(namespace, &[&old.declared, &new.declared], rules) {
            let kinds = [old, new].map(|side| side.declared.kind(namespace, &class.example));
            let covering = [
                old.covering(&about[0], &class),
                new.covering(&about[1], &class),
            ];
            let apis: BTreeSet<Api> = kinds.iter().flatten().map(|kind| kind.api).collect();
            for api in apis {
                let kinds = kinds.map(|kind| kind.filter(|kind| kind.api == api));
                let all = kinds[0] != kinds[1];
                for place in self.places(&class, kinds, &covering) {
                    for cause in causes(&place, edited, all) {
                        self.ask(&place, cause);
                    }
                }
            }
        }
    }

    /// Actions that the same rules speak of are one place.
    fn places<'c>(
        &self,
        class: &'c Class,
        kinds: [Option<Kind>; 2],
        covering: &[Vec<usize>; 2],
    ) -> Vec<Place<'c>> {
        let mut groups: BTreeMap<[Relevant; 2], Vec<Action>> = BTreeMap::new();
        for action in actions() {
            let relevant = [
                self.old.relevant(&covering[0], action),
                self.new.relevant(&covering[1], action),
            ];
            groups.entry(relevant).or_default().push(action);
        }
        let place = |(relevant, actions)| Place {
            class,
            kinds,
            relevant,
            actions,
        };
        groups.into_iter().map(place).collect()
    }

    /// Whether the rule changes a verdict there.
    fn ask(&mut self, place: &Place<'_>, cause: Cause) {
        let grants = self.rule(cause).effect == Effect::Allow;
        let direction = match (cause, grants) {
            (Cause::New(_), true) | (Cause::Old(_), false) => Direction::Allowed,
            (Cause::Old(_), true) | (Cause::New(_), false) => Direction::Denied,
        };
        for shape in self.shapes.clone() {
            let formula = self.formula(place, cause, direction, shape);
            let Some(domains) = solve(&formula, shape.domains.clone()) else {
                continue;
            };
            let who = if grants {
                self.affected(cause, &formula, shape)
            } else {
                BTreeSet::new()
            };
            let Some(target) = place.target(0).or_else(|| place.target(1)) else {
                continue;
            };
            let action = place.actions.first().copied().unwrap_or(Action::Predict);
            let example = Example::of(&domains, shape, target, action);
            let before = self.deciding(self.old, place, 0, shape, &example);
            let after = self.deciding(self.new, place, 1, shape, &example);
            let change = Change {
                direction,
                cause,
                places: BTreeMap::new(),
                example,
                before,
                after,
            };
            let known = self.found.entry((direction, cause));
            let known = known.or_insert_with(|| change.clone());
            if known.is_about_server() && !change.is_about_server() {
                let places = std::mem::take(&mut known.places);
                *known = Change { places, ..change };
            }
            let change = known;
            for action in &place.actions {
                let key = (place.class.pattern.clone(), *action);
                change
                    .places
                    .entry(key)
                    .or_default()
                    .extend(who.iter().cloned());
            }
        }
    }

    /// The rule matches, and the verdicts differ in this direction.
    fn formula(
        &self,
        place: &Place<'_>,
        cause: Cause,
        direction: Direction,
        shape: &Shape,
    ) -> Formula {
        let matches = match cause {
            Cause::Old(position) => place
                .target(0)
                .map(|target| self.old.formula(position, shape, target)),
            Cause::New(position) => place
                .target(1)
                .map(|target| self.new.formula(position, shape, target)),
        };
        let allowed = |side: &Side<'_>, number: usize| match place.target(number) {
            Some(target) => side.allowed(&place.relevant[number], shape, target),
            None => Formula::Always(false),
        };
        let (before, after) = (allowed(self.old, 0), allowed(self.new, 1));
        let differs = match direction {
            Direction::Allowed => [after, before.not()],
            Direction::Denied => [before, after.not()],
        };
        Formula::all(
            [matches.unwrap_or(Formula::Always(false))]
                .into_iter()
                .chain(differs),
        )
    }

    /// Those of the rule's principals for whom it changes something.
    fn affected(&self, cause: Cause, formula: &Formula, shape: &Shape) -> BTreeSet<Term> {
        let terms = match cause {
            Cause::Old(position) => self.old.who(position),
            Cause::New(position) => self.new.who(position),
        };
        let changed = |term: &&Term| {
            let formula = Formula::all([shape.is(term), formula.clone()]);
            solve(&formula, shape.domains.clone()).is_some()
        };
        terms
            .into_iter()
            .flatten()
            .filter(changed)
            .cloned()
            .collect()
    }

    fn deciding(
        &self,
        side: &Side<'_>,
        place: &Place<'_>,
        number: usize,
        shape: &Shape,
        example: &Example,
    ) -> Vec<usize> {
        let Some(target) = place.target(number) else {
            return Vec::new();
        };
        let relevant = &place.relevant[number];
        let matching = |rules: &[usize]| -> Vec<usize> {
            let passes =
                |position: &&usize| example.passes(&side.formula(**position, shape, target));
            rules.iter().filter(passes).copied().collect()
        };
        let denies = matching(&relevant.denies);
        if denies.is_empty() {
            matching(&relevant.allows)
        } else {
            denies
        }
    }
}

/// The rules that can make a difference there: the edited ones, or all of them where the model itself is declared otherwise.
fn causes(place: &Place<'_>, edited: &BTreeSet<Cause>, all: bool) -> Vec<Cause> {
    let both = |relevant: &Relevant| [relevant.allows.clone(), relevant.denies.clone()].concat();
    let old = both(&place.relevant[0]).into_iter().map(Cause::Old);
    let new = both(&place.relevant[1]).into_iter().map(Cause::New);
    old.chain(new)
        .filter(|cause| all || edited.contains(cause))
        .collect()
}

impl Place<'_> {
    fn target(&self, number: usize) -> Option<Target<'_>> {
        let kind = self.kinds.get(number).copied().flatten()?;
        Some(Target {
            class: self.class,
            kind,
        })
    }
}
