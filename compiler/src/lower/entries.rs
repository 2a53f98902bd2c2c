//! The models of a bundle, and the scopes that each lies in.
//!
//! A request is judged by its longest match, so an entry's scopes must be right for every name whose longest match it is.
//! They are, because every declared model and every pattern of a scope that a declared model covers is an entry. Take an
//! entry `e` and a pattern `p` of a scope. Either `p` covers `e`, and with it all of `e`'s names. Or `e` covers `p`: then
//! `p` lies below a declared model, is an entry itself and a longer match, so none of the names left to `e` is in `p`. Or
//! they are disjoint. In no case is `p` true for some of `e`'s names and false for others.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{Api, ModelEntry};
use policies::profile::server_name;

use crate::policy::Policy;

use super::TableRule;
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
    rules: &[(Cow<'_, Resources>, &TableRule)],
) -> Vec<ModelEntry> {
    let declared = declared(policy, namespaces);
    let known = Known::new(&declared);
    let told = told(&declared, rules);
    let mut by_namespace: BTreeMap<&str, Namespace<'_>> = BTreeMap::new();
    for pattern in &told {
        let here = by_namespace.entry(&pattern.namespace).or_default();
        here.declared.push(pattern);
    }
    for (number, scope) in (1..).zip(scopes) {
        for pattern in named_by(scope).into_iter().flatten() {
            let here = by_namespace.entry(&pattern.namespace).or_default();
            here.named.push((pattern, number));
        }
    }
    for model in &declared {
        let here = by_namespace.entry(&model.pattern.namespace).or_default();
        here.declared.push(&model.pattern);
    }
    let here = by_namespace.into_values();
    here.flat_map(|namespace| namespace.entries(&known))
        .collect()
}

/// What rules and files name in one namespace.
#[derive(Default)]
struct Namespace<'a> {
    /// with the number of the scope
    named: Vec<(&'a Pattern, u32)>,
    declared: Vec<&'a Pattern>,
}

impl Namespace<'_> {
    /// Sorted by name.
    fn entries(self, known: &Known<'_>) -> Vec<ModelEntry> {
        let named = self.named.iter().map(|(pattern, _)| *pattern);
        let mut patterns: Vec<&Pattern> = named.chain(self.declared).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let found = patterns.into_iter();
        let found = found.filter_map(|pattern| Some((pattern, known.longest(pattern)?, vec![])));
        let mut entries: Vec<(&Pattern, &Declared, Vec<u32>)> = found.collect();
        for (pattern, number) in self.named {
            // what a pattern covers stands together, from its own name on
            let from = entries.partition_point(|(entry, ..)| entry.name < pattern.name);
            let after = entries.iter_mut().skip(from);
            let near = after.take_while(|(entry, ..)| entry.name.starts_with(&pattern.name));
            let near = near.take(if pattern.open { usize::MAX } else { 1 });
            let inside = near.filter(|(entry, ..)| pattern.covers(entry));
            inside.for_each(|(.., inside)| inside.push(number));
        }
        let entry = |(pattern, model, scopes): (&Pattern, &Declared, Vec<u32>)| ModelEntry {
            namespace: pattern.namespace.as_str().into(),
            name: pattern.entry_name(),
            api: model.api,
            public: model.public,
            scopes,
        };
        let mut entries: Vec<ModelEntry> = entries.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        entries
    }
}

/// What conditions tell from other models, where servers read several spellings of a name alike: a name of which the filter knows
/// nothing would pass in another spelling.
fn told(declared: &[Declared], rules: &[(Cow<'_, Resources>, &TableRule)]) -> BTreeSet<Pattern> {
    let folding = declared
        .iter()
        .filter(|model| model.api.profile().folds_names);
    let folding: BTreeSet<&str> = folding
        .map(|model| model.pattern.namespace.as_str())
        .collect();
    if folding.is_empty() {
        return BTreeSet::new();
    }
    let told = rules
        .iter()
        .flat_map(|(_, rule)| rule.tells_apart(&folding));
    told.collect()
}

fn named_by(scope: &Resources) -> Option<&BTreeSet<Pattern>> {
    match scope {
        Resources::Of(named) => Some(named),
        Resources::All => None,
    }
}

/// Declared models, to be found by what they cover: the protocol and openness of an entry are those of its longest match.
struct Known<'a> {
    exact: BTreeMap<(&'a str, &'a str), &'a Declared>,
    beginnings: BTreeMap<(&'a str, &'a str), &'a Declared>,
    /// of beginnings, longest first
    lengths: BTreeSet<Reverse<usize>>,
}

impl<'a> Known<'a> {
    fn new(declared: &'a [Declared]) -> Self {
        let (open, exact): (Vec<&Declared>, Vec<&Declared>) =
            declared.iter().partition(|model| model.pattern.open);
        let name = |model: &&'a Declared| (&*model.pattern.namespace, &*model.pattern.name);
        let by_name = |models: &[&'a Declared]| {
            let named = models.iter().map(|model| (name(model), *model));
            named.collect::<BTreeMap<_, _>>()
        };
        Self {
            lengths: open
                .iter()
                .map(|model| Reverse(model.pattern.name.len()))
                .collect(),
            beginnings: by_name(&open),
            exact: by_name(&exact),
        }
    }

    fn longest(&self, pattern: &Pattern) -> Option<&'a Declared> {
        let (namespace, name) = (pattern.namespace.as_str(), pattern.name.as_str());
        let exact = self.exact.get(&(namespace, name)).filter(|_| !pattern.open);
        let mut lengths = self.lengths.iter();
        let beginning = || {
            lengths
                .find_map(|Reverse(length)| self.beginnings.get(&(namespace, name.get(..*length)?)))
        };
        exact.or_else(beginning).copied()
    }
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
    let mut open: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for model in &declared {
        let key = (model.pattern.namespace.as_str(), model.api.name());
        *open.entry(key).or_insert(true) &= model.public;
    }
    let public = |namespace: &str, api: Api| open.get(&(namespace, api.name())) == Some(&true);
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
