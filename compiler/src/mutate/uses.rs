//! What the proxies know because some rule asks for it: facts that are read from each request, and principals. A workload that
//! no rule names is not known by its certificate, and what is read of a request can be refused.

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{Condition, Effect};
use policies::facts::is_fact;

use crate::lower::{Resources, TableRule};

use super::change::{Changed, Swap};

/// Something that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Fact(String),
    /// by position
    Term(u32),
}

/// How many rules of the policy ask for each.
#[derive(Debug)]
pub(super) struct Uses {
    counts: BTreeMap<Use, usize>,
    /// by guardrails that are not in every bundle
    elsewhere: BTreeSet<Use>,
    /// of each rule, by position
    rules: Vec<BTreeSet<Use>>,
}

impl Uses {
    pub(super) fn of(changed: &Changed) -> Self {
        let rules: Vec<BTreeSet<Use>> = changed.rules().iter().map(uses).collect();
        let mut counts = BTreeMap::new();
        let mut elsewhere = BTreeSet::new();
        let own = changed.rules().iter().zip(&rules).take(changed.own());
        for (rule, uses) in own {
            if rule.effect == Effect::Guardrail && rule.resources != Resources::All {
                elsewhere.extend(uses.iter().cloned());
                continue;
            }
            for one in uses {
                *counts.entry(one.clone()).or_default() += 1;
            }
        }
        Self {
            counts,
            elsewhere,
            rules,
        }
    }

    /// What no rule asks for any more afterwards, guardrails about some models aside.
    pub(super) fn lost(&self, swap: &Swap) -> BTreeSet<&Use> {
        let uses = |rules: &[usize]| -> Vec<&Use> {
            let rules = rules.iter().filter_map(|rule| self.rules.get(*rule));
            rules.flatten().collect()
        };
        let (gone, come) = (uses(&swap.gone), uses(&swap.come));
        let come: BTreeSet<&Use> = come.into_iter().collect();
        let mut times: BTreeMap<&Use, usize> = BTreeMap::new();
        for one in gone {
            *times.entry(one).or_default() += 1;
        }
        let lost = times
            .into_iter()
            .filter(|(one, times)| !come.contains(*one) && self.counts.get(*one) == Some(times));
        lost.map(|(one, _)| one).collect()
    }

    /// Whether the proxies can be told to forget it: it is a principal that no guardrail names.
    pub(super) fn can_hide(&self, lost: &Use) -> bool {
        matches!(lost, Use::Term(_)) && !self.elsewhere.contains(lost)
    }
}

fn uses(rule: &TableRule) -> BTreeSet<Use> {
    let mut uses: BTreeSet<Use> = rule.names().into_iter().map(Use::Term).collect();
    if let Some(when) = &rule.when {
        collect(when, &mut uses);
    }
    uses
}

fn collect(condition: &Condition, uses: &mut BTreeSet<Use>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(part, uses));
        }
        Condition::Not(part) => collect(part, uses),
        Condition::Claim(name, _) if is_fact(name) => {
            uses.insert(Use::Fact(name.clone()));
        }
        _ => {}
    }
}
