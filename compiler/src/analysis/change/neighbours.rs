//! Which rules about one place a question about one of them must speak of, found by the principals that they name.
//!
//! Where hundreds of rules are about one server, and hundreds were edited, to speak of all for each is work by the square. As in
//! [`super::near`], a rule that must not match and names none of those whom the rest speaks of is never in the way. Here every
//! rule is known by whom it names, so that a question costs what its neighbours cost.

use std::collections::{BTreeSet, HashMap, HashSet};

use policies::bundle::Condition;

use crate::analysis::Side;
use crate::analysis::example::Example;
use crate::analysis::rules::Relevant;
use crate::policy::Term;

use super::near::collect;

/// The rules about a place, on both sides.
pub(super) struct Neighbours<'a> {
    sides: [&'a Side<'a>; 2],
    grant: [Index<'a>; 2],
    refuse: [Index<'a>; 2],
}

/// Rules of one effect, by those whom they name.
#[derive(Default)]
struct Index<'a> {
    by: HashMap<&'a Term, Vec<usize>>,
    anyone: Vec<usize>,
}

/// The other rules that a question about a rule that grants speaks of, each sorted.
pub(super) struct Others {
    /// of its own side: those that refuse
    pub(super) denies: Vec<usize>,
    /// of the other side: those that grant
    pub(super) allows: Vec<usize>,
    /// of the other side: those that may be why it is refused there
    pub(super) refusing: Vec<usize>,
}

impl<'a> Index<'a> {
    fn of(side: &'a Side<'a>, rules: &[usize]) -> Self {
        let mut index = Self::default();
        for rule in rules {
            match side.who(*rule) {
                None => index.anyone.push(*rule),
                Some(terms) => {
                    for term in terms {
                        index.by.entry(term).or_default().push(*rule);
                    }
                }
            }
        }
        index
    }

    fn naming(&self, term: &Term) -> &[usize] {
        self.by.get(term).map_or(&[], Vec::as_slice)
    }

    /// Those that may match a request by such a caller, sorted.
    fn about(&self, caller: &[Term]) -> Vec<usize> {
        let named = caller.iter().flat_map(|term| self.naming(term));
        let all: BTreeSet<usize> = self.anyone.iter().chain(named).copied().collect();
        all.into_iter().collect()
    }
}

impl<'a> Neighbours<'a> {
    pub(super) fn of(sides: [&'a Side<'a>; 2], relevant: &[Relevant; 2]) -> Self {
        let [old, new] = relevant;
        let index = |[before, after]: [&[usize]; 2]| {
            [Index::of(sides[0], before), Index::of(sides[1], after)]
        };
        Self {
            grant: index([&old.allows, &new.allows]),
            refuse: index([&old.denies, &new.denies]),
            sides,
        }
    }

    /// What a question about this rule of this side must speak of; `refusing` are rules of the other side that may match.
    pub(super) fn others(
        &self,
        (own, other): (usize, usize),
        rule: usize,
        refusing: Vec<usize>,
    ) -> Others {
        let kinds = [
            (self.sides[own], &self.refuse[own]),
            (self.sides[other], &self.grant[other]),
        ];
        let mut kept = [BTreeSet::new(), BTreeSet::new()];
        let mut met = Met::default();
        met.whole(self.sides[own], rule);
        for rule in &refusing {
            met.whole(self.sides[other], *rule);
        }
        for ((side, index), kept) in kinds.iter().zip(&mut kept) {
            for rule in &index.anyone {
                kept.insert(*rule);
                met.condition(side, *rule);
            }
        }
        while let Some(term) = met.next.pop() {
            for ((side, index), kept) in kinds.iter().zip(&mut kept) {
                for rule in index.naming(term) {
                    // whom it names must not call; what its condition asks for may have to be true
                    if kept.insert(*rule) {
                        met.condition(side, *rule);
                    }
                }
            }
        }
        let [denies, allows] = kept.map(|rules| rules.into_iter().collect());
        Others {
            denies,
            allows,
            refusing,
        }
    }

    /// Whether none of the rules that were left out is about the request's caller.
    pub(super) fn hold(
        &self,
        (own, other): (usize, usize),
        others: &Others,
        example: &Example,
    ) -> bool {
        let caller = example.terms();
        let known = |index: &Index<'_>, kept: &[usize]| {
            let mut about = index.about(&caller).into_iter();
            about.all(|rule| kept.binary_search(&rule).is_ok())
        };
        known(&self.refuse[own], &others.denies) && known(&self.grant[other], &others.allows)
    }

    /// The rules of a side that may match the request.
    pub(super) fn about(&self, side: usize, example: &Example) -> Relevant {
        let caller = example.terms();
        Relevant {
            allows: self.grant[side].about(&caller),
            denies: self.refuse[side].about(&caller),
        }
    }
}

/// Principals that the rules of a question speak of.
#[derive(Default)]
struct Met<'a> {
    known: HashSet<&'a Term>,
    /// whose rules are to be looked at
    next: Vec<&'a Term>,
}

impl<'a> Met<'a> {
    fn add(&mut self, term: &'a Term) {
        if self.known.insert(term) {
            self.next.push(term);
        }
    }

    fn whole(&mut self, side: &'a Side<'a>, rule: usize) {
        for term in side.who(rule).into_iter().flatten() {
            self.add(term);
        }
        self.condition(side, rule);
    }

    fn condition(&mut self, side: &'a Side<'a>, rule: usize) {
        let when: Option<&Condition> = side.rule(rule).when.as_ref();
        let mut terms = Vec::new();
        if let Some(when) = when {
            collect(when, &mut terms);
        }
        for term in terms.into_iter().filter_map(|term| side.term(term)) {
            self.add(term);
        }
    }
}
