//! The rules that can match somewhere, and what each speaks of as bits: its actions, whether it denies, and whether it asks for the method.

use policies::action::Action;
use policies::bundle::{Condition, Effect, Text};
use policies::facts::VERSION;

use crate::lower::TableRule;

/// The rules that can match for one class of models and one action.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relevant {
    /// positions of rules that grant
    pub allows: Vec<usize>,
    /// positions of rules that refuse, guardrails among them
    pub denies: Vec<usize>,
}

/// Beside the bits of actions.
const DENIES: u32 = 1 << 31;

/// The rule asks for the method, or for a version, which not all requests can name.
pub(super) const METHOD: u32 = 1 << 30;

pub(super) const fn bit(action: Action) -> u32 {
    1 << action as u32
}

/// What a rule speaks of.
pub(super) fn kind(rule: &TableRule) -> u32 {
    let denies = if rule.effect == Effect::Allow {
        0
    } else {
        DENIES
    };
    let depends = |part: &Condition| match part {
        Condition::Text(text, _) => *text == Text::Method,
        Condition::Claim(name, _) => name == VERSION,
        _ => false,
    };
    let when = rule.when.as_ref();
    let method = if when.is_some_and(|when| asks(when, &depends)) {
        METHOD
    } else {
        0
    };
    let bits = rule.actions.iter().map(|action| bit(*action));
    bits.fold(denies | method, |kind, bit| kind | bit)
}

/// Whether some part of the condition is like this.
pub(super) fn asks(condition: &Condition, like: &impl Fn(&Condition) -> bool) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| asks(part, like)),
        Condition::Not(part) => asks(part, like),
        part => like(part),
    }
}

impl Relevant {
    pub(super) fn add(&mut self, rule: usize, kind: u32) {
        if kind & DENIES == 0 {
            self.allows.push(rule);
        } else {
            self.denies.push(rule);
        }
    }

    /// The number of a rule among these: those that grant are counted before those that refuse.
    pub(super) fn number(&self, rule: usize) -> Option<usize> {
        let grant = self.allows.binary_search(&rule).ok();
        grant.or_else(|| Some(self.allows.len() + self.denies.binary_search(&rule).ok()?))
    }

    /// The rule with this number.
    pub(super) fn rule(&self, number: usize) -> Option<usize> {
        let deny = || self.denies.get(number.checked_sub(self.allows.len())?);
        self.allows.get(number).or_else(deny).copied()
    }
}
