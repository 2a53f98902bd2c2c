//! Proxies whose rules can be turned on and off, to run tests under many policies that differ in a few rules.

use std::collections::HashMap;
use std::rc::Rc;

use policies::action::Action;

use crate::lower::TableRule;

use super::Bench;

/// A bench of a bundle that holds more rules than are in force.
#[derive(Debug)]
pub(crate) struct Switchboard {
    bench: Bench,
    actions: Vec<Rc<[Action]>>,
    /// of each guard, where it keeps the rule at a position of the table
    places: Vec<HashMap<usize, usize>>,
}

impl Switchboard {
    /// With a bench whose rules are called by their positions among these; only the first of them, so many, are in force.
    pub(crate) fn new(bench: Bench, rules: &[TableRule], own: usize) -> Self {
        let places = bench.guards.iter().map(|(_, guard)| {
            let rules = guard.engine().bundle().rules.iter().enumerate();
            let places =
                rules.filter_map(|(place, rule)| Some((rule.id.to_string().parse().ok()?, place)));
            places.collect()
        });
        let mut board = Self {
            places: places.collect(),
            bench,
            actions: rules
                .iter()
                .map(|rule| rule.actions.as_slice().into())
                .collect(),
        };
        (own..rules.len()).for_each(|position| board.turn(position, false));
        board
    }

    /// Puts the rule in force, or out of it.
    pub(crate) fn turn(&mut self, position: usize, on: bool) {
        for ((_, guard), places) in self.bench.guards.iter_mut().zip(&self.places) {
            if let Some(place) = places.get(&position) {
                let actions = self.actions.get(position).filter(|_| on);
                guard.set_actions(*place, actions.cloned().unwrap_or_default());
            }
        }
    }

    /// Makes the principal one that no rule names, or one that is named again.
    pub(crate) fn hide(&mut self, term: &str, hidden: bool) {
        let guards = self.bench.guards.iter_mut();
        guards.for_each(|(_, guard)| guard.hide(term, hidden));
    }

    /// The proxies as they are now.
    pub(crate) const fn bench(&mut self) -> &mut Bench {
        &mut self.bench
    }
}
