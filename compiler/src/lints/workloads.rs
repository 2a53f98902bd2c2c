//! Which rules make proxies know a workload by its certificate: those that name it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::analysis::Side;

/// The rules that name each workload.
pub struct Workloads {
    named_by: Vec<Vec<usize>>,
    /// by rule, places in the list above
    names: HashMap<usize, Vec<usize>>,
}

impl Workloads {
    /// Of all rules, guardrails as well.
    pub fn of(side: &Side<'_>) -> Self {
        let mut named_by: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (position, rule) in side.table.rules.iter().enumerate() {
            for term in rule.names() {
                named_by.entry(term).or_default().push(position);
            }
        }
        let is_workload = |term: &u32| {
            let term = side.term(*term);
            term.is_some_and(|term| side.policy.gate.is_workload(term))
        };
        named_by.retain(|term, _| is_workload(term));
        let named_by: Vec<Vec<usize>> = named_by.into_values().collect();
        let mut names: HashMap<usize, Vec<usize>> = HashMap::new();
        for (place, rules) in named_by.iter().enumerate() {
            for rule in rules {
                names.entry(*rule).or_default().push(place);
            }
        }
        Self { named_by, names }
    }

    /// Whether some workload is named by this rule alone, once those that are `gone` are taken out.
    pub fn needs(&self, rule: usize, gone: &BTreeSet<usize>) -> bool {
        let alone = |rules: &Vec<usize>| {
            let mut others = rules.iter().filter(|other| **other != rule);
            others.all(|other| gone.contains(other))
        };
        let names = self.names.get(&rule).into_iter().flatten();
        names
            .filter_map(|place| self.named_by.get(*place))
            .any(alone)
    }
}
