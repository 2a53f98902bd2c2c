//! The policies that can matter to a request. Cedar's answer about the others is known: a policy that fills a form asks for the
//! principal, the peer or the application by one of its names, and for a model of its namespace. Where neither is so, its scope
//! or its first condition is false, and it neither matches nor errs. Of any other policy its scope alone is known in this way.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::PolicySet;
use cedar_policy::pst::{ActionConstraint, EntityOrSlot, PrincipalConstraint, ResourceConstraint};
use policies::action::Action;

use crate::cedar::{Entity, Meaning, Statement};
use crate::policy::Term;

use super::boundary::Case;

/// Policies that fill forms and are read for all questions together.
const MOST_READ: usize = 400;

/// What cedar-policy is asked with.
#[cfg(test)]
pub(crate) type Policies = PolicySet;

/// All policies of a compile, to be found by what they can match.
pub struct Relevant<'a> {
    meaning: &'a Meaning,
    /// that were not filled in
    whole: Vec<Whole>,
    /// each action and the groups that it is in, as the schema has them
    actions: BTreeMap<Action, BTreeSet<String>>,
    /// that fill one, by namespace
    filled: BTreeMap<&'a str, Vec<(usize, &'a [Term])>>,
    /// by the positions of the statements in it
    sets: BTreeMap<Vec<usize>, PolicySet>,
    read: usize,
}

/// A policy, and what its scope asks for.
struct Whole {
    position: usize,
    principal: Option<Term>,
    namespace: Option<String>,
    actions: Option<BTreeSet<String>>,
}

impl<'a> Relevant<'a> {
    pub fn new(meaning: &'a Meaning) -> Self {
        let mut whole = Vec::new();
        let mut filled: BTreeMap<&str, Vec<(usize, &[Term])>> = BTreeMap::new();
        for (position, statement) in meaning.statements.iter().enumerate() {
            match (&statement.like, &statement.whole) {
                (Some(like), None) => {
                    let here = filled.entry(&like.names.namespace).or_default();
                    here.push((position, &like.names.who));
                }
                _ => whole.push(Whole {
                    position,
                    principal: principal(statement),
                    namespace: namespace(statement),
                    actions: actions(statement),
                }),
            }
        }
        Self {
            meaning,
            actions: groups(meaning),
            whole,
            filled,
            sets: BTreeMap::new(),
            read: 0,
        }
    }

    /// Those that can matter to the request; `None` where they are more than `most`, or more to read than is left. What is still
    /// to be read counts as too many, unless any number will do.
    pub fn to(&mut self, case: &Case<'_>, most: usize) -> Option<&PolicySet> {
        let namespace = case.model.namespace.as_str();
        let terms = terms(case);
        let whole = self.whole.iter().filter(|policy| {
            let principal = policy.principal.as_ref();
            let here = policy.namespace.as_deref();
            let of = policy.actions.as_ref();
            let done = self.actions.get(&case.action);
            principal.is_none_or(|term| terms.contains(term))
                && here.is_none_or(|here| here == namespace)
                && of.is_none_or(|of| done.is_none_or(|done| !of.is_disjoint(done)))
        });
        let mut positions: Vec<usize> = whole.map(|policy| policy.position).collect();
        if positions.len() > most {
            return None;
        }
        let here = self.filled.get(namespace).into_iter().flatten();
        let named = here.filter(|(_, who)| who.iter().any(|term| terms.contains(term)));
        let before = positions.len();
        positions.extend(named.map(|(position, _)| *position));
        let filled = positions.len() - before;
        if positions.len() > most {
            return None;
        }
        if !self.sets.contains_key(&positions) {
            if filled > 0 && (most < usize::MAX || self.read + filled > MOST_READ) {
                return None;
            }
            self.read += filled;
            let statements = positions
                .iter()
                .filter_map(|position| self.meaning.statements.get(*position));
            self.sets.insert(positions.clone(), set(statements));
        }
        self.sets.get(&positions)
    }
}

/// These policies and no others.
pub fn set<'a>(statements: impl Iterator<Item = &'a Statement>) -> PolicySet {
    PolicySet::from_policies(statements.filter_map(Statement::policy)).unwrap_or_default()
}

/// Whom the request can be matched by: the principal, its groups, the peer, the application.
fn terms(case: &Case<'_>) -> BTreeSet<Term> {
    let identity = case.identity();
    let named = identity.iter().flat_map(|identity| identity.terms());
    let peer = case.peer().map(policies::principal::Workload::term);
    let client = case.client().map(|id| format!("sa:{id}"));
    let term = |form: String| {
        let (kind, id) = form.split_once(':')?;
        Some(match kind {
            "user" => Term::User(id.to_owned()),
            "group" => Term::Group(id.to_owned()),
            _ => Term::ServiceAccount(id.to_owned()),
        })
    };
    named.chain(peer).chain(client).filter_map(term).collect()
}

/// Whom a policy's scope names.
fn principal(statement: &Statement) -> Option<Term> {
    let (PrincipalConstraint::Eq(named)
    | PrincipalConstraint::In(named)
    | PrincipalConstraint::IsIn(_, named)) = &statement.whole.as_ref()?.body.principal
    else {
        return None;
    };
    let EntityOrSlot::Entity(uid) = named else {
        return None;
    };
    let id = uid.eid.to_string();
    match Entity::of(uid)? {
        Entity::User => Some(Term::User(id)),
        Entity::Group => Some(Term::Group(id)),
        Entity::ServiceAccount => Some(Term::ServiceAccount(id)),
        _ => None,
    }
}

/// The actions that a policy's scope names.
fn actions(statement: &Statement) -> Option<BTreeSet<String>> {
    let uids = match &statement.whole.as_ref()?.body.action {
        ActionConstraint::Any => return None,
        ActionConstraint::Eq(uid) => std::slice::from_ref(uid),
        ActionConstraint::In(uids) => uids,
    };
    Some(uids.iter().map(|uid| uid.eid.to_string()).collect())
}

/// Each action with the groups that it is in.
fn groups(meaning: &Meaning) -> BTreeMap<Action, BTreeSet<String>> {
    let entities = meaning.schema.parsed().action_entities().ok();
    let with_groups = |action: Action| {
        let uid = Entity::Action.entity_uid(action.name());
        let above = entities.as_ref().and_then(|all| all.ancestors(&uid));
        let above = above.into_iter().flatten();
        let ids = above.map(|uid| uid.id().unescaped().to_owned());
        (action, ids.chain([action.name().to_owned()]).collect())
    };
    Action::ALL.map(with_groups).into()
}

/// The namespace that a policy's scope names.
fn namespace(statement: &Statement) -> Option<String> {
    let ResourceConstraint::In(EntityOrSlot::Entity(uid)) =
        &statement.whole.as_ref()?.body.resource
    else {
        return None;
    };
    (Entity::of(uid) == Some(Entity::Namespace)).then(|| uid.eid.to_string())
}
