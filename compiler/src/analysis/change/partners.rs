//! Which of many rules are asked about together with one, where it is enough that some one of them matches, too.
//!
//! A caller whom a deny means may be in every group, so that any grant may be what it loses: here no rule can be left out for
//! whom it is about. But rules are much the same. Each of them is written down, without names, with the rules that a question
//! about it alone must speak of ([`super::neighbours`]). The question about it and the one speaks of these rules, and of those
//! of which the question about the one alone speaks. Say that two are written the same, and that neither speaks of anybody of
//! whom the question about the one speaks: then exchanging the names of the first for those of the second makes the one question
//! into the other, and names mean nothing. So both have the same answer, and one of them is asked about.
//!
//! Some rules are in every question, since they are about everyone. Of whom these speak everybody speaks; they are written down
//! first, so that what is written the same speaks of the same of them, and no name of theirs is exchanged.

use std::collections::BTreeSet;

use crate::analysis::alike::{Met, Written};
use crate::analysis::numbered::Numbered;

use super::neighbours::{List, Neighbours};
use super::question::Question;

/// Fewer are all asked about.
const FEW: usize = 4;

/// Rules of one side, of which one is to match.
#[derive(Default)]
pub(super) struct Partners {
    /// by what a question about each says without names
    forms: Numbered<Written, Vec<usize>>,
    /// by those of whom that speaks
    by: Numbered<u32, Vec<usize>>,
    /// those that speak of names of models
    rest: Vec<usize>,
    few: bool,
}

impl Partners {
    /// These rules of a side, where none of the list may match.
    pub(super) fn of(
        neighbours: &Neighbours<'_>,
        (side, rules): (usize, &[usize]),
        list: List,
    ) -> Self {
        if rules.len() <= FEW {
            return Self {
                rest: rules.to_vec(),
                few: true,
                ..Self::default()
            };
        }
        let alike = neighbours.alike;
        let always = Question::of(neighbours, &[], &[list]);
        let (mut head, mut met) = (Written::new(), Met::default());
        let is_written = always.write(alike, &mut head, &mut met).is_some();
        let known = always.terms(alike);
        let mut partners = Self::default();
        for rule in rules {
            let alone = [(side, *rule)];
            let question = Question::of(neighbours, &alone, &[list]);
            let (mut form, mut met) = (head.clone(), met.clone());
            if !is_written || question.write(alike, &mut form, &mut met).is_none() {
                partners.rest.push(*rule);
                continue;
            }
            partners.forms.entry(form).or_default().push(*rule);
            for term in question.terms(alike).difference(&known) {
                partners.by.entry(*term).or_default().push(*rule);
            }
        }
        partners
    }

    /// Enough of them for a rule, the question about which alone is this.
    pub(super) fn enough(
        &self,
        neighbours: &Neighbours<'_>,
        alone: &Question<'_>,
    ) -> BTreeSet<usize> {
        let mut enough: BTreeSet<usize> = self.rest.iter().copied().collect();
        if self.few {
            return enough;
        }
        let terms = alone.terms(neighbours.alike);
        let of_whom = terms.iter().filter_map(|term| self.by.get(term));
        enough.extend(of_whom.flatten());
        let another = |rules: &Vec<usize>| {
            let mut rules = rules.iter();
            rules.find(|rule| !enough.contains(rule)).copied()
        };
        let others: Vec<usize> = self.forms.values().filter_map(another).collect();
        enough.extend(others);
        enough
    }
}
