//! The changes of a rule, and the tables that they make. All changed rules are said in Cedar at once, beside the files' own; a
//! mutant's table is a choice among them.

use std::collections::BTreeMap;

use policies::action::Action;
use policies::bundle::{Effect, Who};

use crate::analysis::Side;
use crate::cases::DEFAULT_TIME;
use crate::cedar;
use crate::coverage::written;
use crate::diagnostic::Diagnostic;
use crate::lower::{self, Table, TableRule};
use crate::policy::{AccessFile, Policy, Rule};
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
    /// every model of the file
    Models,
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
        changes.push(Self::Models);
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
            (Self::Models, _) => "`models` widened to `*`",
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
        }
    }

    /// The changed rule; `None` where there is none, or the table is changed instead, or nothing would be different.
    fn apply(self, rule: &Rule, file: &AccessFile) -> Option<Rule> {
        let mut changed = Rule {
            id: format!("{}{MARK}{}", rule.id, self.name()),
            ..rule.clone()
        };
        match self {
            Self::Out | Self::Everyone => return None,
            Self::Turned => changed.denies = !rule.denies,
            Self::Condition => changed.when = None,
            Self::End => changed.until = None,
            Self::All => changed.all.clear(),
            Self::Through => changed.through.clear(),
            Self::Actions => changed.actions = Action::ALL.into_iter().collect(),
            Self::Models => {
                let all = file.models.iter().map(|model| model.name.clone());
                changed.models.extend(all);
                if changed.models == rule.models {
                    return None;
                }
            }
        }
        Some(changed)
    }
}

/// The rules of a policy and all changed ones, in one table.
#[derive(Debug)]
pub(super) struct Changed {
    table: Table,
    places: Vec<Span>,
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
        let mut parts: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (position, rule) in table.rules.iter().enumerate() {
            let id = written(&rule.id).to_owned();
            parts.entry(id).or_default().push(position);
        }
        Ok(Self {
            table,
            places,
            parts,
        })
    }

    /// The rules as they are.
    pub(super) fn original(&self) -> Vec<(TableRule, Span)> {
        self.choose(|rule| !rule.id.contains(MARK))
    }

    /// The rules with one of them changed; `None` where that cannot be said, or is no change.
    pub(super) fn with(&self, rule: &Rule, change: Change) -> Option<Vec<(TableRule, Span)>> {
        let others = |known: &TableRule| !known.id.contains(MARK) && written(&known.id) != rule.id;
        let mut rules = self.choose(others);
        match change {
            Change::Out => {}
            Change::Everyone => {
                let mut parts = self.parts(&rule.id);
                let (first, _) = parts.first_mut()?;
                if first.who == Who::Anyone {
                    return None;
                }
                first.who = Who::Anyone;
                rules.extend(parts);
            }
            _ => {
                let parts = self.parts(&format!("{}{MARK}{}", rule.id, change.name()));
                parts.first()?;
                rules.extend(parts);
            }
        }
        Some(rules)
    }

    fn parts(&self, id: &str) -> Vec<(TableRule, Span)> {
        let positions = self.parts.get(id).into_iter().flatten();
        positions
            .filter_map(|position| {
                let rule = self.table.rules.get(*position)?.clone();
                Some((rule, self.places.get(*position).copied()?))
            })
            .collect()
    }

    fn choose(&self, wanted: impl Fn(&TableRule) -> bool) -> Vec<(TableRule, Span)> {
        let all = self.table.rules.iter().zip(&self.places);
        all.filter(|(rule, _)| rule.effect == Effect::Guardrail || wanted(rule))
            .map(|(rule, span)| (rule.clone(), *span))
            .collect()
    }

    /// The policy with these rules, for requests from the time on at which tests are judged.
    pub(super) fn side<'a>(&self, policy: &'a Policy, rules: Vec<(TableRule, Span)>) -> Side<'a> {
        let (rules, places) = rules.into_iter().unzip();
        let table = Table {
            terms: self.table.terms.clone(),
            rules,
        };
        Side::of(policy, table, places, DEFAULT_TIME)
    }
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
        let changed = own.rules.iter().flat_map(|rule| {
            let changes = Change::of(rule).into_iter();
            changes.filter_map(move |change| change.apply(rule, own))
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
