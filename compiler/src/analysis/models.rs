//! The classes of models' names: two names of a class are the same to every rule and to every declared model.

use std::collections::{BTreeMap, BTreeSet};

use policies::bundle::{Api, Condition, Text};
use policies::profile::server_name;

use crate::lower::{Pattern, Resources, TableRule};
use crate::policy::Policy;

/// What a name is declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// its protocol
    pub api: Api,
    /// `resource.public`
    pub public: bool,
}

/// One class of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class {
    /// the names whose longest match among all patterns this is
    pub pattern: Pattern,
    /// one of them
    pub example: String,
}

impl Class {
    /// One name alone.
    #[must_use]
    pub fn exactly(namespace: &str, name: &str) -> Self {
        Self {
            pattern: Pattern::exact(namespace, name),
            example: name.to_owned(),
        }
    }
}

/// The declared models of every namespace.
#[derive(Debug)]
pub struct Declared(BTreeMap<String, Vec<(Pattern, Kind)>>);

impl Declared {
    /// The models of the files, and the servers of many models, each as a whole: public where all models of its protocol are.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        let mut all: BTreeMap<String, Vec<(Pattern, Kind)>> = BTreeMap::new();
        for file in &policy.files {
            let models = all.entry(file.namespace.clone()).or_default();
            models.extend(file.models.iter().map(|model| {
                let kind = Kind {
                    api: model.api,
                    public: model.public,
                };
                (Pattern::named(&file.namespace, &model.name), kind)
            }));
        }
        for owner in &policy.gate.namespaces {
            let models = all.entry(owner.name.clone()).or_default();
            let many = |api: Api| !api.profile().one_model_a_backend();
            let servers = owner.backends.iter().filter(|backend| many(backend.api));
            let servers: Vec<(Pattern, Kind)> = servers
                .map(|backend| {
                    let mut own = models
                        .iter()
                        .filter(|(_, kind)| kind.api == backend.api)
                        .peekable();
                    let public = own.peek().is_some() && own.all(|(_, kind)| kind.public);
                    let kind = Kind {
                        api: backend.api,
                        public,
                    };
                    (
                        Pattern::named(&owner.name, &server_name(&backend.service)),
                        kind,
                    )
                })
                .collect();
            models.extend(servers);
        }
        Self(all)
    }

    /// The namespaces, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The models of a namespace.
    pub fn patterns(&self, namespace: &str) -> impl Iterator<Item = &Pattern> {
        let models = self.0.get(namespace);
        models.into_iter().flatten().map(|(pattern, _)| pattern)
    }

    /// What a name is, by its longest match.
    #[must_use]
    pub fn kind(&self, namespace: &str, name: &str) -> Option<Kind> {
        let name = Pattern::exact(namespace, name);
        let models = self.0.get(namespace)?.iter();
        let covering = models.filter(|(pattern, _)| pattern.covers(&name));
        let longest = covering.max_by_key(|(pattern, _)| (!pattern.open, pattern.name.len()));
        longest.map(|(_, kind)| *kind)
    }

    /// Whether both declare the same there.
    #[must_use]
    pub fn same(&self, other: &Self, namespace: &str) -> bool {
        self.0.get(namespace) == other.0.get(namespace)
    }
}

/// The classes of a namespace under these declarations and rules, sorted.
#[must_use]
pub fn classes<'a>(
    namespace: &str,
    declared: &[&Declared],
    rules: impl IntoIterator<Item = &'a TableRule>,
) -> Vec<Class> {
    let known = declared
        .iter()
        .flat_map(|declared| declared.patterns(namespace));
    let known: BTreeSet<&Pattern> = known.collect();
    let mut patterns: BTreeSet<Pattern> = known.iter().map(|pattern| (*pattern).clone()).collect();
    for rule in rules {
        if let Resources::Of(named) = &rule.resources {
            patterns.extend(named.iter().cloned());
        }
        if let Some(when) = &rule.when {
            mentioned(when, namespace, &mut patterns);
        }
    }
    patterns.retain(|pattern| {
        pattern.namespace == namespace && known.iter().any(|model| model.covers(pattern))
    });
    let all: Vec<&Pattern> = patterns.iter().collect();
    let class = |pattern: &&Pattern| {
        let example = example(pattern, &all)?;
        Some(Class {
            pattern: (*pattern).clone(),
            example,
        })
    };
    all.iter().filter_map(class).collect()
}

/// Names that a condition tells from others.
fn mentioned(condition: &Condition, namespace: &str, patterns: &mut BTreeSet<Pattern>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts
            .iter()
            .for_each(|part| mentioned(part, namespace, patterns)),
        Condition::Not(part) => mentioned(part, namespace, patterns),
        Condition::ModelIn(names) => patterns.extend(names.iter().map(|name| Pattern::parse(name))),
        Condition::Text(Text::Name, name) if !name.is_empty() && !name.contains('*') => {
            patterns.insert(Pattern::exact(namespace, name));
        }
        _ => {}
    }
}

/// A name whose longest match the pattern is; `None` where others cover all of it, as far as names are tried.
fn example(pattern: &Pattern, all: &[&Pattern]) -> Option<String> {
    if !pattern.open {
        return Some(pattern.name.clone());
    }
    let below: Vec<&&Pattern> = all
        .iter()
        .filter(|other| ***other != *pattern && pattern.covers(other))
        .collect();
    let free = |name: &String| {
        let name = Pattern::exact(&pattern.namespace, name);
        !below.iter().any(|other| other.covers(&name))
    };
    let endings = (0..=below.len()).map(|number| format!("x{number}"));
    let letters = ('a'..='z')
        .chain('A'..='Z')
        .chain('0'..='9')
        .chain(['.', '_', ':', '@', '/', '-']);
    let names = std::iter::once("x".to_owned())
        .chain(endings)
        .chain(letters.map(String::from))
        .map(|ending| format!("{}{ending}", pattern.name))
        .chain([pattern.name.clone()]);
    names.filter(|name| !name.is_empty()).find(free)
}
