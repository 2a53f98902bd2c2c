//! Who is asked about, and what the rules grant to them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use policies::action::Action;
use policies::bundle::Who;

use crate::analysis::caller::Shape;
use crate::analysis::example::Example;
use crate::analysis::formula::Formula;
use crate::analysis::rules::{Relevant, Side, Target};
use crate::analysis::solve::Domains;
use crate::policy::Term;

use super::{Access, Outcome, Wanted};

/// The wanted caller, or each principal that one of the rules grants something to.
pub(super) fn callers(side: &Side<'_>, wanted: &Wanted, relevant: &Relevant) -> Vec<Vec<Term>> {
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
pub(super) struct Callers<'a> {
    side: &'a Side<'a>,
    who: Vec<Term>,
    shapes: Vec<(&'a Shape, Formula)>,
}

impl<'a> Callers<'a> {
    pub(super) fn of(side: &'a Side<'_>, who: Vec<Term>) -> Self {
        // everyone is whoever has a token
        let shapes = side.shapes.iter();
        let shapes = shapes.filter(|shape| !who.is_empty() || shape.has_token());
        let shapes = shapes.map(|shape| {
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
            Some((*shape, shape.solve(&formula)?))
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

    /// The rules that name them and can match.
    fn grants(&self, relevant: &Relevant, target: Target<'_>) -> Vec<usize> {
        let matches = |position: usize| {
            let found = self.find(|shape| self.side.formula(position, shape, target));
            found.is_some()
        };
        let named = relevant.allows.iter().copied();
        named
            .filter(|position| self.named(*position) && matches(*position))
            .collect()
    }

    /// `None` where nothing is granted to them.
    pub(super) fn judge(
        &self,
        relevant: &Relevant,
        target: Target<'_>,
        actions: &[Action],
    ) -> Option<Access> {
        let side = self.side;
        let grants = self.grants(relevant, target);
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
