//! One Cedar policy as one rule of the table.

use cedar_policy::pst::{
    ActionConstraint, Clause, EntityOrSlot, EntityUID, PrincipalConstraint, ResourceConstraint,
    Template,
};
use policies::action::Action;
use policies::bundle::{Condition, Effect, Who};
use policies::engine::MAX_CONDITION_DEPTH;

use crate::cedar::{Statement, action_of, is_token};

use super::TableRule;
use super::condition::{Lowering, all, not};
use super::refusal::Refusal;
use super::resources::{Pattern, Resources};
use super::terms::Terms;

/// Lowers a policy.
pub fn lower(
    statement: &Statement,
    body: &Template,
    terms: &mut Terms,
) -> Result<TableRule, Refusal> {
    let actions = actions(&body.action)?;
    let Draft {
        who,
        resources,
        conditions,
        ..
    } = draft(statement, body, terms)?;
    let when = Some(all(conditions)).filter(|condition| *condition != Condition::Always(true));
    if when
        .as_ref()
        .is_some_and(|condition| depth(condition) > MAX_CONDITION_DEPTH)
    {
        return Err(Refusal::depth(MAX_CONDITION_DEPTH));
    }
    Ok(TableRule {
        id: statement.id.clone(),
        effect: statement.effect,
        who: who.map_or(Who::Anyone, |terms| Who::AnyOf(sorted(terms))),
        actions,
        resources,
        when,
        because: statement.because.clone(),
    })
}

fn draft(statement: &Statement, body: &Template, terms: &mut Terms) -> Result<Draft, Refusal> {
    let allows = statement.effect == Effect::Allow;
    let mut draft = Draft {
        who: principal(&body.principal, terms)?,
        for_tokens: allows && body.clauses().iter().any(is_token),
        resources: resource(&body.resource, terms)?,
        conditions: Vec::new(),
    };
    if draft.for_tokens && draft.who.is_some() {
        let why = "an allow names somebody, and asks for a token";
        return Err(Refusal::mistake(why));
    }
    let mut lowering = Lowering::new(terms);
    for clause in body.clauses() {
        match clause {
            clause if draft.for_tokens && is_token(clause) => {}
            Clause::When(expr) => draft.add(lowering.condition(expr)?),
            Clause::Unless(expr) => draft.add(not(lowering.condition(expr)?)),
        }
    }
    // an allow that names nobody is for whoever has a token
    let is_open = allows && draft.who.is_none() && !draft.for_tokens;
    if is_open && !draft.conditions.contains(&Condition::Always(false)) {
        let why = "an allow names nobody, and asks for no token";
        return Err(Refusal::mistake(why));
    }
    Ok(draft)
}

/// The parts of a policy that the table looks up by, and the rest. All of them hold together, so a test of the principal or
/// of the model may move from the rest into the look-up.
struct Draft {
    who: Option<Vec<u32>>,
    /// `context.token` holds, too: whoever is named besides is a test, for a workload needs no token to be found by its name
    for_tokens: bool,
    resources: Resources,
    conditions: Vec<Condition>,
}

impl Draft {
    fn add(&mut self, condition: Condition) {
        match condition {
            Condition::All(parts) => parts.into_iter().for_each(|part| self.add(part)),
            Condition::PrincipalIn(terms)
                if self.who.is_none() && !terms.is_empty() && !self.for_tokens =>
            {
                self.who = Some(terms)
            }
            Condition::ModelIn(patterns) => {
                let chosen = Resources::of(patterns.iter().map(|pattern| Pattern::parse(pattern)));
                let before = std::mem::replace(&mut self.resources, Resources::All);
                self.resources = before.intersect(chosen);
            }
            condition => self.conditions.push(condition),
        }
    }
}

fn principal(
    constraint: &PrincipalConstraint,
    terms: &mut Terms,
) -> Result<Option<Vec<u32>>, Refusal> {
    let mut lowering = Lowering::new(terms);
    match constraint {
        PrincipalConstraint::Any => Ok(None),
        PrincipalConstraint::Eq(entity) => Ok(Some(vec![lowering.principal(uid(entity)?, false)?])),
        PrincipalConstraint::In(entity) => Ok(Some(vec![lowering.principal(uid(entity)?, true)?])),
        PrincipalConstraint::Is(_) | PrincipalConstraint::IsIn(..) => Err(Refusal::construct(
            format!("principal {constraint}"),
            "name whom you mean: `principal in ...`",
        )),
    }
}

fn actions(constraint: &ActionConstraint) -> Result<Vec<Action>, Refusal> {
    let action = |uid| {
        action_of(uid).ok_or_else(|| {
            Refusal::entity(
                uid,
                "is no action",
                "write `Action::\"predict\"` or the like",
            )
        })
    };
    let mut actions = match constraint {
        ActionConstraint::Any => Action::ALL.to_vec(),
        ActionConstraint::Eq(uid) => vec![action(uid)?],
        ActionConstraint::In(uids) => {
            let groups: Result<Vec<Action>, Refusal> = uids.iter().map(action).collect();
            groups?
                .into_iter()
                .flat_map(|group| group.members().iter().copied())
                .collect()
        }
    };
    actions.sort_unstable();
    actions.dedup();
    Ok(actions)
}

fn resource(constraint: &ResourceConstraint, terms: &Terms) -> Result<Resources, Refusal> {
    let (entity, hierarchy) = match constraint {
        ResourceConstraint::Any => return Ok(Resources::All),
        ResourceConstraint::Eq(entity) => (entity, false),
        ResourceConstraint::In(entity) => (entity, true),
        ResourceConstraint::Is(_) | ResourceConstraint::IsIn(..) => {
            let help = "every resource is a model: leave `is Model` out";
            return Err(Refusal::construct(format!("resource {constraint}"), help));
        }
    };
    let pattern = Pattern::of(uid(entity)?, hierarchy)?;
    terms.check_namespace(&pattern.namespace)?;
    Ok(Resources::of([pattern]))
}

fn uid(entity: &EntityOrSlot) -> Result<&EntityUID, Refusal> {
    match entity {
        EntityOrSlot::Entity(uid) => Ok(uid),
        EntityOrSlot::Slot(slot) => Err(Refusal::construct(
            slot,
            "write the principal or resource out",
        )),
    }
}

fn depth(condition: &Condition) -> u32 {
    let deepest = match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().map(depth).max().unwrap_or(0),
        Condition::Not(part) => depth(part),
        _ => 0,
    };
    deepest.saturating_add(1)
}

fn sorted(mut terms: Vec<u32>) -> Vec<u32> {
    terms.sort_unstable();
    terms.dedup();
    terms
}
