//! Who may do what: for each principal that a rule grants something to, whether it always may, under conditions, or never,
//! by which rules, and which rules take it away.
//!
//! An answer is about every caller who is the principal or in it, whatever else the caller is: an analyst may also be a
//! contractor.

mod callers;

use std::collections::{BTreeMap, HashMap};

use policies::action::Action;

use crate::lower::Pattern;
use crate::policy::Term;

use super::alike::{Alike, Named, Written};
use super::example::Example;
use super::models::{Class, Kind};
use super::offers::offers;
use super::rules::{Relevant, Side, Target};
use callers::{Callers, callers};

/// How much of what a rule grants is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// all of it: no such request is refused
    Always,
    /// some of it: a condition, or a deny for some
    Sometimes,
    /// nothing: all of it is denied
    Never,
}

/// What one principal may do with one class of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// who; `None` for everyone
    pub who: Option<Term>,
    /// which models
    pub class: Class,
    /// how they are declared
    pub kind: Kind,
    /// what, sorted
    pub actions: Vec<Action>,
    /// whether it really may
    pub outcome: Outcome,
    /// the rules that grant it, by position
    pub grants: Vec<usize>,
    /// the rules that take some or all of it away
    pub taken: Vec<usize>,
    /// a request that is allowed, unless none is, or none was wanted
    pub allowed: Option<Box<Example>>,
    /// a request that is refused, unless none is, or none was wanted
    pub refused: Option<Box<Example>>,
}

/// What can be asked for; each empty list or `None` leaves it open.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// a namespace
    pub namespace: Option<String>,
    /// a model by its name, or all that begin so and that nothing else names: `risk-*`; with its namespace alone
    pub model: Option<String>,
    /// actions
    pub actions: Vec<Action>,
    /// principals that the caller has all of
    pub who: Vec<Term>,
    /// whether requests are found that show each answer
    pub examples: bool,
}

/// Everything that is granted, sorted by model, principal and action.
#[must_use]
pub fn access(side: &Side<'_>, wanted: &Wanted) -> Vec<Access> {
    let questions = Questions::of(side, wanted);
    questions.search().within(&namespaces(side, wanted))
}

/// The namespaces that are asked for, sorted. The compiler has no threads; who has two may ask about some in each.
#[must_use]
pub fn namespaces<'s>(side: &'s Side<'_>, wanted: &Wanted) -> Vec<&'s str> {
    let all = side.declared.namespaces();
    match &wanted.namespace {
        Some(wanted) => all.filter(|namespace| wanted == namespace).collect(),
        None => all.collect(),
    }
}

/// What is asked about a policy, ready for many namespaces.
#[derive(Debug)]
pub struct Questions<'a> {
    side: &'a Side<'a>,
    wanted: &'a Wanted,
    /// where no examples are wanted: questions that were asked once
    alike: Option<Alike<'a>>,
}

impl<'a> Questions<'a> {
    /// About this policy.
    #[must_use]
    pub fn of(side: &'a Side<'a>, wanted: &'a Wanted) -> Self {
        let alike = !wanted.examples && wanted.who.len() < 2;
        Self {
            side,
            wanted,
            alike: alike.then(|| Alike::of(&[side])),
        }
    }

    /// The answers; each search has a memory of its own.
    #[must_use]
    pub fn search(&'a self) -> Search<'a> {
        Search {
            side: self.side,
            wanted: self.wanted,
            alike: self.alike.as_ref(),
            places: HashMap::new(),
            known: HashMap::new(),
            found: Vec::new(),
        }
    }
}

/// The classes with names that begin so: those below the beginning, and the one above it that such names are of where they are of none below.
fn beginning(side: &Side<'_>, namespace: &str, model: &str) -> Vec<Class> {
    let named = Pattern::named(namespace, model);
    let mut classes = side.classes(namespace);
    let above = classes.iter().filter(|class| class.pattern.covers(&named));
    let nearest = above.map(|class| class.pattern.name.len()).max();
    classes.retain(|class| {
        let is_nearest = nearest == Some(class.pattern.name.len());
        named.covers(&class.pattern) || is_nearest && class.pattern.covers(&named)
    });
    classes
}

/// A search for answers.
#[derive(Debug)]
pub struct Search<'a> {
    side: &'a Side<'a>,
    wanted: &'a Wanted,
    alike: Option<&'a Alike<'a>>,
    places: HashMap<Written, usize>,
    known: HashMap<(usize, Written), Option<Known>>,
    found: Vec<Access>,
}

/// The answer to every question that is written the same: rules by their numbers among those that can match.
#[derive(Debug)]
struct Known {
    outcome: Outcome,
    grants: Vec<usize>,
    taken: Vec<usize>,
    /// those that name the caller who was asked about
    own: Vec<usize>,
}

impl Known {
    /// The number of a rule for another caller whose rules these are: the callers are exchanged, and the rules of both with them.
    fn exchanged(&self, number: usize, own: &[usize]) -> usize {
        let mut pairs = self.own.iter().zip(own);
        let pair = pairs.find(|(one, other)| number == **one || number == **other);
        pair.map_or(
            number,
            |(one, other)| {
                if number == *one { *other } else { *one }
            },
        )
    }
}

impl<'a> Search<'a> {
    /// What is granted in these namespaces, sorted by model, principal and action.
    pub fn within(&mut self, namespaces: &[&str]) -> Vec<Access> {
        let (side, wanted) = (self.side, self.wanted);
        for namespace in namespaces {
            let classes = match &wanted.model {
                Some(model) if model.ends_with('*') => beginning(side, namespace, model),
                Some(model) => side.class(namespace, model).into_iter().collect(),
                None => side.classes(namespace),
            };
            for class in classes {
                if let Some(kind) = side.declared.kind(namespace, &class.example) {
                    self.class(&class, kind);
                }
            }
        }
        std::mem::take(&mut self.found)
    }

    fn class(&mut self, class: &Class, kind: Kind) {
        let (side, wanted) = (self.side, self.wanted);
        let covering = side.covering(class);
        let mut groups: BTreeMap<_, Vec<Action>> = BTreeMap::new();
        for (action, methods) in offers(class, kind.api) {
            if wanted.actions.is_empty() || wanted.actions.contains(&action) {
                let relevant = side.relevant(&covering, action);
                if !relevant.allows.is_empty() {
                    let asked = side.asked(&relevant, methods);
                    groups.entry((relevant, asked)).or_default().push(action);
                }
            }
        }
        let mut rows: Vec<Access> = Vec::new();
        for ((relevant, methods), actions) in groups {
            let target = Target {
                class,
                kind,
                methods,
            };
            let place = self.place(target, &relevant);
            for who in callers(side, wanted, &relevant) {
                let row = self.judge(who, place.as_ref(), &relevant, target, &actions);
                let Some(row) = row else {
                    continue;
                };
                match rows.iter_mut().find(|known| known.says_the_same(&row)) {
                    Some(known) => known.actions.extend(row.actions),
                    None => rows.push(row),
                }
            }
        }
        rows.iter_mut().for_each(|row| row.actions.sort_unstable());
        rows.sort_by(|a, b| (&a.who, &a.actions).cmp(&(&b.who, &b.actions)));
        self.found.extend(rows);
    }

    /// The number of the place among those that are written the same, and whom its rules name.
    fn place(&mut self, target: Target<'_>, relevant: &Relevant) -> Option<(usize, Named<'a>)> {
        let alike = self.alike?;
        let sides = [(Some(target.kind), relevant)];
        let (written, met) = alike.write(target.class, target.methods, &sides)?;
        let next = self.places.len();
        let place = *self.places.entry(written).or_insert(next);
        Some((place, alike.named(relevant, met)))
    }

    /// Asks, unless the same was asked with other names.
    fn judge(
        &mut self,
        who: Vec<Term>,
        place: Option<&(usize, Named<'_>)>,
        relevant: &Relevant,
        target: Target<'_>,
        actions: &[Action],
    ) -> Option<Access> {
        let seen = place.and_then(|(place, named)| Some((*place, named.seen(who.first())?)));
        let Some((place, seen)) = seen else {
            let row = Callers::of(self.side, who).judge(relevant, target, actions)?;
            let shows = self.wanted.examples;
            return Some(if shows { row } else { row.plain() });
        };
        let (side, first) = (self.side, who.first().cloned());
        let numbers = |rules: &[usize]| -> Vec<usize> {
            let numbers = rules.iter().map(|rule| relevant.number(*rule));
            numbers.flatten().collect()
        };
        let own = numbers(&seen.rules);
        let known = self.known.entry((place, seen.text)).or_insert_with(|| {
            let row = Callers::of(side, who).judge(relevant, target, actions)?;
            Some(Known {
                outcome: row.outcome,
                grants: numbers(&row.grants),
                taken: numbers(&row.taken),
                own: own.clone(),
            })
        });
        let known = known.as_ref()?;
        let rules = |numbers: &[usize]| -> Vec<usize> {
            let rules = numbers.iter();
            let rules = rules.map(|number| relevant.rule(known.exchanged(*number, &own)));
            let mut rules: Vec<usize> = rules.flatten().collect();
            rules.sort_unstable();
            rules
        };
        Some(Access {
            who: first,
            class: target.class.clone(),
            kind: target.kind,
            actions: actions.to_vec(),
            outcome: known.outcome,
            grants: rules(&known.grants),
            taken: rules(&known.taken),
            allowed: None,
            refused: None,
        })
    }
}

impl Access {
    fn plain(self) -> Self {
        Self {
            allowed: None,
            refused: None,
            ..self
        }
    }

    /// Whether both say the same about the same principal, of different actions.
    fn says_the_same(&self, other: &Self) -> bool {
        (&self.who, self.outcome, &self.grants, &self.taken)
            == (&other.who, other.outcome, &other.grants, &other.taken)
    }
}
