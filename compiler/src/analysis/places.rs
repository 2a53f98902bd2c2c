//! Where rules can match: classes of models and actions that the same rules speak of, and whether rules match there together.

use std::collections::BTreeMap;

use policies::action::Action;
use policies::bundle::{Condition, Text};

use super::alike::{Alike, Written};
use super::example::Example;
use super::formula::Formula;
use super::models::{Class, Kind};
use super::offers::{Methods, offers};
use super::relevant;
use super::rules::{Relevant, Side, Target};

/// A class of models and actions that the same rules speak of.
#[derive(Debug, Clone)]
pub struct Place {
    pub(super) class: Class,
    pub(super) kind: Kind,
    /// sorted
    pub actions: Vec<Action>,
    /// the rules
    pub relevant: Relevant,
    /// the methods of its actions, where a rule asks for them
    pub methods: Option<Methods>,
}

impl Place {
    /// It is about a server as a whole, and no model of it.
    pub fn is_about_server(&self) -> bool {
        self.class.is_server()
    }

    pub(super) fn target(&self) -> Target<'_> {
        Target {
            class: &self.class,
            kind: self.kind,
            methods: self.methods,
        }
    }

    /// One of its actions: what is asked about is the same for all.
    pub(super) fn action(&self) -> Action {
        self.actions.first().copied().unwrap_or(Action::Predict)
    }

    /// As it is known among those that are alike.
    pub(super) fn written(&self, alike: &Alike<'_>) -> Option<Written> {
        let sides = [(Some(self.kind), &self.relevant)];
        let (written, _) = alike.write(&self.class, self.methods, &sides)?;
        Some(written)
    }
}

/// What no request there is, and the rule asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// another method than these
    Method(Vec<&'static str>),
    /// a model that is public, or one that is not
    Public(bool),
}

impl Side<'_> {
    /// The places of a class, where some rule speaks of it.
    #[must_use]
    pub fn places(&self, class: &Class) -> Vec<Place> {
        let namespace = &class.pattern.namespace;
        let Some(kind) = self.declared.kind(namespace, &class.example) else {
            return Vec::new();
        };
        let covering = self.covering(class);
        let mut groups: BTreeMap<_, Vec<Action>> = BTreeMap::new();
        for (action, methods) in offers(class, kind.api) {
            let relevant = self.relevant(&covering, action);
            let asked = self.asked(&relevant, methods);
            groups.entry((relevant, asked)).or_default().push(action);
        }
        let place = |((relevant, methods), actions)| Place {
            class: class.clone(),
            kind,
            actions,
            relevant,
            methods,
        };
        groups.into_iter().map(place).collect()
    }

    /// Why a rule that speaks of the place cannot match there, where it is for one thing alone that no caller can change.
    #[must_use]
    pub fn obstacle(&self, place: &Place, rule: usize) -> Option<Obstacle> {
        let asks = |part: &Condition| matches!(part, Condition::Text(Text::Method, _));
        let when = self.rule(rule).when.as_ref();
        let methods = place
            .methods
            .filter(|_| when.is_some_and(|when| relevant::asks(when, &asks)));
        let by_any = Place {
            methods: None,
            ..place.clone()
        };
        if let Some(methods) = methods
            && self.can(&by_any, rule, &[], &[])
        {
            return Some(Obstacle::Method(methods.names().collect()));
        }
        let public = !place.kind.public;
        let kind = Kind {
            public,
            ..place.kind
        };
        let otherwise = Place {
            kind,
            ..place.clone()
        };
        let can = self.can(&otherwise, rule, &[], &[]);
        can.then_some(Obstacle::Public(public))
    }

    /// Whether some request there matches this rule and all `with` it, and none of those `without`.
    #[must_use]
    pub fn can(&self, place: &Place, rule: usize, with: &[usize], without: &[usize]) -> bool {
        let relevant = &place.relevant;
        let is_there = relevant.allows.contains(&rule) || relevant.denies.contains(&rule);
        // already to write the question down takes time
        if !is_there || self.effort.is_spent() {
            return false;
        }
        let target = place.target();
        self.shapes.iter().any(|shape| {
            let matching = std::iter::once(&rule).chain(with);
            let matching = matching.map(|position| self.formula(*position, shape, target));
            let matching = Formula::all(matching);
            // nobody of this kind: nothing else needs to be looked at
            if matching == Formula::Always(false) {
                return false;
            }
            let Some(domains) = shape.solve(&matching) else {
                return false;
            };
            // most often the plainest request answers it
            let plain = Example::of(&domains, shape, target, place.action());
            let passes = |rule: &usize| plain.passes(&self.formula(*rule, shape, target));
            if plain.passes(&matching) && !without.iter().any(passes) {
                return true;
            }
            let others = self.some(without, shape, target).not();
            shape.solve(&Formula::all([matching, others])).is_some()
        })
    }
}
