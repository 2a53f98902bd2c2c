//! One policy, ready for questions: its table, where each rule stands, and which rules speak of a namespace.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{Api, CLOCK, Effect, Who};
use policies::time::UnixTime;

use crate::cedar::{self, Meaning};
use crate::diagnostic::{Diagnostic, uncovered};
use crate::lower::{self, Pattern, Resources, Table, TableRule};
use crate::policy::{Policy, Rule, Term};
use crate::source::Span;

use super::caller::{Shape, shapes};
use super::effort::{Effort, enough};
use super::formula::Formula;
use super::models::{self, Class, Declared, Kind};
use super::names::Names;
use super::offers::Methods;
use super::relevant::{METHOD, bit, kind};
use super::words;
use super::written::{self, Between};

pub use super::relevant::Relevant;

/// When what a time zone's clock was asked for is refused: its changes are known for those years ([`crate::zone`]).
pub const NO_CLOCK: &str =
    "the year is not of 2025 to 2039, for which clocks of time zones are known";

/// A policy as questions see it.
#[derive(Debug)]
pub struct Side<'a> {
    /// what was written
    pub policy: &'a Policy,
    /// what it means
    pub table: Table,
    /// its models
    pub declared: Declared,
    /// of each rule of the table
    pub places: Vec<Span>,
    /// the kinds of callers that its issuers know
    pub(super) shapes: Vec<Shape>,
    pub(crate) effort: Effort,
    /// of each rule of the table, the actions that it speaks of and whether it denies, as bits
    kinds: Vec<u32>,
    /// the rules of the files, by their ids
    written: BTreeMap<&'a str, &'a Rule>,
    by_name: BTreeMap<String, Names<usize>>,
    by_namespace: BTreeMap<String, Vec<usize>>,
    everywhere: Vec<usize>,
}

/// A rule as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    /// `NAMESPACE/FILE/allow[0]`
    pub id: String,
    /// where it stands
    pub span: Span,
    /// what else must hold, besides caller, action and model: as it was written in an access file, of a guardrail as it is in the table
    pub condition: Option<String>,
    /// what its author says
    pub because: Option<String>,
}

/// What everything is judged for: a class of models, as it is declared on one side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) class: &'a Class,
    pub(super) kind: Kind,
    /// the methods of what is done; `None` where no rule asks for them, or the request is known
    pub(super) methods: Option<Methods>,
}

impl<'a> Side<'a> {
    /// Says the policy in Cedar and lowers it. The comparison of both is left to the compile.
    ///
    /// # Errors
    /// What the compile would refuse.
    pub fn new(policy: &'a Policy) -> Result<Self, Vec<Diagnostic>> {
        Self::since(policy, UnixTime::default())
    }

    /// The same for requests from a time on: what has ended by then counts no more.
    ///
    /// # Errors
    /// What the compile would refuse.
    pub fn since(policy: &'a Policy, since: UnixTime) -> Result<Self, Vec<Diagnostic>> {
        let meaning = cedar::build(policy)?;
        let table = lower::lower(&meaning, &policy.gate)?;
        let places = whole_rules(policy, &table, &meaning);
        let taken = lower::spellings(&table, policy, &places);
        if !taken.is_empty() {
            return Err(taken);
        }
        Ok(Self::of(policy, table, places, since))
    }

    /// With what a compile made.
    #[must_use]
    pub fn compiled(policy: &'a Policy, table: Table, meaning: &Meaning) -> Self {
        let places = whole_rules(policy, &table, meaning);
        Self::of(policy, table, places, UnixTime::default())
    }

    /// With a table that was made already, and the place of each of its rules; for requests from a time on.
    #[must_use]
    pub fn of(policy: &'a Policy, table: Table, places: Vec<Span>, since: UnixTime) -> Self {
        let (by_namespace, everywhere) = index(&table.rules);
        let effort = Effort::of(enough(table.rules.len()));
        Self {
            kinds: table.rules.iter().map(kind).collect(),
            written: by_id(policy),
            by_name: names(&table.rules),
            policy,
            declared: Declared::of(policy).beside(&table.rules),
            places,
            shapes: shapes(&policy.gate, since, &effort),
            effort,
            table,
            by_namespace,
            everywhere,
        }
    }

    /// The same, where only so many rules of the table are in force; the others can be asked about by position.
    #[must_use]
    pub(crate) fn first(mut self, count: usize) -> Self {
        let own = self.table.rules.get(..count).unwrap_or_default();
        self.by_name = names(own);
        (self.by_namespace, self.everywhere) = index(own);
        self
    }

    /// A rule of the table.
    #[must_use]
    pub fn rule(&self, position: usize) -> &TableRule {
        &self.table.rules[position]
    }

    /// The rule with this id.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.table.rules.iter().position(|rule| rule.id == id)
    }

    /// A rule as it is shown.
    #[must_use]
    pub fn shown(&self, position: usize) -> Shown {
        let rule = self.rule(position);
        let condition = rule.when.as_ref();
        let words = |condition| {
            if rule.id.ends_with(CLOCK) {
                return NO_CLOCK.to_owned();
            }
            let of = self.as_written(position);
            let gate = &self.policy.gate;
            let written = of.map(|of| written::condition(of, Between::of(&rule.id), gate));
            let written = written.filter(|text| !text.is_empty());
            // the table has texts without their escapes
            written.unwrap_or_else(|| uncovered(&words::condition(condition, &self.table)))
        };
        Shown {
            id: rule.id.clone(),
            span: self.places.get(position).copied().unwrap_or_default(),
            condition: condition.map(words),
            because: rule.because.clone(),
        }
    }

    /// What a rule asks with `when` and `through`, as it was written; `None` of one without them, and of a guardrail.
    #[must_use]
    pub fn own_condition(&self, position: usize) -> Option<String> {
        written::own(self.as_written(position)?)
    }

    /// The rule of an access file that one of the table is.
    pub(super) fn as_written(&self, position: usize) -> Option<&'a Rule> {
        let id = written_id(&self.rule(position).id);
        self.written.get(id).copied()
    }

    /// The principals that a rule speaks of; `None` for everyone.
    #[must_use]
    pub fn who(&self, position: usize) -> Option<Vec<&Term>> {
        match &self.rule(position).who {
            Who::Anyone => None,
            Who::AnyOf(terms) => Some(terms.iter().filter_map(|term| self.term(*term)).collect()),
        }
    }

    /// A principal by its position.
    #[must_use]
    pub fn term(&self, position: u32) -> Option<&Term> {
        let position = usize::try_from(position).ok()?;
        self.table.terms.names().get(position)
    }

    /// The rules that speak of models of a namespace, sorted.
    #[must_use]
    pub fn about(&self, namespace: &str) -> Vec<usize> {
        let own = self.by_namespace.get(namespace).into_iter().flatten();
        let all: BTreeSet<usize> = self.everywhere.iter().chain(own).copied().collect();
        all.into_iter().collect()
    }

    /// The classes of names of a namespace.
    #[must_use]
    pub fn classes(&self, namespace: &str) -> Vec<Class> {
        let about = self.about(namespace);
        let rules = about.iter().map(|position| self.rule(*position));
        models::classes(namespace, &[&self.declared], rules)
    }

    /// The class that judges this name; `None` for one that nothing declares.
    #[must_use]
    pub fn class(&self, namespace: &str, name: &str) -> Option<Class> {
        let name = Pattern::exact(namespace, name);
        let classes = self.classes(namespace).into_iter();
        let covering = classes.filter(|class| class.pattern.covers(&name));
        covering.max_by_key(|class| (!class.pattern.open, class.pattern.name.len()))
    }

    /// The rules that can match a name of the class, sorted.
    #[must_use]
    pub fn covering(&self, class: &Class) -> Vec<usize> {
        let named = self.by_name.get(&class.pattern.namespace);
        let named = named.into_iter();
        let named = named.flat_map(|names| names.covering(&class.example).flatten());
        let mut all: Vec<usize> = self.everywhere.iter().chain(named).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Those of these rules that speak of the action.
    #[must_use]
    pub fn relevant(&self, rules: &[usize], action: Action) -> Relevant {
        let mut relevant = Relevant::default();
        for position in rules {
            let kind = self.kinds[*position];
            if kind & bit(action) != 0 {
                relevant.add(*position, kind);
            }
        }
        relevant
    }

    /// The same for each of these actions, in their order; every rule is looked at once.
    #[must_use]
    pub fn relevant_to(&self, rules: &[usize], actions: &[Action]) -> Vec<Relevant> {
        let mut relevant = vec![Relevant::default(); actions.len()];
        for position in rules {
            let kind = self.kinds[*position];
            let all = actions.iter().zip(&mut relevant);
            for (_, relevant) in all.filter(|(action, _)| kind & bit(**action) != 0) {
                relevant.add(*position, kind);
            }
        }
        relevant
    }

    /// The methods of an action, where one of these rules asks for them.
    pub(super) fn asked(&self, relevant: &Relevant, methods: Methods) -> Option<Methods> {
        let mut all = relevant.allows.iter().chain(&relevant.denies);
        let asks = all.any(|position| self.kinds[*position] & METHOD != 0);
        asks.then_some(methods)
    }

    /// What must be true of a request by such a caller for the rule to match.
    pub(super) fn formula(&self, position: usize, shape: &Shape, target: Target<'_>) -> Formula {
        let rule = self.rule(position);
        let who = match &rule.who {
            Who::Anyone => Formula::Always(rule.effect != Effect::Allow || shape.has_token()),
            Who::AnyOf(terms) => shape.one_of(terms.iter().filter_map(|term| self.term(*term))),
        };
        let when = rule.when.as_ref();
        let when = when.map(|condition| shape.condition(condition, self, target));
        Formula::all([Some(who), when].into_iter().flatten())
    }

    /// Whether some request of some caller does not meet what the rule asks for besides whom, what and which models; where that takes too
    /// long, too.
    #[must_use]
    pub fn can_fail(&self, position: usize) -> bool {
        let Some(when) = &self.rule(position).when else {
            return false;
        };
        let class = Class::exactly("", "");
        let target = Target {
            class: &class,
            kind: Kind {
                api: Api::OpenInference,
                public: false,
            },
            methods: None,
        };
        let fails = |shape: &Shape| {
            let holds = shape.condition(when, self, target);
            shape.solve(&holds.not()).is_some()
        };
        self.shapes.iter().any(fails) || self.effort.is_spent()
    }

    /// One of the rules matches.
    pub(super) fn some(&self, rules: &[usize], shape: &Shape, target: Target<'_>) -> Formula {
        Formula::any(
            rules
                .iter()
                .map(|position| self.formula(*position, shape, target)),
        )
    }

    /// The request is allowed: some allow matches, and no deny.
    pub(super) fn allowed(
        &self,
        relevant: &Relevant,
        shape: &Shape,
        target: Target<'_>,
    ) -> Formula {
        self.allowed_by((&relevant.allows, &relevant.denies), shape, target)
    }

    /// Some of these allows matches, and none of these denies.
    pub(super) fn allowed_by(
        &self,
        (allows, denies): (&[usize], &[usize]),
        shape: &Shape,
        target: Target<'_>,
    ) -> Formula {
        let granted = self.some(allows, shape, target);
        if granted == Formula::Always(false) {
            return granted;
        }
        let refused = self.some(denies, shape, target);
        Formula::all([granted, refused.not()])
    }
}

/// Of each rule of the table: the rule as a whole, where a Cedar policy's place is its condition.
fn whole_rules(policy: &Policy, table: &Table, meaning: &Meaning) -> Vec<Span> {
    let rules = by_id(policy);
    let all = table.rules.iter().zip(meaning.places());
    let place = |(of, span): (&TableRule, Span)| {
        let rule = rules.get(written_id(&of.id));
        rule.map_or(span, |rule| rule.span)
    };
    all.map(place).collect()
}

fn by_id(policy: &Policy) -> BTreeMap<&str, &Rule> {
    let rules = policy.files.iter().flat_map(|file| &file.rules);
    rules.map(|rule| (rule.id.as_str(), rule)).collect()
}

/// The id of the rule that became this policy: one about machines or clocks becomes several.
#[must_use]
pub fn written_id(id: &str) -> &str {
    let id = id.trim_end_matches(CLOCK);
    id.trim_end_matches("/peer").trim_end_matches("/client")
}

fn names(rules: &[TableRule]) -> BTreeMap<String, Names<usize>> {
    let mut by_name: BTreeMap<String, Names<usize>> = BTreeMap::new();
    for (position, rule) in rules.iter().enumerate() {
        let Resources::Of(patterns) = &rule.resources else {
            continue;
        };
        for pattern in patterns.iter() {
            let names = by_name.entry(pattern.namespace.clone()).or_default();
            names.add(pattern, position);
        }
    }
    by_name
}

fn index(rules: &[TableRule]) -> (BTreeMap<String, Vec<usize>>, Vec<usize>) {
    let mut by_namespace: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut everywhere = Vec::new();
    for (position, rule) in rules.iter().enumerate() {
        match &rule.resources {
            Resources::All => everywhere.push(position),
            Resources::Of(patterns) => {
                let namespaces: BTreeSet<&String> =
                    patterns.iter().map(|pattern| &pattern.namespace).collect();
                for namespace in namespaces {
                    by_namespace
                        .entry(namespace.clone())
                        .or_default()
                        .push(position);
                }
            }
        }
    }
    (by_namespace, everywhere)
}
