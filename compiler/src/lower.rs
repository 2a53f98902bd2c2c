//! From Cedar to the decision table: exact, or a diagnostic that says which construct has no place in the table.
//!
//! It reads the Cedar policies, never the access files again, so that the table can only mean what the auditor reads.

mod absent;
mod address;
mod claim;
mod condition;
mod entries;
mod filled;
mod local;
mod operand;
mod refusal;
mod resources;
mod routes;
mod rule;
mod spellings;
mod target;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{Condition, Effect, Text, Who};

use crate::cedar::Meaning;
use crate::diagnostic::Diagnostic;
use crate::policy::Gate;

pub use absent::warnings;
pub use address::text as ip;
pub use resources::{Pattern, Resources};
pub use spellings::{check as spellings, usual};
pub use target::{address, asked as facts, bundle, cluster, mesh_host};
pub use terms::Terms;

/// The decision table before it is cut to what one proxy needs. Terms are positions in `terms`.
#[derive(Debug, Clone)]
pub struct Table {
    /// every principal that a policy names
    pub terms: Terms,
    /// one for every Cedar policy, in the same order
    pub rules: Vec<TableRule>,
}

/// One Cedar policy, lowered.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRule {
    /// of the Cedar policy
    pub id: String,
    /// what it does when it matches
    pub effect: Effect,
    /// whom it speaks of
    pub who: Who,
    /// actions, groups resolved, sorted
    pub actions: Vec<Action>,
    /// models it speaks of
    pub resources: Resources,
    /// the rest of the policy
    pub when: Option<Condition>,
    /// for the audit event
    pub because: Option<String>,
}

impl TableRule {
    /// The models of these namespaces that its condition tells from others.
    #[must_use]
    pub fn tells_apart(&self, namespaces: &BTreeSet<&str>) -> BTreeSet<Pattern> {
        let Some(when) = &self.when else {
            return BTreeSet::new();
        };
        let within: BTreeSet<&str> = match &self.resources {
            Resources::All => namespaces.iter().copied().collect(),
            Resources::Of(patterns) => {
                let named = patterns.iter().map(|pattern| pattern.namespace.as_str());
                named.filter(|name| namespaces.contains(name)).collect()
            }
        };
        let told = within.into_iter().flat_map(|name| mentioned(when, name));
        told.collect()
    }

    /// The principals that it names, as who calls, as the peer, or as the application.
    #[must_use]
    pub fn names(&self) -> BTreeSet<u32> {
        fn collect(condition: &Condition, names: &mut BTreeSet<u32>) {
            match condition {
                Condition::All(parts) | Condition::Any(parts) => {
                    parts.iter().for_each(|part| collect(part, names));
                }
                Condition::Not(part) => collect(part, names),
                Condition::PrincipalIn(terms)
                | Condition::PeerIn(terms)
                | Condition::ClientIn(terms) => names.extend(terms),
                _ => {}
            }
        }
        let mut names = BTreeSet::new();
        if let Who::AnyOf(terms) = &self.who {
            names.extend(terms);
        }
        if let Some(when) = &self.when {
            collect(when, &mut names);
        }
        names
    }
}

/// The models of a namespace that a condition tells from others, by name or beginning.
#[must_use]
pub fn mentioned(condition: &Condition, namespace: &str) -> BTreeSet<Pattern> {
    fn collect(condition: &Condition, namespace: &str, patterns: &mut BTreeSet<Pattern>) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => {
                parts
                    .iter()
                    .for_each(|part| collect(part, namespace, patterns));
            }
            Condition::Not(part) => collect(part, namespace, patterns),
            Condition::ModelIn(names) => {
                let names = names.iter().map(|name| Pattern::parse(name));
                patterns.extend(names.filter(|pattern| pattern.namespace == namespace));
            }
            Condition::Text(Text::Name, name) if !name.is_empty() && !name.contains('*') => {
                patterns.insert(Pattern::exact(namespace, name));
            }
            _ => {}
        }
    }
    let mut patterns = BTreeSet::new();
    collect(condition, namespace, &mut patterns);
    patterns
}

/// Lowers every policy.
///
/// # Errors
/// One diagnostic for every policy that is not exact in the table.
pub fn lower(meaning: &Meaning, gate: &Gate) -> Result<Table, Vec<Diagnostic>> {
    let mut terms = Terms::new(gate);
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    let mut forms = filled::Forms::new(meaning, gate);
    for statement in &meaning.statements {
        match forms.lower(statement, &mut terms) {
            Ok(rule) => rules.push(rule),
            Err(refusal) => problems.push(refusal.diagnostic(statement)),
        }
    }
    if problems.is_empty() {
        problems.extend(too_many_names(&rules, meaning));
    }
    if problems.is_empty() {
        Ok(Table { terms, rules })
    } else {
        Err(problems)
    }
}

/// In each namespace the first rule with which the conditions of its rules tell too many names apart: each of them is asked about, and
/// compared with all. Guardrails have a bound of their own.
fn too_many_names(rules: &[TableRule], meaning: &Meaning) -> Vec<Diagnostic> {
    const MOST: usize = 1000;
    let mut told: BTreeMap<&str, BTreeSet<Pattern>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (rule, statement) in rules.iter().zip(&meaning.statements) {
        let Resources::Of(patterns) = &rule.resources else {
            continue;
        };
        let own = rule.when.as_ref().zip(patterns.first());
        let Some((when, pattern)) = own.filter(|_| rule.effect != Effect::Guardrail) else {
            continue;
        };
        let namespace = pattern.namespace.as_str();
        let names = told.entry(namespace).or_default();
        let before = names.len();
        names.extend(mentioned(when, namespace));
        let now = names.len();
        if before <= MOST && now > MOST {
            let message = format!(
                "with this one, conditions of `{namespace}` name {now} models, the most is {MOST}"
            );
            let help = "write the names under `models`, and a rule for each condition";
            let problem = Diagnostic::error("MG0910", statement.span, message);
            problems.push(problem.with_help(help));
        }
    }
    problems
}

#[cfg(test)]
mod tests;
