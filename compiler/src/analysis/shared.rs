//! What stands in a formula more than once: what must hold is known wherever it stands again. Two sides of a comparison share most of
//! what a long condition asks, and would else be searched as if they had nothing in common.

use std::collections::HashMap;

use super::formula::Formula;

/// The same requests, of which less is asked.
#[must_use]
pub fn without_shared(formula: &Formula) -> Formula {
    let mut known = HashMap::new();
    settled(formula, true, &mut known);
    if known.is_empty() {
        return formula.clone();
    }
    outside(formula, true, &known)
}

/// Parts that must come out like this for the formula to hold. What is a test alone is worked into the domains.
fn settled<'f>(formula: &'f Formula, positive: bool, known: &mut HashMap<&'f Formula, bool>) {
    match (formula, positive) {
        (Formula::Not(part), _) => settled(part, !positive, known),
        (Formula::All(parts), true) | (Formula::Any(parts), false) => {
            parts.iter().for_each(|part| settled(part, positive, known));
        }
        (Formula::All(_), false) | (Formula::Any(_), true) => {
            known.insert(formula, positive);
        }
        (Formula::Always(_) | Formula::Test(..), _) => {}
    }
}

/// What is settled keeps what it says, and knows of the others.
fn outside(formula: &Formula, positive: bool, known: &HashMap<&Formula, bool>) -> Formula {
    match (formula, positive) {
        (Formula::Not(part), _) => outside(part, !positive, known).not(),
        (Formula::All(parts), true) => {
            Formula::all(parts.iter().map(|part| outside(part, positive, known)))
        }
        (Formula::Any(parts), false) => {
            Formula::any(parts.iter().map(|part| outside(part, positive, known)))
        }
        _ => within(formula, known),
    }
}

/// The parts of what is settled: they are smaller, and so is what is known of them.
fn within(formula: &Formula, known: &HashMap<&Formula, bool>) -> Formula {
    let worked_in = |part: &Formula| match known.get(part) {
        Some(value) => Formula::Always(*value),
        None => within(part, known),
    };
    match formula {
        Formula::Always(_) | Formula::Test(..) => formula.clone(),
        Formula::Not(part) => worked_in(part).not(),
        Formula::All(parts) => Formula::all(parts.iter().map(worked_in)),
        Formula::Any(parts) => Formula::any(parts.iter().map(worked_in)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::formula::{Property, Test};
    use crate::analysis::tests::random::Dice;

    const TESTS: usize = 4;

    fn is_in(group: usize) -> Formula {
        Formula::Test(Property::Groups, Test::Contains(group.to_string()))
    }

    fn holds(formula: &Formula, groups: usize) -> bool {
        match formula {
            Formula::Always(value) => *value,
            Formula::Test(..) => {
                let mut all = 0..TESTS;
                all.any(|group| is_in(group) == *formula && groups >> group & 1 == 1)
            }
            Formula::Not(part) => !holds(part, groups),
            Formula::All(parts) => parts.iter().all(|part| holds(part, groups)),
            Formula::Any(parts) => parts.iter().any(|part| holds(part, groups)),
        }
    }

    fn random(dice: &mut Dice, depth: usize) -> Formula {
        let parts = |dice: &mut Dice| {
            let count = 1 + dice.below(3);
            let parts: Vec<Formula> = (0..count).map(|_| random(dice, depth - 1)).collect();
            parts
        };
        match dice.below(if depth == 0 { 1 } else { 4 }) {
            0 => is_in(dice.below(TESTS)),
            1 => random(dice, depth - 1).not(),
            2 => Formula::All(parts(dice)),
            _ => Formula::Any(parts(dice)),
        }
    }

    /// Parts are few, so that they meet again.
    #[test]
    fn what_is_left_out_changes_nothing() {
        let mut dice = Dice::new(17);
        let mut shorter = 0;
        for _ in 0..20_000 {
            let part = random(&mut dice, 2);
            let other = random(&mut dice, 1);
            let next = random(&mut dice, 2);
            let whole = Formula::Any(vec![part.clone(), other.clone()]);
            let parts = vec![
                part,
                whole.clone(),
                Formula::All(vec![whole, next]).not(),
                other,
            ];
            let formula = match dice.below(2) {
                0 => Formula::All(parts),
                _ => Formula::Any(parts).not(),
            };
            let less = without_shared(&formula);
            shorter += usize::from(less != formula);
            for groups in 0..1 << TESTS {
                assert_eq!(holds(&less, groups), holds(&formula, groups), "{formula:?}");
            }
        }
        assert!(shorter > 5_000, "{shorter}");
    }

    #[test]
    fn a_condition_that_both_sides_share_is_not_asked_again() {
        let pairs: Vec<Formula> = (0..40)
            .map(|pair| Formula::any([is_in(2 * pair), is_in(2 * pair + 1)]))
            .collect();
        let with = |more: Formula| Formula::all(pairs.iter().cloned().chain([more]));
        let changed = Formula::all([with(is_in(100)), with(is_in(101)).not()]);
        assert_eq!(
            without_shared(&changed),
            Formula::all([with(is_in(100)), is_in(101).not()])
        );
    }
}
