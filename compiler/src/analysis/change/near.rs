//! Whether requests exist that some rule matches and others do not, asked with few of the others.
//!
//! A rule that must not match, and names none of those whom the rest speaks of, is never in the way: a request of which the rest is
//! true need not be by anyone whom that rule names, since there are names and groups without end. So where a thousand rules
//! are about one server, a question about one of them is a question about its neighbours.

use std::collections::HashMap;

use policies::bundle::{Condition, Who};

use crate::analysis::caller::Shape;
use crate::analysis::formula::Formula;
use crate::analysis::rules::{Side, Target};
use crate::lower::TableRule;

/// The rules of a table, by their positions.
#[derive(Debug)]
pub(super) struct Near {
    /// the principals that its condition names
    named: Vec<Vec<u32>>,
    /// the first rule that is about the same callers under the same condition
    first: Vec<usize>,
}

/// What is asked: a kind of caller and a model.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) side: &'a Side<'a>,
    pub(super) shape: &'a Shape,
    pub(super) target: Target<'a>,
}

impl Near {
    pub(super) fn of(rules: &[TableRule]) -> Self {
        let mut near = Self {
            named: Vec::new(),
            first: Vec::new(),
        };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (position, rule) in rules.iter().enumerate() {
            let mut terms = Vec::new();
            if let Some(when) = &rule.when {
                collect(when, &mut terms);
            }
            near.named.push(terms);
            let said = format!("{:?} {:?}", rule.who, rule.when);
            near.first.push(*known.entry(said).or_insert(position));
        }
        near
    }

    /// These rules, of those that are about the same callers under the same condition only one.
    fn unlike(&self, rules: &[usize]) -> Vec<usize> {
        let first = rules.iter().filter_map(|rule| self.first.get(*rule));
        let mut first: Vec<usize> = first.copied().collect();
        first.sort_unstable();
        first.dedup();
        first
    }

    /// Whether a request exists that the rule matches, and one of these, and none of those.
    pub(super) fn can_any(
        &self,
        asked: Asked<'_>,
        rule: usize,
        any: &[usize],
        none: &[usize],
    ) -> bool {
        let Asked {
            side,
            shape,
            target,
        } = asked;
        let own = side.formula(rule, shape, target);
        if own == Formula::Always(false) {
            return false;
        }
        // mostly there is nothing already without these
        let kept = self.unlike(&self.kept(side, &[rule], &[none]));
        let own = Formula::all([own, side.some(&kept, shape, target).not()]);
        if shape.solve(&own).is_none() {
            return false;
        }
        let any = self.unlike(any);
        let both = Formula::all([own, side.some(&any, shape, target)]);
        let can = |one: &usize| self.can(asked, &[rule, *one], &[none]);
        shape.solve(&both).is_some() && any.iter().any(can)
    }

    /// Whether both are about the same callers under the same condition.
    pub(super) fn alike(&self, one: usize, other: usize) -> bool {
        self.first.get(one) == self.first.get(other)
    }

    /// Whether a request exists that all of these rules match, and none of those.
    pub(super) fn can(&self, asked: Asked<'_>, all: &[usize], none: &[&[usize]]) -> bool {
        let Asked {
            side,
            shape,
            target,
        } = asked;
        let matching = all.iter().map(|rule| side.formula(*rule, shape, target));
        let matching = Formula::all(matching);
        // nobody of this kind: nothing else needs to be looked at
        if matching == Formula::Always(false) {
            return false;
        }
        let kept = self.unlike(&self.kept(side, all, none));
        let others = side.some(&kept, shape, target).not();
        shape.solve(&Formula::all([matching, others])).is_some()
    }

    /// Those that may be in the way.
    fn kept(&self, side: &Side<'_>, all: &[usize], none: &[&[usize]]) -> Vec<usize> {
        let mut met: Vec<u32> = Vec::new();
        for rule in all {
            met.extend(self.named(*rule));
            if let Who::AnyOf(terms) = &side.rule(*rule).who {
                met.extend(terms);
            }
        }
        let mut kept: Vec<usize> = Vec::new();
        let mut rest: Vec<usize> = none.concat();
        loop {
            let known = met.len();
            rest.retain(|rule| {
                let is_near = match &side.rule(*rule).who {
                    Who::Anyone => true,
                    Who::AnyOf(terms) => terms.iter().any(|term| met.contains(term)),
                };
                if is_near {
                    kept.push(*rule);
                    // whom it names must not call; what its condition asks for may have to be true
                    let more = self.named(*rule).iter();
                    let more: Vec<u32> = more.filter(|term| !met.contains(term)).copied().collect();
                    met.extend(more);
                }
                !is_near
            });
            if met.len() == known {
                return kept;
            }
        }
    }

    fn named(&self, rule: usize) -> &[u32] {
        self.named.get(rule).map_or(&[], Vec::as_slice)
    }
}

/// The principals that a condition names.
pub(super) fn collect(condition: &Condition, terms: &mut Vec<u32>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(part, terms));
        }
        Condition::Not(part) => collect(part, terms),
        Condition::PrincipalIn(of) | Condition::PeerIn(of) | Condition::ClientIn(of) => {
            terms.extend(of);
        }
        _ => {}
    }
}
