//! A request of which only some is known: whether it is allowed whatever the rest is.

use policies::action::Action;
use policies::bundle::{Api, ClaimTest, Effect};

use super::caller::{Kind, Shape};
use super::example::Example;
use super::formula::Formula;
use super::models::Class;
use super::rules::{Side, Target};
use super::seen::{deciding, seen};
use super::solve::{Domains, restrict, solve};

pub use super::formula::Property;

/// A namespace, a protocol and an action.
pub type Asked<'a> = (&'a str, Api, Action);

/// What is known of a request.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    shape: &'a Shape,
    known: Domains,
    /// what else must hold
    given: Vec<Formula>,
}

impl<'a> Question<'a> {
    /// By such a caller; `None` where there are none.
    #[must_use]
    pub fn by(side: &'a Side<'_>, kind: &Kind) -> Option<Self> {
        let shape = side.shapes.iter().find(|shape| shape.kind == *kind)?;
        Some(Self {
            shape,
            known: shape.domains.clone(),
            given: Vec::new(),
        })
    }

    /// Properties that such callers have on another side alone.
    pub fn also(&mut self, side: &Side<'_>, kind: &Kind) {
        let shape = side.shapes.iter().find(|shape| shape.kind == *kind);
        for (property, domain) in shape.into_iter().flat_map(|shape| &shape.domains) {
            let known = self.known.entry(property.clone());
            known.or_insert_with(|| domain.clone());
        }
    }

    /// The property passes the test; `None`: it is not there. One that such callers do not have stays away.
    pub fn is(&mut self, property: &Property, test: Option<ClaimTest>) {
        let Some(domain) = self.known.get(property.whole()) else {
            return;
        };
        let narrow = match &test {
            Some(test) => restrict(domain, property, test, true),
            None => domain.restrict(&ClaimTest::Present, false),
        };
        if let Some(narrow) = narrow {
            self.known.insert(property.whole().clone(), narrow);
        }
    }

    /// Each rule of that side about the model matches, or does not, as far as `matches` says; `false` where no request is like that.
    pub fn assume(
        &mut self,
        side: &Side<'_>,
        (namespace, api, action): Asked<'_>,
        model: &str,
        matches: impl Fn(usize, Effect) -> Option<bool>,
    ) -> bool {
        let class = Class::exactly(namespace, model);
        let kind = side.declared.kind(namespace, model);
        let Some(kind) = kind.filter(|kind| kind.api == api) else {
            return false;
        };
        let target = Target {
            class: &class,
            kind,
            methods: None,
        };
        let covering = side.covering(&class);
        let speaking = covering
            .into_iter()
            .filter(|position| side.rule(*position).actions.contains(&action));
        for position in speaking {
            let formula = side.formula(position, self.shape, target);
            match matches(position, side.rule(position).effect) {
                Some(true) => self.given.push(formula),
                Some(false) => self.given.push(formula.not()),
                None => {}
            }
        }
        solve(&Formula::all(self.given.clone()), &self.known).is_some()
    }

    /// Whether it can come out like this for these models together; if so, the rules that decide one such request.
    #[must_use]
    pub fn ask(
        &self,
        side: &Side<'_>,
        (namespace, api, action): Asked<'_>,
        models: &[&str],
        allowed: bool,
    ) -> Option<Vec<usize>> {
        let each = models.iter().map(|model| {
            let class = Class::exactly(namespace, model);
            let kind = side.declared.kind(namespace, model);
            let Some(kind) = kind.filter(|kind| kind.api == api) else {
                return Formula::Always(false);
            };
            let target = Target {
                class: &class,
                kind,
                methods: None,
            };
            let relevant = side.relevant(&side.covering(&class), action);
            side.allowed(&relevant, self.shape, target)
        });
        let all = Formula::all(each);
        let wanted = if allowed { all } else { all.not() };
        let given = self.given.iter().cloned();
        let domains = solve(&Formula::all(given.chain([wanted])), &self.known)?;
        Some(self.rules(side, (namespace, action), models, &domains, allowed))
    }

    /// What decides one of the requests that are left: about the first model that is judged so.
    fn rules(
        &self,
        side: &Side<'_>,
        (namespace, action): (&str, Action),
        models: &[&str],
        domains: &Domains,
        allowed: bool,
    ) -> Vec<usize> {
        for model in models {
            let class = Class::exactly(namespace, model);
            let Some(kind) = side.declared.kind(namespace, model) else {
                continue;
            };
            let target = Target {
                class: &class,
                kind,
                methods: None,
            };
            let example = Example::of(domains, self.shape, target, action);
            let rules = deciding(side, &seen(side, &example));
            let grants = rules
                .first()
                .is_some_and(|position| side.rule(*position).effect == Effect::Allow);
            if grants == allowed {
                return rules;
            }
        }
        Vec::new()
    }
}
