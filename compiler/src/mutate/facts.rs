//! What rules ask of a request besides what every request has: nothing of it is read that no rule asks for, and what is read
//! can be refused.

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{Condition, Effect};
use policies::facts::is_fact;

use super::change::{Changed, Swap};

/// How many rules of the files ask for each fact.
#[derive(Debug)]
pub(super) struct Facts {
    counts: BTreeMap<String, usize>,
    /// by position
    asked: Vec<BTreeSet<String>>,
}

impl Facts {
    pub(super) fn of(changed: &Changed) -> Self {
        let asked = changed.rules().iter().map(|rule| {
            let mut facts = BTreeSet::new();
            if let Some(when) = &rule.when {
                collect(when, &mut facts);
            }
            facts
        });
        let asked: Vec<BTreeSet<String>> = asked.collect();
        let mut counts = BTreeMap::new();
        let own = changed.rules().iter().zip(&asked).take(changed.own());
        // a guardrail is not in every bundle
        let own = own.filter(|(rule, _)| rule.effect != Effect::Guardrail);
        for fact in own.flat_map(|(_, facts)| facts) {
            *counts.entry(fact.clone()).or_default() += 1;
        }
        Self { counts, asked }
    }

    /// Whether a fact is asked for that no rule of the files asks for afterwards.
    pub(super) fn lost(&self, swap: &Swap) -> bool {
        let facts = |rules: &[usize]| -> Vec<&String> {
            let rules = rules.iter().filter_map(|rule| self.asked.get(*rule));
            rules.flatten().collect()
        };
        let (gone, come) = (facts(&swap.gone), facts(&swap.come));
        gone.iter().any(|fact| {
            let times = gone.iter().filter(|other| other == &fact).count();
            !come.contains(fact) && self.counts.get(*fact) == Some(&times)
        })
    }
}

fn collect(condition: &Condition, facts: &mut BTreeSet<String>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(part, facts));
        }
        Condition::Not(part) => collect(part, facts),
        Condition::Claim(name, _) if is_fact(name) => {
            facts.insert(name.clone());
        }
        _ => {}
    }
}
