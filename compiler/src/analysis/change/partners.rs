//! Which of many rules are asked about together with one, when it is enough that one of them matches besides.
//!
//! A caller whom a deny means may be in every group, so that any grant may be what it loses: here no rule can be left out for
//! whom it is about. But rules are much the same. Each is looked at with the rules that a question about it alone must speak of.
//! Where these say the same of others, and neither they nor the others speak of anybody of whom the question about the one
//! speaks, both are the same question together with it, but for names. So one of them is asked about.

use std::collections::BTreeSet;

use crate::analysis::alike::Written;
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
        let mut partners = Self::default();
        for rule in rules {
            let alone = [(side, *rule)];
            let question = Question::of(neighbours, &alone, &[list]);
            let Some(form) = question.written(neighbours.alike, Written::new()) else {
                partners.rest.push(*rule);
                continue;
            };
            partners.forms.entry(form).or_default().push(*rule);
            for term in question.terms(neighbours.alike) {
                partners.by.entry(term).or_default().push(*rule);
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
