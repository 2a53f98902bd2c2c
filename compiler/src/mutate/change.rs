//! The changes of a rule, and the tables that they make. All changed rules are said in Cedar at once, beside the files' own; a
//! mutant's table is a choice among them.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{CLOCK, Effect, Who};

use crate::analysis::Side;
use crate::cases::DEFAULT_TIME;
use crate::cedar;
use crate::coverage::written;
use crate::diagnostic::Diagnostic;
use crate::lower::{self, Table, TableRule};
use crate::policy::resolve::Meant;
use crate::policy::{Policy, Rule, Term};
use crate::source::Span;

/// What is changed about a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// the rule is not there
    Out,
    /// an allow denies, a deny allows
    Turned,
    /// without its `when`
    Condition,
    /// without its `until`
    End,
    /// without its `all`
    All,
    /// without its `through`
    Through,
    /// everyone who is signed in
    Everyone,
    /// every action
    Actions,
    /// without its `models`
    Models,
    /// without its `versions`
    Versions,
}

/// Between a rule's id and the change of a changed one; no name holds it.
const MARK: char = '~';

impl Change {
    /// Those that can be made of a rule.
    #[must_use]
    pub fn of(rule: &Rule) -> Vec<Self> {
        let mut changes = vec![Self::Out, Self::Turned];
        changes.extend(rule.when.is_some().then_some(Self::Condition));
        changes.extend(rule.until.is_some().then_some(Self::End));
        changes.extend((!rule.all.is_empty()).then_some(Self::All));
        changes.extend((!rule.through.is_empty()).then_some(Self::Through));
        changes.extend((!rule.everyone).then_some(Self::Everyone));
        let all = rule.actions.len() == Action::ALL.len();
        changes.extend((!all).then_some(Self::Actions));
        changes.extend((!rule.whole).then_some(Self::Models));
        changes.extend((!rule.versions.is_empty()).then_some(Self::Versions));
        changes
    }

    /// As people say it.
    #[must_use]
    pub const fn words(self, denies: bool) -> &'static str {
        match (self, denies) {
            (Self::Out, _) => "taken out",
            (Self::Turned, true) => "turned into an allow",
            (Self::Turned, false) => "turned into a deny",
            (Self::Condition, _) => "without its `when`",
            (Self::End, _) => "without its `until`",
            (Self::All, _) => "without its `all`",
            (Self::Through, _) => "without its `through`",
            (Self::Everyone, _) => "`who` widened to everyone signed in",
            (Self::Actions, _) => "`can` widened to every action",
            (Self::Models, _) => "without its `models`",
            (Self::Versions, _) => "without its `versions`",
        }
    }

    /// For programs, and in ids.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Turned => "turned",
            Self::Condition => "condition",
            Self::End => "until",
            Self::All => "all",
            Self::Through => "through",
            Self::Everyone => "everyone",
            Self::Actions => "actions",
            Self::Models => "models",
            Self::Versions => "versions",
        }
    }

    /// The changed rule, of a file where this is meant; `None` where there is none, or the table is changed instead, or nothing would be
    /// different.
    fn apply(self, rule: &Rule, meant: &Meant<'_>) -> Option<Rule> {
        let mut changed = Rule {
            id: changed_id(rule, self),
            ..rule.clone()
        };
        match self {
            Self::Out | Self::Everyone => return None,
            Self::Turned => changed.denies = !rule.denies,
            Self::Condition => changed.when = None,
            Self::End => changed.until = None,
            Self::All => changed.all.clear(),
            Self::Through => changed.through.clear(),
            Self::Versions => changed.versions.clear(),
            Self::Actions => changed.actions = Action::ALL.into_iter().collect(),
            Self::Models => changed.whole = true,
        }
        if !matches!(self, Self::Turned | Self::Models | Self::Versions) {
            return Some(changed);
        }
        // servers go with its models, or not, by what the rule says now
        let named = (!changed.whole).then(|| named(rule));
        changed.models = meant.by(named.as_ref(), changed.denies, &changed.versions);
        (self != Self::Models || changed.models != rule.models).then_some(changed)
    }
}

/// What goes and what comes, as positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Swap {
    pub(super) gone: Vec<usize>,
    pub(super) come: Vec<usize>,
}

/// The rules of a policy and all changed ones, in one table.
#[derive(Debug)]
pub(super) struct Changed {
    /// the policy's own rules come first
    table: Table,
    places: Vec<Span>,
    own: usize,
    /// the parts of each rule, by its id
    parts: BTreeMap<String, Vec<usize>>,
}

impl Changed {
    /// Says everything in Cedar and lowers it. What the changes alone make impossible to say is left out.
    pub(super) fn build(policy: &Policy) -> Result<Self, Vec<Diagnostic>> {
        let (meaning, table) = match said(&grow(policy, |_| true)) {
            Ok(said) => said,
            Err(_) => {
                let sayable = |rule: &Rule| said(&alone(policy, rule)).is_ok();
                said(&grow(policy, sayable))?
            }
        };
        let places = cedar_places(&meaning);
        let Table { terms, rules } = table;
        let (own, others): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .zip(places)
            .partition(|(rule, _)| is_own(rule));
        let mut changed = Self {
            table: Table {
                terms,
                rules: Vec::new(),
            },
            places: Vec::new(),
            own: own.len(),
            parts: BTreeMap::new(),
        };
        let all = own.into_iter().chain(others);
        all.for_each(|(rule, span)| changed.add(rule, span));
        let rules = policy.files.iter().flat_map(|file| &file.rules);
        for rule in rules.filter(|rule| Change::of(rule).contains(&Change::Everyone)) {
            changed.widen(rule);
        }
        Ok(changed)
    }

    fn add(&mut self, rule: TableRule, span: Span) {
        let parts = self.parts.entry(written(&rule.id).to_owned()).or_default();
        parts.push(self.table.rules.len());
        self.table.rules.push(rule);
        self.places.push(span);
    }

    /// Adds what becomes of a rule that is for everyone: no machines are named any more, and so none between. Nor has it `all` any more,
    /// which nothing can say beside `everyone`.
    fn widen(&mut self, rule: &Rule) {
        let narrow = match rule.all.is_empty() {
            true => rule.id.clone(),
            false => changed_id(rule, Change::All),
        };
        let parts = self.parts(&narrow);
        let first = parts.first().map(|(first, _)| &first.who);
        if first.is_none_or(|who| *who == Who::Anyone) {
            return;
        }
        let name = changed_id(rule, Change::Everyone);
        for (part, span) in parts {
            let ending = part.id.strip_prefix(&narrow).unwrap_or_default();
            if ending.is_empty() || ending == CLOCK {
                let widened = TableRule {
                    id: format!("{name}{ending}"),
                    who: Who::Anyone,
                    ..part
                };
                self.add(widened, span);
            }
        }
    }

    /// The rules as they are.
    pub(super) fn original(&self) -> Vec<(TableRule, Span)> {
        self.at(0..self.own)
    }

    /// How many of the rules are the policy's own.
    pub(super) const fn own(&self) -> usize {
        self.own
    }

    /// All rules, the policy's own first.
    pub(super) fn rules(&self) -> &[TableRule] {
        &self.table.rules
    }

    /// A principal by its position.
    pub(super) fn term(&self, position: u32) -> Option<&Term> {
        let position = usize::try_from(position).ok()?;
        self.table.terms.names().get(position)
    }

    /// What goes and what comes when a rule is changed; `None` where that cannot be said, or is no change.
    pub(super) fn swap(&self, rule: &Rule, change: Change) -> Option<Swap> {
        let positions = |id: &str| self.parts.get(id).cloned().unwrap_or_default();
        let mut gone = positions(&rule.id);
        gone.retain(|position| {
            let rule = self.table.rules.get(*position);
            rule.is_some_and(|rule| rule.effect != Effect::Guardrail)
        });
        let come = match change {
            Change::Out => Vec::new(),
            _ => positions(&changed_id(rule, change)),
        };
        (change == Change::Out || !come.is_empty()).then_some(Swap { gone, come })
    }

    /// The rules after that.
    pub(super) fn after(&self, swap: &Swap) -> Vec<(TableRule, Span)> {
        let stay = (0..self.own).filter(|position| !swap.gone.contains(position));
        self.at(stay.chain(swap.come.iter().copied()))
    }

    fn at(&self, positions: impl Iterator<Item = usize>) -> Vec<(TableRule, Span)> {
        positions
            .filter_map(|position| {
                let rule = self.table.rules.get(position)?.clone();
                Some((rule, self.places.get(position).copied()?))
            })
            .collect()
    }

    fn parts(&self, id: &str) -> Vec<(TableRule, Span)> {
        let positions = self.parts.get(id).into_iter().flatten();
        self.at(positions.copied())
    }

    /// A table of these rules.
    pub(super) fn table(&self, rules: Vec<(TableRule, Span)>) -> Table {
        Table {
            terms: self.table.terms.clone(),
            rules: rules.into_iter().map(|(rule, _)| rule).collect(),
        }
    }

    /// The policy with all rules, of which its own are in force, for requests from the time on at which tests are judged.
    pub(super) fn all<'a>(&self, policy: &'a Policy) -> Side<'a> {
        let side = Side::of(
            policy,
            self.table.clone(),
            self.places.clone(),
            DEFAULT_TIME,
        );
        side.first(self.own)
    }

    /// The policy with these rules.
    #[cfg(test)]
    pub(super) fn side<'a>(&self, policy: &'a Policy, rules: Vec<(TableRule, Span)>) -> Side<'a> {
        let (rules, places) = rules.into_iter().unzip();
        let table = Table {
            terms: self.table.terms.clone(),
            rules,
        };
        Side::of(policy, table, places, DEFAULT_TIME)
    }
}

/// The models that the rule names, without the servers that go with them.
fn named(rule: &Rule) -> BTreeSet<String> {
    let models = rule.models.iter();
    models
        .filter(|name| !name.starts_with('@'))
        .cloned()
        .collect()
}

fn is_own(rule: &TableRule) -> bool {
    rule.effect == Effect::Guardrail || !rule.id.contains(MARK)
}

fn changed_id(rule: &Rule, change: Change) -> String {
    format!("{}{MARK}{}", rule.id, change.name())
}

fn said(policy: &Policy) -> Result<(cedar::Meaning, Table), Vec<Diagnostic>> {
    let meaning = cedar::build(policy)?;
    let table = lower::lower(&meaning, &policy.gate)?;
    Ok((meaning, table))
}

fn cedar_places(meaning: &cedar::Meaning) -> Vec<Span> {
    let statements = meaning.statements.iter();
    statements.map(|statement| statement.span).collect()
}

/// The policy with the changed rules that are wanted beside its own.
fn grow(policy: &Policy, wanted: impl Fn(&Rule) -> bool) -> Policy {
    let mut grown = policy.clone();
    for (file, own) in grown.files.iter_mut().zip(&policy.files) {
        let meant = &Meant::new(&own.models, &policy.gate, &own.namespace);
        let changed = own.rules.iter().flat_map(|rule| {
            let changes = Change::of(rule).into_iter();
            changes.filter_map(move |change| change.apply(rule, meant))
        });
        file.rules.extend(changed.filter(&wanted));
    }
    grown
}

/// The policy with a changed rule alone.
fn alone(policy: &Policy, rule: &Rule) -> Policy {
    let mut alone = policy.clone();
    for file in &mut alone.files {
        let own = file
            .rules
            .iter()
            .any(|known| rule.id.starts_with(&known.id));
        file.rules = if own { vec![rule.clone()] } else { Vec::new() };
    }
    alone
}
