//! A request of which only some is known: whether it is allowed whatever the rest is.

use std::collections::BTreeMap;

use policies::action::Action;
use policies::bundle::{Api, Effect};
use policies::facts::VERSION;

use super::caller::{Kind, Shape};
use super::domain::{Domain, Values};
use super::example::Example;
use super::formula::Formula;
use super::models::Class;
use super::rules::{Side, Target};
use super::seen::{deciding, seen};
use super::solve::{Domains, Patience, restrict, simplify, solve_within};

pub use super::formula::{Property, Test};

/// Guesses that may turn out wrong in one question; rules that people write need few.
const WRONG_GUESSES: u32 = 2_000;

/// A namespace, a protocol and an action.
pub type Asked<'a> = (&'a str, Api, Action);

/// Whether a request can come out like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Can {
    /// never
    Not,
    /// yes, and then these rules decide
    By(Vec<usize>),
    /// it was looked for too long
    Unknown,
}

/// What is known of a request.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    shape: &'a Shape,
    known: Domains,
    /// what else must hold
    given: Vec<Formula>,
    /// what is known of whole conditions, by their text
    settled: BTreeMap<String, bool>,
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
            settled: BTreeMap::new(),
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
    pub fn is(&mut self, property: &Property, test: Option<Test>) {
        let Some(domain) = self.known.get(property.whole()) else {
            return;
        };
        let narrow = match &test {
            Some(test) => restrict(domain, property, test, true),
            None => domain.restrict(&Test::Present, false),
        };
        if let Some(narrow) = narrow {
            self.known.insert(property.whole().clone(), narrow);
        }
    }

    /// The version of the model of this number, or that there is none; those of the others are open.
    pub fn version(&mut self, number: usize, version: Option<String>) {
        let property = version_of(number);
        let any = || Domain::optional(Values::any_text());
        self.known.entry(property.clone()).or_insert_with(any);
        self.is(&property, version.map(Test::Text));
    }

    /// Each rule of that side about the one model matches, or does not, as far as `matches` says; `false` where no request is like
    /// that.
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
            let Some(holds) = matches(position, side.rule(position).effect) else {
                continue;
            };
            let formula = simplify(&side.formula(position, self.shape, target), &self.known);
            self.settled.insert(text(&formula), holds);
            self.given.push(if holds { formula } else { formula.not() });
        }
        let given = Formula::all(self.given.iter().cloned());
        let mut patience = Patience::of(WRONG_GUESSES);
        solve_within(&given, &self.known, &mut patience).map_or(true, |found| found.is_some())
    }

    /// Whether it can come out like this for these models together, each of which has its own version; if so, by which rules one
    /// such request.
    #[must_use]
    pub fn ask(&self, side: &Side<'_>, asked: Asked<'_>, models: &[&str], allowed: bool) -> Can {
        let mut known = self.known.clone();
        for number in 0..models.len() {
            let any = || Domain::optional(Values::any_text());
            known.entry(version_of(number)).or_insert_with(any);
        }
        let mut patience = Patience::of(WRONG_GUESSES);
        for way in self.ways(side, asked, (models, &known), allowed) {
            let way = Formula::all([way].into_iter().chain(self.given.iter().cloned()));
            match solve_within(&way, &known, &mut patience) {
                Ok(Some(found)) => {
                    return Can::By(self.rules(side, asked, models, &found, allowed));
                }
                Ok(None) => {}
                Err(_) => return Can::Unknown,
            }
        }
        Can::Not
    }

    /// What may be true where it comes out like this: one of these is. Rules that are known to match, or not to, are gone through no
    /// more, and each of the others is tried by itself.
    fn ways(
        &self,
        side: &Side<'_>,
        asked: Asked<'_>,
        (models, known): (&[&str], &Domains),
        allowed: bool,
    ) -> Box<dyn Iterator<Item = Formula>> {
        let each = models.iter().enumerate();
        let each = each.map(|(number, model)| self.about(side, asked, (number, model), known));
        let mut each: Vec<(Vec<Formula>, Vec<Formula>)> = each.collect();
        if !allowed {
            return Box::new(each.into_iter().flat_map(|(grants, denies)| {
                let none = Formula::any(grants).not();
                std::iter::once(none).chain(denies)
            }));
        }
        if each.len() == 1 {
            let (grants, denies) = each.swap_remove(0);
            let free = Formula::any(denies).not();
            // what is granted anyhow needs no guess at the rest
            if Formula::any(grants.iter().cloned()) == Formula::Always(true) {
                return Box::new(std::iter::once(free));
            }
            let grants = grants.into_iter();
            return Box::new(grants.map(move |grant| Formula::all([grant, free.clone()])));
        }
        let all = each.into_iter().map(|(grants, denies)| {
            Formula::all([Formula::any(grants), Formula::any(denies).not()])
        });
        Box::new(std::iter::once(Formula::all(all)))
    }

    /// The conditions of the rules that allow it for one of the models, and of those that deny it.
    fn about(
        &self,
        side: &Side<'_>,
        (namespace, api, action): Asked<'_>,
        (number, model): (usize, &str),
        known: &Domains,
    ) -> (Vec<Formula>, Vec<Formula>) {
        let class = Class::exactly(namespace, model);
        let kind = side.declared.kind(namespace, model);
        let Some(kind) = kind.filter(|kind| kind.api == api) else {
            return (Vec::new(), Vec::new());
        };
        let target = Target {
            class: &class,
            kind,
            methods: None,
        };
        let relevant = side.relevant(&side.covering(&class), action);
        let formulas = |rules: &[usize]| -> Vec<Formula> {
            let formulas = rules.iter().map(|position| {
                let formula = side.formula(*position, self.shape, target);
                self.open(own_version(formula, number), known)
            });
            let possible = formulas.filter(|formula| *formula != Formula::Always(false));
            possible.collect()
        };
        (formulas(&relevant.allows), formulas(&relevant.denies))
    }

    /// What is not known of a condition.
    fn open(&self, formula: Formula, known: &Domains) -> Formula {
        let formula = simplify(&formula, known);
        let settled = self.settled.get(&text(&formula));
        settled.map_or(formula, |holds| Formula::Always(*holds))
    }

    /// What decides one of the requests that are left: about the first model that is judged so.
    fn rules(
        &self,
        side: &Side<'_>,
        (namespace, _, action): Asked<'_>,
        models: &[&str],
        domains: &Domains,
        allowed: bool,
    ) -> Vec<usize> {
        for (number, model) in models.iter().enumerate() {
            let class = Class::exactly(namespace, model);
            let Some(kind) = side.declared.kind(namespace, model) else {
                continue;
            };
            let target = Target {
                class: &class,
                kind,
                methods: None,
            };
            let mut domains = domains.clone();
            if let Some(version) = domains.get(&version_of(number)).cloned() {
                domains.insert(version_of(0), version);
            }
            let example = Example::of(&domains, self.shape, target, action);
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

/// The version of the model of this number: the models of a request have one each.
fn version_of(number: usize) -> Property {
    Property::Fact(match number {
        0 => VERSION.to_owned(),
        number => format!("{VERSION}:{number}"),
    })
}

/// The formula about the model of this number.
fn own_version(formula: Formula, number: usize) -> Formula {
    let own = |part: Formula| own_version(part, number);
    match formula {
        Formula::Test(Property::Fact(name), test) if name == VERSION => {
            Formula::Test(version_of(number), test)
        }
        Formula::Not(part) => own(*part).not(),
        Formula::All(parts) => Formula::all(parts.into_iter().map(own)),
        Formula::Any(parts) => Formula::any(parts.into_iter().map(own)),
        other => other,
    }
}

/// Equal formulas have equal texts, and no others have: they have no order of their own.
fn text(formula: &Formula) -> String {
    format!("{formula:?}")
}
