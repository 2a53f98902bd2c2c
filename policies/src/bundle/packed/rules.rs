//! The decision table, as columns.

use std::rc::Rc;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::action::Action;
use crate::bundle::by_name::{ByName, apart};
use crate::bundle::{Condition, Effect, Rule, RuleId, Who};

use super::{Lists, Texts, at, read_texts, steps, table};

/// What is wrong when one column has fewer lines than another.
const LENGTHS: &str = "columns of rules have different lengths";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Columns {
    #[serde(deserialize_with = "apart")]
    id: Ids,
    /// table of effect and actions
    #[serde(deserialize_with = "apart")]
    does: Vec<(Effect, Vec<Action>)>,
    /// positions in `does`
    #[serde(deserialize_with = "apart")]
    does_at: Vec<u32>,
    /// positions of the rules for everyone
    #[serde(deserialize_with = "apart")]
    anyone: Vec<u32>,
    /// terms, for the others
    #[serde(deserialize_with = "apart")]
    who: Lists,
    #[serde(with = "steps")]
    scope: Vec<u32>,
    /// table of conditions
    #[serde(deserialize_with = "apart")]
    conditions: Vec<Condition>,
    /// of each rule with a condition: its position, and that of the condition
    #[serde(deserialize_with = "apart")]
    when: Vec<(u32, u32)>,
    /// table of reasons
    #[serde(deserialize_with = "apart")]
    reasons: Vec<String>,
    /// of each rule with a reason: its position, and that of the reason
    #[serde(deserialize_with = "apart")]
    because: Vec<(u32, u32)>,
}

/// As texts are.
#[derive(Debug)]
struct Ids(Vec<RuleId>);

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Texts(self.0.iter().map(RuleId::to_string).collect()).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Ids {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut ids = Vec::new();
        read_texts(from, &mut |id| ids.push(RuleId::next_to(ids.last(), id)))?;
        ids.shrink_to_fit();
        Ok(Self(ids))
    }
}

pub fn serialize<S: Serializer>(rules: &[Rule], to: S) -> Result<S::Ok, S::Error> {
    let deeds = rules
        .iter()
        .map(|rule| (rule.effect, rule.actions.to_vec()));
    let (does, does_at) = table(deeds, |deed| format!("{deed:?}"));
    let with = |of: fn(&Rule) -> bool| {
        let numbered = (0..).zip(rules).filter(move |(_, rule)| of(rule));
        numbered.map(|(position, _): (u32, _)| position)
    };
    let conditions = rules
        .iter()
        .filter_map(|rule| rule.when.as_deref().cloned());
    let (conditions, condition) = table(conditions, |condition| format!("{condition:?}"));
    let reasons = rules
        .iter()
        .filter_map(|rule| rule.because.as_deref().map(str::to_owned));
    let (reasons, reason) = table(reasons, Clone::clone);
    Columns {
        anyone: with(|rule| rule.who == Who::Anyone).collect(),
        id: Ids(rules.iter().map(|rule| rule.id.clone()).collect()),
        does,
        does_at,
        who: Lists::pack(rules.iter().map(|rule| match &rule.who {
            Who::Anyone => &[],
            Who::AnyOf(terms) => terms.as_slice(),
        })),
        scope: rules.iter().map(|rule| rule.scope).collect(),
        conditions,
        when: with(|rule| rule.when.is_some()).zip(condition).collect(),
        reasons,
        because: with(|rule| rule.because.is_some()).zip(reason).collect(),
    }
    .serialize(to)
}

#[inline(never)]
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Rule>, D::Error> {
    Columns::deserialize(ByName(from))?
        .rules()
        .map_err(D::Error::custom)
}

impl Columns {
    #[inline(never)]
    fn rules(self) -> Result<Vec<Rule>, &'static str> {
        let Self {
            id,
            does,
            does_at,
            anyone,
            who,
            scope,
            conditions,
            when,
            reasons,
            because,
        } = self;
        let (ids, mut who) = (id.0, who.unpack());
        if [does_at.len(), scope.len()] != [ids.len(); 2] {
            return Err(LENGTHS);
        }
        let does = shared(does, |(effect, actions)| {
            (effect, Rc::<[Action]>::from(actions))
        });
        let conditions = shared(conditions, Rc::new);
        let reasons = shared(reasons, Rc::<str>::from);
        let mut rules = Vec::with_capacity(ids.len());
        let columns = ids.into_iter().zip(does_at).zip(scope);
        let rule = |((id, does_at), scope)| {
            let (effect, actions) = at(&does, does_at)?;
            let terms = who.next().ok_or(LENGTHS)?;
            Ok(Rule {
                id,
                effect,
                who: Who::AnyOf(terms.to_vec()),
                actions,
                scope,
                when: None,
                because: None,
            })
        };
        for rule in columns.map(rule) {
            rules.push(rule?);
        }
        if who.next().is_some() {
            return Err(LENGTHS);
        }
        for position in anyone {
            open(rule_at(&mut rules, position)?)?;
        }
        add(&mut rules, when, &conditions, |rule| &mut rule.when)?;
        add(&mut rules, because, &reasons, |rule| &mut rule.because)?;
        Ok(rules)
    }
}

/// A table whose values the rules share.
fn shared<T, S>(table: Vec<T>, share: impl Fn(T) -> S) -> Vec<S> {
    table.into_iter().map(share).collect()
}

/// For everyone, if it names nobody.
fn open(rule: &mut Rule) -> Result<(), &'static str> {
    match &rule.who {
        Who::AnyOf(terms) if terms.is_empty() => {
            rule.who = Who::Anyone;
            Ok(())
        }
        _ => Err("a rule for everyone names somebody"),
    }
}

fn rule_at(rules: &mut [Rule], position: u32) -> Result<&mut Rule, &'static str> {
    let position = usize::try_from(position).ok();
    let rule = position.and_then(|position| rules.get_mut(position));
    rule.ok_or("a rule does not exist")
}

/// Gives each rule of these positions its value of the table.
fn add<T: Clone>(
    rules: &mut [Rule],
    positions: Vec<(u32, u32)>,
    table: &[T],
    place: fn(&mut Rule) -> &mut Option<T>,
) -> Result<(), &'static str> {
    for (position, value) in positions {
        let value = at(table, value)?;
        if place(rule_at(rules, position)?).replace(value).is_some() {
            return Err("a rule has two conditions or reasons");
        }
    }
    Ok(())
}
