//! What is there in place of a host, a path or a model that is not.

use std::collections::BTreeSet;

use compiler::analysis::Side;
use compiler::policy::Model;
use compiler::starter;
use compiler::syntax::suggest;
use policies::audit::AuditEvent;
use policies::decision::Reason;

/// What may be meant by a request that is about nothing; nothing of another, and where no model is declared that such a path is for.
pub fn instead(side: &Side<'_>, event: &AuditEvent) -> Option<String> {
    match event.reason {
        Reason::HostUnknown => Some(hosts(side, event)),
        Reason::PathUnknown => paths(side, event),
        Reason::ModelUnknown => Some(models(side, event)),
        _ => None,
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
