//! Policies of one form are lowered once, with its holes, and then filled in. The policy that a form was made of is lowered
//! both ways, and a difference stops the compile.

use std::collections::BTreeMap;

use policies::bundle::{Condition, Who};

use crate::cedar::{Hole, Like, Meaning, Names, Statement};
use crate::policy::Gate;

use super::refusal::Refusal;
use super::resources::{Pattern, Resources};
use super::terms::Terms;
use super::{TableRule, rule};

/// What was lowered so far, by form and part.
pub struct Forms<'a> {
    meaning: &'a Meaning,
    gate: &'a Gate,
    known: BTreeMap<(usize, usize), Option<Lowered>>,
    resources: Shared,
}

/// What the policies of a namespace spoke of last: of a file's policies many speak of the same models.
#[derive(Default)]
struct Shared {
    namespace: String,
    known: BTreeMap<Vec<String>, Resources>,
}

/// A form's policy, lowered.
struct Lowered {
    rule: TableRule,
    /// what each of its terms is
    holes: BTreeMap<u32, Hole>,
}

impl<'a> Forms<'a> {
    pub fn new(meaning: &'a Meaning, gate: &'a Gate) -> Self {
        Self {
            meaning,
            gate,
            known: BTreeMap::new(),
            resources: Shared::default(),
        }
    }

    /// Lowers a policy, alone or by its form.
    pub fn lower(
        &mut self,
        statement: &Statement,
        terms: &mut Terms,
    ) -> Result<TableRule, Refusal> {
        let filled = match &statement.like {
            Some(like) => {
                let resources = self.resources.of(&like.names);
                let form = self.form(like);
                form.map(|lowered| lowered.fill(statement, &like.names, resources, terms))
            }
            None => None,
        };
        match filled {
            Some(filled) if statement.whole.is_none() => filled,
            other => {
                let body = statement
                    .tree()
                    .ok_or_else(|| Refusal::mistake("the Cedar text cannot be read back"))?;
                let whole = rule::lower(statement, &body, terms)?;
                match other.transpose()? {
                    Some(filled) if filled != whole => {
                        Err(Refusal::mistake("the rule and its form differ"))
                    }
                    _ => Ok(whole),
                }
            }
        }
    }

    fn form(&mut self, like: &Like) -> Option<&Lowered> {
        let (meaning, gate) = (self.meaning, self.gate);
        let lowered = || {
            let part = meaning.forms.get(like.form)?.parts.get(like.part)?;
            let holes = like.names.holes()?;
            let mut terms = Terms::new(gate).of_form(&holes.namespace);
            // only its names count: id, effect and reason come with each statement
            let example = meaning.statements.first()?;
            let rule = rule::lower(example, &part.body, &mut terms).ok()?;
            Lowered::new(rule, &holes, &terms)
        };
        self.known
            .entry((like.form, like.part))
            .or_insert_with(lowered)
            .as_ref()
    }
}

impl Shared {
    fn of(&mut self, names: &Names) -> Resources {
        if self.namespace != names.namespace {
            self.namespace.clone_from(&names.namespace);
            self.known.clear();
        }
        if let Some(known) = self.known.get(&names.models) {
            return known.clone();
        }
        let made = resources(names);
        self.known.insert(names.models.clone(), made.clone());
        made
    }
}

impl Lowered {
    /// `None` where a name of the table is no hole, or a hole for a model is not there.
    fn new(rule: TableRule, names: &Names, terms: &Terms) -> Option<Self> {
        let hole = |(position, name): (u32, _)| {
            let found = names.terms().find(|(_, term)| *term == name);
            found.map(|(hole, _)| (position, hole))
        };
        let holes = (0..).zip(terms.names()).map(hole).collect::<Option<_>>()?;
        (rule.resources == resources(names)).then_some(Self { rule, holes })
    }

    fn fill(
        &self,
        statement: &Statement,
        names: &Names,
        resources: Resources,
        terms: &mut Terms,
    ) -> Result<TableRule, Refusal> {
        let mut moved = BTreeMap::new();
        for (position, hole) in &self.holes {
            let term = names.term(*hole);
            let term = term.ok_or_else(|| Refusal::mistake("a hole is not filled"))?;
            moved.insert(*position, terms.named(term)?);
        }
        Ok(TableRule {
            id: statement.id.clone(),
            effect: statement.effect,
            who: match &self.rule.who {
                Who::Anyone => Who::Anyone,
                Who::AnyOf(terms) => {
                    let mut terms = renumber(terms, &moved);
                    terms.sort_unstable();
                    terms.dedup();
                    Who::AnyOf(terms)
                }
            },
            actions: self.rule.actions.clone(),
            resources,
            when: self.rule.when.as_ref().map(|when| filled(when, &moved)),
            because: statement.because.clone(),
        })
    }
}

fn resources(names: &Names) -> Resources {
    let named = names.models.iter();
    Resources::of(named.map(|name| Pattern::named(&names.namespace, name)))
}

fn renumber(terms: &[u32], moved: &BTreeMap<u32, u32>) -> Vec<u32> {
    terms
        .iter()
        .filter_map(|term| moved.get(term).copied())
        .collect()
}

fn filled(condition: &Condition, moved: &BTreeMap<u32, u32>) -> Condition {
    let inner = |parts: &[Condition]| parts.iter().map(|part| filled(part, moved)).collect();
    match condition {
        Condition::All(parts) => Condition::All(inner(parts)),
        Condition::Any(parts) => Condition::Any(inner(parts)),
        Condition::Not(part) => Condition::Not(Box::new(filled(part, moved))),
        Condition::PrincipalIn(terms) => Condition::PrincipalIn(renumber(terms, moved)),
        Condition::PeerIn(terms) => Condition::PeerIn(renumber(terms, moved)),
        Condition::ClientIn(terms) => Condition::ClientIn(renumber(terms, moved)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use policies::action::Action;

    use super::*;
    use crate::cedar;
    use crate::fixture::{account, allow, group, policy_with, through};

    /// Else each policy that fills it would be read back from its text, which takes hundreds of times as long.
    #[test]
    fn every_form_is_lowered() {
        let rules = (0..4).map(|turn| {
            let who = [group(&format!("corp/readers-{turn}"))];
            let rule = allow(
                &format!("allow[{turn}]"),
                &who,
                &[Action::Predict],
                &["risk-*"],
            );
            let by = [
                format!("payments/portal-{turn}"),
                format!("machines/app-{turn}"),
            ];
            through(rule, &by.map(|name| account(&name)))
        });
        let policy = policy_with(rules.collect(), None);
        let meaning = cedar::build(&policy).unwrap();
        let (mut forms, mut terms) = (Forms::new(&meaning, &policy.gate), Terms::new(&policy.gate));
        for statement in &meaning.statements {
            forms.lower(statement, &mut terms).unwrap();
        }
        assert!(!forms.known.is_empty() && forms.known.values().all(Option::is_some));
    }
}
