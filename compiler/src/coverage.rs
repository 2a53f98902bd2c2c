//! What the tests of access files show of their rules: which rules decided some test, and which conditions came out both ways.
//!
//! A rule is covered where it decided a test: an allow where the request was allowed, a deny where it was refused. A condition is
//! seen where the rest of its rule speaks of the request. Guardrails are the gate's, and not counted.

use std::collections::BTreeMap;

use policies::bundle::{CLOCK, Effect};

use crate::analysis::Side;
use crate::analysis::seen::{Seen, deciding, is_asked, seen};
use crate::cases::Outcome;
use crate::diagnostic::{self, Diagnostic};
use crate::source::Span;

/// What the tests show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// every rule of the access files, in the order of the table
    pub rules: Vec<Covered>,
}

/// What the tests show of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// `NAMESPACE/FILE/allow[0]`
    pub id: String,
    /// where it stands
    pub span: Span,
    /// tests that it decided
    pub decided: usize,
    /// its `when` and `through`; without them all that must hold besides caller, action and model
    pub condition: Option<Condition>,
}

/// What the tests show of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// as it is shown
    pub text: String,
    /// tests for which it held
    pub held: usize,
    /// tests for which it did not
    pub failed: usize,
}

/// A rule's id without the part of it that speaks of a machine between, or of times at which no clock is known.
#[must_use]
pub fn written(id: &str) -> &str {
    let id = id.strip_suffix(CLOCK).unwrap_or(id);
    let id = id.strip_suffix("/peer").unwrap_or(id);
    id.strip_suffix("/client").unwrap_or(id)
}

impl Coverage {
    /// Of these tests.
    #[must_use]
    pub fn of(side: &Side<'_>, outcomes: &[Outcome]) -> Self {
        let mut rules: Vec<Covered> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for position in 0..side.table.rules.len() {
            let shown = side.shown(position);
            let known = places.contains_key(written(&shown.id));
            if side.rule(position).effect == Effect::Guardrail || known {
                continue;
            }
            places.insert(shown.id.clone(), rules.len());
            let condition = side.own_condition(position).or(shown.condition);
            let condition = condition.map(|text| Condition {
                text,
                held: 0,
                failed: 0,
            });
            rules.push(Covered {
                id: shown.id,
                span: shown.span,
                decided: 0,
                condition,
            });
        }
        let mut coverage = Self { rules };
        for outcome in outcomes {
            coverage.add(side, outcome, &places);
        }
        coverage
    }

    fn add(&mut self, side: &Side<'_>, outcome: &Outcome, places: &BTreeMap<String, usize>) {
        let id = |position: usize| side.rule(position).id.as_str();
        let reached = outcome.asked.iter().map(|request| seen(side, request));
        let reached: Vec<Vec<Seen>> = reached.collect();
        let mut decided: Vec<&str> = reached
            .iter()
            .flat_map(|seen| deciding(side, seen))
            .map(|position| written(id(position)))
            .collect();
        decided.sort_unstable();
        decided.dedup();
        for name in decided {
            if let Some(rule) = places
                .get(name)
                .and_then(|place| self.rules.get_mut(*place))
            {
                rule.decided += 1;
            }
        }
        let each = outcome.asked.iter().zip(&reached);
        let each =
            each.flat_map(|(request, reached)| reached.iter().map(move |seen| (request, seen)));
        for (_, seen) in each.filter(|(request, seen)| is_asked(side, **seen, request)) {
            let rule = places.get(id(seen.position));
            let rule = rule.and_then(|place| self.rules.get_mut(*place));
            let condition = rule.and_then(|rule| rule.condition.as_mut());
            match (condition, seen.condition) {
                (Some(condition), Some(true)) => condition.held += 1,
                (Some(condition), Some(false)) => condition.failed += 1,
                _ => {}
            }
        }
    }

    /// What is covered, and what there is to cover: each rule, and each way of each condition.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let ways = self.rules.iter().flat_map(Covered::ways);
        ways.fold((0, 0), |(covered, all), way| {
            (covered + usize::from(way), all + 1)
        })
    }

    /// Hundredths, rounded down; without anything to cover all of it.
    #[must_use]
    pub fn percent(&self) -> usize {
        let (covered, all) = self.counts();
        (covered * 100).checked_div(all).unwrap_or(100)
    }

    /// A warning for each rule and condition that is not covered.
    #[must_use]
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let mut warnings: Vec<Diagnostic> = self.rules.iter().flat_map(Covered::warnings).collect();
        diagnostic::sort(&mut warnings);
        warnings
    }
}

impl Covered {
    fn ways(&self) -> Vec<bool> {
        let condition = self.condition.iter();
        let ways = condition.flat_map(|condition| [condition.held > 0, condition.failed > 0]);
        std::iter::once(self.decided > 0).chain(ways).collect()
    }

    /// What of it no test shows, in words.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        if self.decided == 0 {
            gaps.push("decides no test".to_owned());
        }
        if let Some(condition) = &self.condition {
            let text = &condition.text;
            match (condition.held, condition.failed) {
                (0, 0) => gaps.push(format!("`{text}` is asked in no test")),
                (0, _) => gaps.push(format!("`{text}` holds in no test")),
                (_, 0) => gaps.push(format!("`{text}` holds in every test")),
                _ => {}
            }
        }
        gaps
    }

    fn warnings(&self) -> Vec<Diagnostic> {
        let name = self.id.rsplit('/').next().unwrap_or_default();
        let warning = |gap: String| {
            let (code, help) = if gap.starts_with('`') {
                (
                    "MG0603",
                    "add a test for which the condition comes out the other way",
                )
            } else {
                ("MG0602", "add a test that the rule decides")
            };
            Diagnostic::warning(code, self.span, format!("`{name}`: {gap}")).with_help(help)
        };
        self.gaps().into_iter().map(warning).collect()
    }
}

#[cfg(test)]
mod tests;
