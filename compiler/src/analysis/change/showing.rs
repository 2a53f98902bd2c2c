//! A request that shows what a rule changes, and what decides it before and after.

use std::collections::BTreeMap;

use policies::bundle::Effect;

use crate::analysis::caller::Shape;
use crate::analysis::example::Example;
use crate::analysis::rules::Side;
use crate::analysis::solve::Domains;

use super::neighbours::Others;
use super::place::Place;
use super::search::Search;
use super::{Cause, Change, Direction};

impl Search<'_, '_> {
    /// A request by one of these that shows what the rule changes.
    pub(super) fn shown<'x>(
        &self,
        place: &Place<'_>,
        key: (Direction, Cause),
        shapes: impl Iterator<Item = &'x Shape>,
    ) -> Option<Change> {
        let grants = self.rule(key.1).effect == Effect::Allow;
        let others = grants.then(|| place.others(key.1, self.edited));
        let mut changes = shapes.filter_map(|shape| {
            let formula = self.formula(place, key.1, others.as_ref(), shape);
            let domains = shape.solve(&formula)?;
            let example = self.example(place, key.1, others.as_ref(), (shape, &domains))?;
            Some(self.change(place, key, shape, example))
        });
        changes.next()
    }

    /// One of these requests. Where a rule that was left out is about its caller, all rules are asked.
    fn example(
        &self,
        place: &Place<'_>,
        cause: Cause,
        others: Option<&Others>,
        (shape, domains): (&Shape, &Domains),
    ) -> Option<Example> {
        let target = place.target(0).or_else(|| place.target(1))?;
        let action = place.actions.first().copied()?;
        let example = Example::of(domains, shape, target, action);
        let asked = place.neighbours.as_ref().zip(others);
        if asked.is_none_or(|(all, others)| all.hold(cause.sides(), others, &example)) {
            return Some(example);
        }
        let formula = self.whole(place, cause, shape);
        let domains = shape.solve(&formula)?;
        Some(Example::of(&domains, shape, target, action))
    }

    /// A change that is shown by this request.
    fn change(
        &self,
        place: &Place<'_>,
        (direction, cause): (Direction, Cause),
        shape: &Shape,
        example: Example,
    ) -> Change {
        Change {
            direction,
            cause,
            places: BTreeMap::new(),
            offered: BTreeMap::new(),
            before: self.deciding(self.old, place, 0, shape, &example),
            after: self.deciding(self.new, place, 1, shape, &example),
            example,
        }
    }

    fn deciding(
        &self,
        side: &Side<'_>,
        place: &Place<'_>,
        number: usize,
        shape: &Shape,
        example: &Example,
    ) -> Vec<usize> {
        let Some(target) = place.target(number).filter(|_| self.near.is_none()) else {
            return Vec::new();
        };
        let near = place.neighbours.as_ref();
        let near = near.map(|neighbours| neighbours.about(number, example));
        let relevant = near.as_ref().unwrap_or(&place.relevant[number]);
        let matching = |rules: &[usize]| -> Vec<usize> {
            let passes =
                |position: &&usize| example.passes(&side.formula(**position, shape, target));
            rules.iter().filter(passes).copied().collect()
        };
        let denies = matching(&relevant.denies);
        if denies.is_empty() {
            matching(&relevant.allows)
        } else {
            denies
        }
    }
}
