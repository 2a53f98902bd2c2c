//! Which rules about one place a question about some of them must speak of, found by the principals that they name.
//!
//! Where hundreds of rules are about one server, and hundreds were edited, to speak of all for each is work by the square. A
//! question is whether a request exists that some rules match, and none of others. Of these others it takes in those that are
//! about everyone, and those that are about somebody of whom it speaks: whom the rules that must match are about, whom their
//! conditions name, and whom the conditions of those name that were taken in already. The rest is left out.
//!
//! That is enough. Take a request that matches what must match, and nothing that was taken in. Let its caller be in none of the
//! groups of which the question does not speak, and where it does not speak of the caller's name, have one that no rule has:
//! the properties of a request are independent of each other, and there are names without end. What must match still does, since
//! it asks only for what stayed. What was taken in still does not: its condition comes out as before, and whom it is about the
//! caller is no more than before. What was left out does not match, since it is about nobody whom the caller still is. So the
//! request is one of those that were asked for; and where there is none without the rest, there is none with it.
//!
//! Whom a rule that was taken in is about, besides those of whom the question speaks, need not be looked at further: not to be
//! one of them is always possible, and only of help.
//!
//! This is so for rules that must *not* match. Of rules of which *one* must match none can be left out for whom it is about: see
//! [`super::partners`].

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::analysis::alike::{Alike, Words};
use crate::analysis::example::Example;
use crate::analysis::numbered::Numbered;
use crate::analysis::rules::Relevant;

use super::partners::Partners;

/// The rules about a place, on both sides.
pub(super) struct Neighbours<'a> {
    pub(super) alike: &'a Alike<'a>,
    relevant: [Relevant; 2],
    /// of each side, made when they are asked for
    grant: [OnceCell<Index>; 2],
    refuse: [OnceCell<Index>; 2],
    /// those that refuse, and may be why a verdict changes
    refusing: [Vec<usize>; 2],
    granters: [OnceCell<Partners>; 2],
    refusers: [OnceCell<Partners>; 2],
}

/// A rule: the number of its side, and its position there.
pub(super) type Rule = (usize, usize);

/// Rules of one side and effect.
#[derive(Clone, Copy)]
pub(super) enum List {
    /// of this side, those that grant
    Grants(usize),
    /// of this side, those that refuse
    Denies(usize),
}

/// Rules of one effect, by those whom they are about.
#[derive(Default)]
struct Index {
    by: Numbered<u32, Vec<usize>>,
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

impl List {
    pub(super) const fn side(self) -> usize {
        match self {
            Self::Grants(side) | Self::Denies(side) => side,
        }
    }
}

impl Index {
    fn of(alike: &Alike<'_>, side: usize, rules: &[usize]) -> Self {
        let mut index = Self::default();
        for rule in rules {
            match alike.words(side, *rule).and_then(Words::who) {
                None => index.anyone.push(*rule),
                Some(terms) => {
                    for term in terms {
                        index.by.entry(*term).or_default().push(*rule);
                    }
                }
            }
        }
        index
    }

    fn naming(&self, term: u32) -> &[usize] {
        self.by.get(&term).map_or(&[], Vec::as_slice)
    }

    /// Those that may match a request by such a caller, sorted.
    fn about(&self, caller: &[u32]) -> Vec<usize> {
        let named = caller.iter().flat_map(|term| self.naming(*term));
        let all: BTreeSet<usize> = self.anyone.iter().chain(named).copied().collect();
        all.into_iter().collect()
    }
}

impl<'a> Neighbours<'a> {
    pub(super) fn of(
        alike: &'a Alike<'a>,
        relevant: &[Relevant; 2],
        refusing: [Vec<usize>; 2],
    ) -> Self {
        Self {
            alike,
            grant: Default::default(),
            refuse: Default::default(),
            relevant: relevant.clone(),
            refusing,
            granters: Default::default(),
            refusers: Default::default(),
        }
    }

    /// Those of a side that refuse, and may be why a verdict changes.
    pub(super) fn refusing(&self, side: usize) -> &[usize] {
        &self.refusing[side]
    }

    /// The grants of a side, of which one is to match, and no deny there.
    pub(super) fn granters(&self, side: usize) -> &Partners {
        self.granters[side].get_or_init(|| {
            let rules = (side, self.relevant[side].allows.as_slice());
            Partners::of(self, rules, List::Denies(side))
        })
    }

    /// Those of a side that may be why a verdict changes, of which one is to match, and no deny of the other side.
    pub(super) fn refusers(&self, side: usize) -> &Partners {
        self.refusers[side].get_or_init(|| {
            let rules = (side, self.refusing[side].as_slice());
            Partners::of(self, rules, List::Denies(1 - side))
        })
    }

    fn index(&self, list: List) -> &Index {
        let (all, rules) = match list {
            List::Grants(side) => (&self.grant, &self.relevant[side].allows),
            List::Denies(side) => (&self.refuse, &self.relevant[side].denies),
        };
        let side = list.side();
        all[side].get_or_init(|| Index::of(self.alike, side, rules))
    }

    /// Of each list the rules that a question about requests that all of these rules match, and none of the lists, must speak
    /// of, sorted.
    pub(super) fn near(&self, all: &[Rule], lists: &[List]) -> Vec<Vec<usize>> {
        let mut kept = vec![Vec::new(); lists.len()];
        let mut met = Met::default();
        for (side, rule) in all {
            if let Some(words) = self.alike.words(*side, *rule) {
                met.add(words.all());
            }
        }
        for (list, kept) in lists.iter().zip(&mut kept) {
            self.keep(*list, &self.index(*list).anyone, kept, &mut met);
        }
        while let Some(term) = met.next.pop() {
            for (list, kept) in lists.iter().zip(&mut kept) {
                self.keep(*list, self.index(*list).naming(term), kept, &mut met);
            }
        }
        for kept in &mut kept {
            kept.sort_unstable();
            kept.dedup();
        }
        kept
    }

    /// Takes rules in: whom they are about must not call, what their conditions ask for may have to be true.
    fn keep(&self, list: List, rules: &[usize], kept: &mut Vec<usize>, met: &mut Met) {
        kept.extend(rules);
        let words = rules
            .iter()
            .filter_map(|rule| self.alike.words(list.side(), *rule));
        words.for_each(|words| met.add(words.named()));
    }

    /// What a question about this rule of this side, which grants, must speak of.
    pub(super) fn others(&self, (own, other): (usize, usize), rule: usize) -> Others {
        let refusing = self.refusing[other].clone();
        let refuse = refusing.iter().map(|rule| (other, *rule));
        let all: Vec<Rule> = std::iter::once((own, rule)).chain(refuse).collect();
        let kept = self.near(&all, &[List::Denies(own), List::Grants(other)]);
        let mut kept = kept.into_iter();
        Others {
            denies: kept.next().unwrap_or_default(),
            allows: kept.next().unwrap_or_default(),
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
        let caller = self.caller(example);
        let known = |index: &Index, kept: &[usize]| {
            let mut about = index.about(&caller).into_iter();
            about.all(|rule| kept.binary_search(&rule).is_ok())
        };
        known(self.index(List::Denies(own)), &others.denies)
            && known(self.index(List::Grants(other)), &others.allows)
    }

    /// The rules of a side that may match the request.
    pub(super) fn about(&self, side: usize, example: &Example) -> Relevant {
        let caller = self.caller(example);
        Relevant {
            allows: self.index(List::Grants(side)).about(&caller),
            denies: self.index(List::Denies(side)).about(&caller),
        }
    }

    fn caller(&self, example: &Example) -> Vec<u32> {
        let terms = example.terms().into_iter();
        terms.filter_map(|term| self.alike.number(&term)).collect()
    }
}

/// Principals of whom a question speaks.
#[derive(Default)]
struct Met {
    known: BTreeSet<u32>,
    /// whose rules are to be looked at
    next: Vec<u32>,
}

impl Met {
    fn add(&mut self, terms: &[u32]) {
        for term in terms {
            if self.known.insert(*term) {
                self.next.push(*term);
            }
        }
    }
}
