//! The policies that can matter to a request. Cedar's answer about the others is known: a policy that fills a form asks for the
//! principal, the peer or the application by one of its names, and for a model of its namespace. Where neither is so, its scope
//! or its first condition is false, and it neither matches nor errs.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::PolicySet;
use cedar_policy::pst::{EntityOrSlot, ResourceConstraint};

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
    /// that fill no form; with the namespace in their scope
    whole: Vec<(Option<String>, usize)>,
    /// that fill one, by namespace
    filled: BTreeMap<&'a str, Vec<(usize, &'a [Term])>>,
    /// by the positions of the statements in it
    sets: BTreeMap<Vec<usize>, PolicySet>,
    read: usize,
}

impl<'a> Relevant<'a> {
    pub fn new(meaning: &'a Meaning) -> Self {
        let mut whole = Vec::new();
        let mut filled: BTreeMap<&str, Vec<(usize, &[Term])>> = BTreeMap::new();
        for (position, statement) in meaning.statements.iter().enumerate() {
            match (&statement.like, &statement.body) {
                (Some(like), None) => {
                    let here = filled.entry(&like.names.namespace).or_default();
                    here.push((position, &like.names.who));
                }
                _ => whole.push((owner(statement), position)),
            }
        }
        Self {
            meaning,
            whole,
            filled,
            sets: BTreeMap::new(),
            read: 0,
        }
    }

    /// Those that can matter to the request; `None` where that would be more to read than is left.
    pub fn to(&mut self, case: &Case<'_>) -> Option<&PolicySet> {
        let namespace = case.model.namespace.as_str();
        let here = |owner: &Option<String>| owner.as_deref().is_none_or(|owner| owner == namespace);
        let whole = self.whole.iter().filter(|(owner, _)| here(owner));
        let mut positions: BTreeSet<usize> = whole.map(|(_, position)| *position).collect();
        let before = positions.len();
        let terms = terms(case);
        let here = self.filled.get(namespace).into_iter().flatten();
        let named = here.filter(|(_, who)| who.iter().any(|term| terms.contains(term)));
        positions.extend(named.map(|(position, _)| *position));
        let filled = positions.len() - before;
        let positions: Vec<usize> = positions.into_iter().collect();
        if !self.sets.contains_key(&positions) {
            self.read += filled;
            if self.read > MOST_READ {
                return None;
            }
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

/// The namespace that a policy's scope names.
fn owner(statement: &Statement) -> Option<String> {
    let ResourceConstraint::In(EntityOrSlot::Entity(uid)) = &statement.body.as_ref()?.resource
    else {
        return None;
    };
    (Entity::of(uid) == Some(Entity::Namespace)).then(|| uid.eid.to_string())
}
