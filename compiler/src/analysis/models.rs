//! The classes of models' names: two names of a class are the same to every rule and to every declared model.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use policies::bundle::Api;
use policies::engine::{folded, plain};
use policies::profile::server_name;

use crate::lower::{Pattern, Resources, TableRule, mentioned, usual};
use crate::policy::Policy;

use super::names::Names;
use super::spelled::Spelled;

/// What a name is declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// its protocol
    pub api: Api,
    /// `resource.public`
    pub public: bool,
}

impl Kind {
    /// Whether servers read several spellings of a name alike.
    fn folds(self) -> bool {
        self.api.profile().folds_names
    }
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

    /// Whether it is a server of many models as a whole: no model's name begins so.
    #[must_use]
    pub fn is_server(&self) -> bool {
        self.example.starts_with('@')
    }
}

/// The declared models of every namespace.
#[derive(Debug)]
pub struct Declared {
    models: BTreeMap<String, Vec<(Pattern, Kind)>>,
    by_name: BTreeMap<String, Names<Kind>>,
    /// of namespaces with models whose servers read several spellings of a name alike
    spelled: BTreeMap<String, Spelled>,
}

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
        let by_name = all.iter();
        Self {
            by_name: by_name
                .map(|(namespace, models)| (namespace.clone(), by_name_of(models)))
                .collect(),
            spelled: all.iter().filter_map(spelled).collect(),
            models: all,
        }
    }

    /// These beside rules that tell some of their names from others.
    #[must_use]
    pub fn beside(mut self, rules: &[TableRule]) -> Self {
        if self.spelled.is_empty() {
            return self;
        }
        let mut spelled = std::mem::take(&mut self.spelled);
        let namespaces: Vec<String> = spelled.keys().cloned().collect();
        let namespaces: BTreeSet<&str> = namespaces.iter().map(String::as_str).collect();
        let mut seen = BTreeSet::new();
        for rule in rules {
            let named = match &rule.resources {
                // rules of one file have the same list
                Resources::Of(named) if seen.insert(Arc::as_ptr(named)) => Some(named.iter()),
                _ => None,
            };
            let told = rule.tells_apart(&namespaces);
            for pattern in named.into_iter().flatten().chain(&told) {
                let names = spelled.get_mut(&pattern.namespace);
                if let Some(names) = names.filter(|_| self.longest(pattern).is_some()) {
                    names.add(pattern);
                }
            }
        }
        Self { spelled, ..self }
    }

    /// The namespaces, sorted.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// The models of a namespace.
    pub fn patterns(&self, namespace: &str) -> impl Iterator<Item = &Pattern> {
        let models = self.models.get(namespace);
        models.into_iter().flatten().map(|(pattern, _)| pattern)
    }

    /// What a name is, by its longest match; `None` also for one that is refused as another spelling.
    #[must_use]
    pub fn kind(&self, namespace: &str, name: &str) -> Option<Kind> {
        let kind = self.longest(&Pattern::exact(namespace, name))?;
        let is_other = kind.folds() && self.other(namespace, name).is_some();
        (!is_other).then_some(kind)
    }

    /// The name or beginning, declared or a rule's, that some server would take this one for, which is another to the letter: a request
    /// with it is refused.
    #[must_use]
    pub fn other_spelling(&self, namespace: &str, name: &str) -> Option<Pattern> {
        let kind = self.longest(&Pattern::exact(namespace, name))?;
        self.other(namespace, name).filter(|_| kind.folds())
    }

    /// What servers add themselves, or take off, that stands before this name and not in the beginning which stands for it: a request with
    /// it is refused, whatever the rest is.
    #[must_use]
    pub fn added<'n>(&self, namespace: &str, name: &'n str) -> Option<&'n str> {
        let kind = self.longest(&Pattern::exact(namespace, name))?;
        let spelled = self.spelled.get(namespace)?;
        let is_added = kind.folds() && spelled.other(name).is_none() && spelled.hides(name);
        let added = name.strip_suffix(plain(name)).filter(|_| is_added);
        added.filter(|added| !added.is_empty())
    }

    fn other(&self, namespace: &str, name: &str) -> Option<Pattern> {
        let spelled = self.spelled.get(namespace)?;
        let hidden = || {
            let usual = usual(&Pattern::exact(namespace, name));
            Pattern::exact(namespace, usual.as_deref().unwrap_or(folded(name)))
        };
        let known = spelled.other(name).cloned();
        known.or_else(|| spelled.hides(name).then(hidden))
    }

    fn longest(&self, pattern: &Pattern) -> Option<Kind> {
        let names = self.by_name.get(&pattern.namespace)?;
        let longest = if pattern.open {
            names.beginnings_of(&pattern.name).next()
        } else {
            names.covering(&pattern.name).next()
        };
        longest?.last().copied()
    }

    /// The names and beginnings whose other spellings are refused.
    pub(super) fn spelled(&self) -> impl Iterator<Item = &Pattern> {
        self.spelled.values().flat_map(Spelled::all)
    }

    fn covers(&self, pattern: &Pattern) -> bool {
        let names = self.by_name.get(&pattern.namespace);
        names.is_some_and(|names| names.covers(pattern))
    }

    /// Whether both declare the same there.
    #[must_use]
    pub fn same(&self, other: &Self, namespace: &str) -> bool {
        self.models.get(namespace) == other.models.get(namespace)
    }
}

fn by_name_of(models: &[(Pattern, Kind)]) -> Names<Kind> {
    let mut names = Names::default();
    for (pattern, kind) in models {
        names.add(pattern, *kind);
    }
    names
}

/// All names of a namespace with a server that reads several spellings of a name alike.
fn spelled((namespace, models): (&String, &Vec<(Pattern, Kind)>)) -> Option<(String, Spelled)> {
    if !models.iter().any(|(_, kind)| kind.folds()) {
        return None;
    }
    let mut names = Spelled::default();
    models.iter().for_each(|(pattern, _)| names.add(pattern));
    Some((namespace.clone(), names))
}

/// The classes of a namespace under these declarations and rules, sorted.
#[must_use]
pub fn classes<'a>(
    namespace: &str,
    declared: &[&Declared],
    rules: impl IntoIterator<Item = &'a TableRule>,
) -> Vec<Class> {
    let patterns = patterns(namespace, declared, rules);
    among(patterns.iter(), &patterns)
}

/// The classes of these patterns, all of which are among all.
pub(super) fn among<'a>(
    patterns: impl IntoIterator<Item = &'a Pattern>,
    all: &BTreeSet<Pattern>,
) -> Vec<Class> {
    let class = |pattern: &Pattern| {
        let example = example(pattern, all)?;
        Some(Class {
            pattern: pattern.clone(),
            example,
        })
    };
    patterns.into_iter().filter_map(class).collect()
}

/// What tells names of a namespace apart under these declarations and rules.
pub(super) fn patterns<'a>(
    namespace: &str,
    declared: &[&Declared],
    rules: impl IntoIterator<Item = &'a TableRule>,
) -> BTreeSet<Pattern> {
    let known = declared
        .iter()
        .flat_map(|declared| declared.patterns(namespace));
    let mut patterns: BTreeSet<Pattern> = known.cloned().collect();
    patterns.extend(named(namespace, declared, rules));
    patterns
}

/// Those of them that rules bring.
pub(super) fn named<'a>(
    namespace: &str,
    declared: &[&Declared],
    rules: impl IntoIterator<Item = &'a TableRule>,
) -> BTreeSet<Pattern> {
    let mut patterns = told_apart(namespace, rules);
    patterns.retain(|pattern| declared.iter().any(|known| known.covers(pattern)));
    patterns
}

/// Those of a namespace that rules bring, declared or not.
pub(super) fn told_apart<'a>(
    namespace: &str,
    rules: impl IntoIterator<Item = &'a TableRule>,
) -> BTreeSet<Pattern> {
    let mut patterns = BTreeSet::new();
    for rule in rules {
        if let Resources::Of(named) = &rule.resources {
            patterns.extend(named.iter().cloned());
        }
        if let Some(when) = &rule.when {
            patterns.extend(mentioned(when, namespace));
        }
    }
    patterns.retain(|pattern| pattern.namespace == namespace);
    patterns
}

/// Those of these patterns that the pattern covers, itself among them.
pub(super) fn within<'a>(
    pattern: &'a Pattern,
    all: &'a BTreeSet<Pattern>,
) -> impl Iterator<Item = &'a Pattern> {
    // sorted, whatever a beginning covers is the same name just before it, or follows it
    let first = Pattern::exact(&pattern.namespace, &pattern.name);
    all.range(first..).take_while(|other| pattern.covers(other))
}

/// A name whose longest match the pattern is; `None` where others cover all of it, as far as names are tried.
fn example(pattern: &Pattern, all: &BTreeSet<Pattern>) -> Option<String> {
    if !pattern.open {
        return Some(pattern.name.clone());
    }
    let below: Vec<&Pattern> = within(pattern, all)
        .filter(|other| *other != pattern)
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
