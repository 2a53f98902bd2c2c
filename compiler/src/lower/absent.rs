//! Groups that a token may leave out: what a rule keeps from a group is not kept from who hides that he is in it.

use std::collections::BTreeSet;

use policies::bundle::{CLOCK, ClaimPath, Condition, Effect, Who};

use crate::diagnostic::Diagnostic;
use crate::policy::{Gate, Issuer, Term};
use crate::source::Span;

use super::{Table, TableRule};

/// A warning for each issuer with a group that something is denied to, whose tokens need not say their groups; at the first
/// such rule. `places` are those of the table's rules.
pub fn warnings(table: &Table, gate: &Gate, places: &[Span]) -> Vec<Diagnostic> {
    let mut warned = BTreeSet::new();
    let mut warnings = Vec::new();
    for (rule, span) in table.rules.iter().zip(places) {
        let named = hurtful(rule);
        let groups = named.into_iter().filter_map(|position| {
            let term = table.terms.names().get(usize::try_from(position).ok()?)?;
            let Term::Group(id) = term else { return None };
            id.split_once('/')
        });
        for (owner, group) in groups {
            let issuer = gate.issuers.iter().find(|issuer| issuer.name == owner);
            if let Some(issuer) = issuer.filter(|issuer| !says_its_groups(issuer))
                && warned.insert(owner)
            {
                warnings.push(warning(issuer, group, *span));
            }
        }
    }
    warnings
}

/// The terms that hurt whoever has them: named by what denies, or left out by what allows. What is refused because nobody knows a clock
/// is what another rule allows or denies.
fn hurtful(rule: &TableRule) -> BTreeSet<u32> {
    if rule.id.ends_with(CLOCK) {
        return BTreeSet::new();
    }
    let denies = rule.effect != Effect::Allow;
    let mut named = BTreeSet::new();
    if let (Who::AnyOf(terms), true) = (&rule.who, denies) {
        named.extend(terms);
    }
    let conditions = rule.when.iter();
    conditions.for_each(|when| matching(when, denies, &mut named));
    named
}

fn warning(issuer: &Issuer, group: &str, span: Span) -> Diagnostic {
    let name = &issuer.name;
    let message = format!(
        "a token of issuer `{name}` that does not say its groups passes by what is kept from `{group}`"
    );
    let help = match &issuer.claims.groups {
        Some(path) => format!(
            "add to the issuer `requiredClaims: [{{ claim: {} }}]`",
            written(path)
        ),
        None => format!("no token of `{name}` says groups: deny something else"),
    };
    Diagnostic::warning("MG0219", span, message).with_help(help)
}

fn says_its_groups(issuer: &Issuer) -> bool {
    let required = |path: &ClaimPath| issuer.required.iter().any(|claim| claim.claim == *path);
    issuer.claims.groups.as_ref().is_some_and(required)
}

/// The path as the gate has it.
fn written(path: &ClaimPath) -> String {
    match path.as_slice() {
        [only] if !only.contains('.') || only.contains(['/', ':']) => only.clone(),
        steps if steps.iter().all(|step| !step.contains(['.', '/', ':'])) => steps.join("."),
        steps => format!("[{}]", steps.join(", ")),
    }
}

/// The terms that make the condition hold by being the caller's; where it is not `positive`, those that make it fail.
fn matching(condition: &Condition, positive: bool, named: &mut BTreeSet<u32>) {
    match condition {
        Condition::PrincipalIn(terms) if positive => named.extend(terms),
        Condition::Not(part) => matching(part, !positive, named),
        Condition::All(parts) | Condition::Any(parts) => {
            parts
                .iter()
                .for_each(|part| matching(part, positive, named));
        }
        _ => {}
    }
}
