//! Whether requests exist that some rule matches and others do not, asked with few of the others.
//!
//! A rule that must not match, and names none of those whom the rest speaks of, is never in the way: a request of which the rest is
//! true need not be by anyone whom that rule names, since there are names and groups without end. So where a thousand rules
//! are about one server, a question about one of them is a question about its neighbours.

use policies::bundle::{Condition, Who};

use crate::analysis::caller::Shape;
use crate::analysis::formula::Formula;
use crate::analysis::rules::{Side, Target};
use crate::analysis::solve::solve;
use crate::lower::TableRule;

/// The principals that the conditions of a table's rules name, by the rules' positions.
#[derive(Debug)]
pub(super) struct Near(Vec<Vec<u32>>);

/// What is asked: a kind of caller and a model.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) side: &'a Side<'a>,
    pub(super) shape: &'a Shape,
    pub(super) target: Target<'a>,
}

impl Near {
    pub(super) fn of(rules: &[TableRule]) -> Self {
        let named = |rule: &TableRule| {
            let mut terms = Vec::new();
            if let Some(when) = &rule.when {
                collect(when, &mut terms);
            }
            terms
        };
        Self(rules.iter().map(named).collect())
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
        let kept = self.kept(side, all, none);
        let others = side.some(&kept, shape, target).not();
        solve(&Formula::all([matching, others]), &shape.domains).is_some()
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
        self.0.get(rule).map_or(&[], Vec::as_slice)
    }
}

fn collect(condition: &Condition, terms: &mut Vec<u32>) {
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
