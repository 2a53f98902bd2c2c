//! Places that no file declares: a guardrail is for models and namespaces that come later, too, so what can be said of it is said
//! whatever models there are.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{Api, Condition, Text};
use policies::facts::VERSION;

use crate::lower::{Pattern, Resources};

use super::models::{self, Kind};
use super::offers::Methods;
use super::places::Place;
use super::relevant::asks;
use super::rules::{Relevant, Side};

impl Side<'_> {
    /// Where these rules could match: every class of names that they tell apart, as a model of every protocol, public and not, in each
    /// namespace of the gate that they name and in one that they do not.
    /// What none of them tells apart is there once.
    #[must_use]
    pub fn supposed(&self, rules: &[usize]) -> Vec<Place> {
        let mut all = Vec::new();
        let conditions = || {
            let rules = rules.iter().map(|position| self.rule(*position));
            rules.filter_map(|rule| rule.when.as_ref())
        };
        // protocols also differ in their versions
        let by_api = conditions().any(|when| {
            asks(when, &|part| match part {
                Condition::Text(Text::Api, _) => true,
                Condition::Claim(name, _) => name == VERSION,
                _ => false,
            })
        });
        let by_public = conditions().any(|when| asks(when, &|part| *part == Condition::Public));
        let apis = Api::ALL
            .into_iter()
            .take(if by_api { Api::ALL.len() } else { 1 });
        let kinds: Vec<Kind> = apis
            .flat_map(|api| [false, true].map(|public| Kind { api, public }))
            .filter(|kind| by_public || !kind.public)
            .collect();
        for namespace in self.namespaces(rules) {
            let of = rules.iter().map(|position| self.rule(*position));
            let mut patterns = models::told_apart(&namespace, of);
            patterns.insert(Pattern::named(&namespace, "*"));
            for class in models::among(&patterns, &patterns) {
                let covering = self.covering(&class);
                let own: Vec<usize> = covering
                    .into_iter()
                    .filter(|rule| rules.contains(rule))
                    .collect();
                for (relevant, actions) in self.by_action(&own) {
                    all.extend(kinds.iter().map(|kind| Place {
                        class: class.clone(),
                        kind: *kind,
                        actions: actions.clone(),
                        relevant: relevant.clone(),
                        methods: self.asked(&relevant, Methods::ALL),
                    }));
                }
            }
        }
        all
    }

    /// The actions that the same of these rules speak of, together; but for the group that no request does by itself, some protocol
    /// has each.
    fn by_action(&self, rules: &[usize]) -> BTreeMap<Relevant, Vec<Action>> {
        let mut groups: BTreeMap<Relevant, Vec<Action>> = BTreeMap::new();
        let done = Action::ALL.into_iter();
        for action in done.filter(|action| *action != Action::Read) {
            let relevant = self.relevant(rules, action);
            groups.entry(relevant).or_default().push(action);
        }
        groups
    }

    /// Those that the rules name, and another one. What is no namespace of the gate, where the rules stand, is none.
    fn namespaces(&self, rules: &[usize]) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for rule in rules.iter().map(|position| self.rule(*position)) {
            if let Resources::Of(patterns) = &rule.resources {
                names.extend(patterns.iter().map(|pattern| pattern.namespace.clone()));
            }
            if let Some(when) = &rule.when {
                mentioned(when, &mut names);
            }
        }
        let known = &self.policy.gate.namespaces;
        names.retain(|name| known.iter().any(|known| known.name == *name));
        let mut others = (0..).map(|number| format!("another-{number}"));
        let other = others.find(|name| !names.contains(name));
        names.extend(other);
        names
    }
}

fn mentioned(condition: &Condition, names: &mut BTreeSet<String>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| mentioned(part, names));
        }
        Condition::Not(part) => mentioned(part, names),
        Condition::ModelIn(patterns) => {
            let patterns = patterns.iter().map(|pattern| Pattern::parse(pattern));
            names.extend(patterns.map(|pattern| pattern.namespace));
        }
        Condition::Text(Text::Namespace, name) => {
            names.insert(name.clone());
        }
        _ => {}
    }
}
