//! Where a test failed: what the reason means, and what to look at or to type.

use compiler::analysis::Side;
use compiler::analysis::why::why;
use compiler::cases::Outcome;
use compiler::source::Source;
use policies::audit::AuditEvent;
use policies::decision::Reason;

use crate::instead::instead;
use crate::project::Compiled;
use crate::{codes, shown};

/// Rules that would have allowed it of which one hears.
const NEAREST: usize = 3;

/// Of each test that failed what one hears of it; nothing of the others, and of those that cannot be run.
pub fn advice(
    compiled: &Compiled,
    outcomes: &[Outcome],
    sources: &[Source],
) -> Vec<Option<String>> {
    if outcomes.iter().all(|outcome| outcome.failure.is_none()) {
        return vec![None; outcomes.len()];
    }
    let output = &compiled.output;
    let policy = &compiled.loaded.policy;
    let side = Side::compiled(policy, output.table.clone(), &output.meaning);
    let advice = |outcome: &Outcome| {
        let event = outcome
            .event
            .as_ref()
            .filter(|_| outcome.failure.is_some())?;
        let said = codes::reason(event.reason.code());
        let what = match event.reason {
            Reason::NotPermitted => nearest(&side, outcome, sources),
            Reason::TokenMissing => "write `user`, `serviceAccount` or `peer` in `who`".to_owned(),
            _ if !event.rules.is_empty() => decided(&side, event, sources),
            _ => instead(&side, event).unwrap_or(said.help),
        };
        Some(format!("{}: {what}", said.meaning))
    };
    outcomes.iter().map(advice).collect()
}

/// The rules that decided, where they stand, and whom they speak of.
fn decided(side: &Side<'_>, event: &AuditEvent, sources: &[Source]) -> String {
    let positions = event.rules.iter().filter_map(|id| side.position(id));
    let rules = positions.map(|position| {
        let rule = shown::rule(side, position, sources);
        format!("{rule} speaks of {}", shown::whom(side, position))
    });
    let rules: Vec<String> = rules.collect();
    rules.join("; ")
}

fn nearest(side: &Side<'_>, outcome: &Outcome, sources: &[Source]) -> String {
    let asked = outcome.asked.first();
    let missed = asked.map(|asked| why(side, asked).missed);
    let missed = missed.unwrap_or_default();
    let nearest = missed.iter().take(NEAREST);
    let nearest: Vec<String> = nearest
        .map(|miss| shown::miss(side, miss, sources))
        .collect();
    match nearest.is_empty() {
        true => "add one to `allow`".to_owned(),
        false => nearest.join("; "),
    }
}
