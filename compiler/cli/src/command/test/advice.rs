//! Where a test failed: what the reason means, and what to look at or to type.

use std::collections::BTreeSet;

use compiler::analysis::Side;
use compiler::analysis::why::why;
use compiler::cases::Outcome;
use compiler::policy::Model;
use compiler::source::Source;
use compiler::starter;
use compiler::syntax::suggest;
use policies::audit::AuditEvent;
use policies::decision::Reason;

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
            Reason::HostUnknown => hosts(&side, event),
            Reason::PathUnknown => paths(&side, event).unwrap_or(said.help),
            Reason::ModelUnknown => models(&side, event),
            Reason::TokenMissing => "write `user`, `serviceAccount` or `peer` in `who`".to_owned(),
            _ if !event.rules.is_empty() => decided(&side, event, sources),
            _ => said.help,
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

fn hosts(side: &Side<'_>, event: &AuditEvent) -> String {
    let namespaces = side.policy.gate.namespaces.iter();
    let hosts: Vec<&str> = namespaces
        .flat_map(|namespace| namespace.hosts.iter().map(String::as_str))
        .collect();
    let host = event.host.as_deref().unwrap_or_default();
    suggest::help(host, hosts, "the hosts are")
}

/// What the servers behind the host understand; nothing where no model of theirs is declared.
fn paths(side: &Side<'_>, event: &AuditEvent) -> Option<String> {
    let host = event.host.as_deref().unwrap_or_default();
    let namespaces = side.policy.gate.namespaces.iter();
    let servers = namespaces.flat_map(|own| own.backends.iter().map(move |server| (own, server)));
    let here = servers.filter(|(_, server)| server.hosts.iter().any(|known| known == host));
    let usual = here.filter_map(|(own, server)| {
        let api = server.api;
        let model = declared(side, &own.name).find(|model| model.api == api)?;
        let name = model.name.replace('*', "a");
        let (path, _) = starter::usual(&own.name, &starter::Model { name, api });
        Some(format!("`POST {path}` ({})", api.name()))
    });
    let usual: BTreeSet<String> = usual.collect();
    let usual: Vec<String> = usual.into_iter().collect();
    (!usual.is_empty()).then(|| format!("the usual one is {}", usual.join(" or ")))
}

fn models(side: &Side<'_>, event: &AuditEvent) -> String {
    let namespace = event.namespace.as_deref().unwrap_or_default();
    let names: Vec<&str> = declared(side, namespace)
        .map(|model| model.name.as_str())
        .collect();
    let model = event.model.as_deref().unwrap_or_default();
    suggest::help(model, names, "the files declare")
}

fn declared<'a>(side: &'a Side<'_>, namespace: &'a str) -> impl Iterator<Item = &'a Model> {
    let files = side.policy.files.iter();
    let own = files.filter(move |file| file.namespace == namespace);
    own.flat_map(|file| &file.models)
}
