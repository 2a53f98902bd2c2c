//! Who may do what: for each principal that a rule grants something to, whether it always may, under conditions, or never,
//! by which rules, and which rules take it away.
//!
//! An answer is about every caller who is the principal or in it, whatever else the caller is: an analyst may also be a
//! contractor.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use policies::action::Action;
use policies::bundle::Who;

use crate::lower::Pattern;
use crate::policy::Term;

use super::alike::{Alike, Named, Written};
use super::caller::Shape;
use super::example::Example;
use super::formula::Formula;
use super::models::{Class, Kind};
use super::rules::{Relevant, Side, Target};
use super::solve::{Domains, solve};

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

/// Actions that requests do: `read` is a group only.
pub fn actions() -> impl Iterator<Item = Action> {
    Action::ALL
        .into_iter()
        .filter(|action| *action != Action::Read)
}

/// Everything that is granted, sorted by model, principal and action.
#[must_use]
pub fn access(side: &Side<'_>, wanted: &Wanted) -> Vec<Access> {
    within(side, wanted, &namespaces(side, wanted))
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

/// The same of these namespaces alone.
#[must_use]
pub fn within(side: &Side<'_>, wanted: &Wanted, namespaces: &[&str]) -> Vec<Access> {
    let alike = (!wanted.examples && wanted.who.len() < 2).then(|| Alike::of(&[side]));
    let mut search = Search {
        side,
        wanted,
        alike: alike.as_ref(),
        places: HashMap::new(),
        known: HashMap::new(),
        found: Vec::new(),
    };
    for namespace in namespaces {
        let classes = match &wanted.model {
            Some(model) if model.ends_with('*') => {
                let named = Pattern::named(namespace, model);
                let mut classes = side.classes(namespace);
                classes
                    .retain(|class| named.covers(&class.pattern) || class.pattern.covers(&named));
                classes
            }
            Some(model) => side.class(namespace, model).into_iter().collect(),
            None => side.classes(namespace),
        };
        for class in classes {
            if let Some(kind) = side.declared.kind(namespace, &class.example) {
                search.class(&class, kind);
            }
        }
    }
    search.found
}

struct Search<'a> {
    side: &'a Side<'a>,
    wanted: &'a Wanted,
    /// where no examples are wanted: questions that were asked once
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
    fn class(&mut self, class: &Class, kind: Kind) {
        let (side, wanted) = (self.side, self.wanted);
        let covering = side.covering(class);
        let mut groups: BTreeMap<Relevant, Vec<Action>> = BTreeMap::new();
        for action in actions() {
            if wanted.actions.is_empty() || wanted.actions.contains(&action) {
                let relevant = side.relevant(&covering, action);
                if !relevant.allows.is_empty() {
                    groups.entry(relevant).or_default().push(action);
                }
            }
        }
        let target = Target { class, kind };
        let mut rows: Vec<Access> = Vec::new();
        for (relevant, actions) in groups {
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
        let (written, met) = alike.write(target.class, &sides, |_, _| false)?;
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

/// The wanted caller, or each principal that one of the rules grants something to.
fn callers(side: &Side<'_>, wanted: &Wanted, relevant: &Relevant) -> Vec<Vec<Term>> {
    if !wanted.who.is_empty() {
        return vec![wanted.who.clone()];
    }
    let mut callers = BTreeSet::new();
    for position in &relevant.allows {
        match side.who(*position) {
            Some(terms) => callers.extend(terms.into_iter().map(|term| vec![term.clone()])),
            None => drop(callers.insert(Vec::new())),
        }
    }
    callers.into_iter().collect()
}

/// Whoever is all of these, whatever else he is.
struct Callers<'a> {
    side: &'a Side<'a>,
    who: Vec<Term>,
    shapes: Vec<(&'a Shape, Formula)>,
}

impl<'a> Callers<'a> {
    fn of(side: &'a Side<'_>, who: Vec<Term>) -> Self {
        let shapes = side.shapes.iter().map(|shape| {
            let is = Formula::all(who.iter().map(|term| shape.is(term)));
            (shape, is)
        });
        let shapes = shapes.filter(|(_, is)| *is != Formula::Always(false));
        Self {
            shapes: shapes.collect(),
            side,
            who,
        }
    }

    /// A request of theirs of which this is true.
    fn find(&self, formula: impl Fn(&Shape) -> Formula) -> Option<(&'a Shape, Cow<'a, Domains>)> {
        self.shapes.iter().find_map(|(shape, is)| {
            let formula = Formula::all([is.clone(), formula(shape)]);
            Some((*shape, solve(&formula, &shape.domains)?))
        })
    }

    fn named(&self, position: usize) -> bool {
        match &self.side.rule(position).who {
            Who::Anyone => true,
            Who::AnyOf(terms) => terms.iter().any(|term| {
                let term = self.side.term(*term);
                term.is_some_and(|term| self.who.contains(term))
            }),
        }
    }

    /// `None` where nothing is granted to them.
    fn judge(&self, relevant: &Relevant, target: Target<'_>, actions: &[Action]) -> Option<Access> {
        let side = self.side;
        let matches = |position: usize| {
            let found = self.find(|shape| side.formula(position, shape, target));
            found.is_some()
        };
        let named = relevant.allows.iter().copied();
        let grants: Vec<usize> = named
            .filter(|position| self.named(*position) && matches(*position))
            .collect();
        if grants.is_empty() {
            return None;
        }
        let granted = |shape: &Shape| side.some(&grants, shape, target);
        let taken = relevant.denies.iter().copied().filter(|deny| {
            let both = self
                .find(|shape| Formula::all([side.formula(*deny, shape, target), granted(shape)]));
            both.is_some()
        });
        let taken: Vec<usize> = taken.collect();
        let left = self.find(|shape| {
            let denied = side.some(&relevant.denies, shape, target);
            Formula::all([granted(shape), denied.not()])
        });
        let lost = self.find(|shape| side.allowed(relevant, shape, target).not());
        let outcome = match (&left, &lost) {
            (None, _) => Outcome::Never,
            (Some(_), Some(_)) => Outcome::Sometimes,
            (Some(_), None) => Outcome::Always,
        };
        let action = actions.first().copied()?;
        let example = |(shape, domains): (&Shape, Cow<'_, Domains>)| {
            Box::new(Example::of(&domains, shape, target, action))
        };
        Some(Access {
            who: self.who.first().cloned(),
            class: target.class.clone(),
            kind: target.kind,
            actions: actions.to_vec(),
            outcome,
            taken,
            allowed: left.map(example),
            refused: lost.map(example),
            grants,
        })
    }
}
