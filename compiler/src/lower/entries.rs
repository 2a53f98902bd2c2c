//! The models of a bundle, and the scopes that each lies in.
//!
//! A request is judged by its longest match, so an entry's scopes must be right for every name whose longest match it is.
//! They are, because every declared model and every pattern of a scope that a declared model covers is an entry. Take an
//! entry `e` and a pattern `p` of a scope. Either `p` covers `e`, and with it all of `e`'s names. Or `e` covers `p`: then
//! `p` lies below a declared model, is an entry itself and a longer match, so none of the names left to `e` is in `p`. Or
//! they are disjoint. In no case is `p` true for some of `e`'s names and false for others.

use std::collections::BTreeSet;

use policies::bundle::{Api, ModelEntry};
use policies::profile::server_name;

use crate::policy::Policy;

use super::resources::{Pattern, Resources};

/// What a namespace declares.
struct Declared {
    pattern: Pattern,
    api: Api,
    public: bool,
}

/// The entries of these namespaces, sorted. `scopes` are the bundle's from scope 1 on; scope 0 holds every model.
pub fn entries(
    policy: &Policy,
    namespaces: &BTreeSet<&str>,
    scopes: &[&Resources],
) -> Vec<ModelEntry> {
    let declared = declared(policy, namespaces);
    let mut patterns: BTreeSet<&Pattern> = declared.iter().map(|model| &model.pattern).collect();
    for scope in scopes {
        let Resources::Of(named) = scope else {
            continue;
        };
        patterns.extend(
            named
                .iter()
                .filter(|named| declared.iter().any(|model| model.pattern.covers(named))),
        );
    }
    let mut entries: Vec<ModelEntry> = patterns
        .into_iter()
        .filter_map(|pattern| entry(pattern, &declared, scopes))
        .collect();
    entries.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    entries
}

/// The models of the files, and the servers of many models, each as a whole: it is public where all models of its protocol are.
fn declared(policy: &Policy, namespaces: &BTreeSet<&str>) -> Vec<Declared> {
    let files = policy
        .files
        .iter()
        .filter(|file| namespaces.contains(file.namespace.as_str()));
    let models = files.flat_map(|file| file.models.iter().map(move |model| (file, model)));
    let mut declared: Vec<Declared> = models
        .map(|(file, model)| Declared {
            pattern: Pattern::named(&file.namespace, &model.name),
            api: model.api,
            public: model.public,
        })
        .collect();
    let owners = policy.gate.namespaces.iter();
    let servers = owners
        .filter(|owner| namespaces.contains(owner.name.as_str()))
        .flat_map(|owner| owner.backends.iter().map(move |backend| (owner, backend)))
        .filter(|(_, backend)| !backend.api.profile().one_model_a_backend());
    let public = |namespace: &str, api: Api| {
        let own = |model: &&Declared| model.api == api && model.pattern.namespace == namespace;
        let mut models = declared.iter().filter(own).peekable();
        models.peek().is_some() && models.all(|model| model.public)
    };
    let servers: Vec<Declared> = servers
        .map(|(owner, backend)| Declared {
            pattern: Pattern::named(&owner.name, &server_name(&backend.service)),
            api: backend.api,
            public: public(&owner.name, backend.api),
        })
        .collect();
    declared.extend(servers);
    declared
}

/// The protocol and openness of an entry are those of its longest declared match.
fn entry(pattern: &Pattern, declared: &[Declared], scopes: &[&Resources]) -> Option<ModelEntry> {
    let covering = declared
        .iter()
        .filter(|model| model.pattern.covers(pattern));
    let model = covering.max_by_key(|model| (model.pattern.name.len(), !model.pattern.open))?;
    let inside = (1..).zip(scopes).filter(|(_, scope)| scope.covers(pattern));
    Some(ModelEntry {
        namespace: pattern.namespace.clone(),
        name: pattern.entry_name(),
        api: model.api,
        public: model.public,
        scopes: inside.map(|(number, _)| number).collect(),
    })
}
