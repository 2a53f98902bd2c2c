//! Whom rules and the gate's limits speak of.

use std::collections::{BTreeMap, BTreeSet};

use crate::checks::actions::Groups;
use crate::checks::conditions;
use crate::checks::names::Names;
use crate::checks::roles::ByName;
use crate::policy::{Grants, Term};
use crate::source::Span;
use crate::syntax::who::{Principals, Who};
use crate::syntax::{ModelGate, Roles, Text};
use crate::zone;

/// What names stand for.
pub(super) struct Known<'a> {
    pub(super) names: Names<'a>,
    pub(super) roles: ByName<'a>,
    pub(super) groups: Groups<'a>,
}

/// Any of the first, in each of the others; where a rule has only others, one of them is the first.
pub(super) fn who(
    who: &Who,
    known: &Known<'_>,
    namespace: &str,
) -> Option<(BTreeSet<Term>, Vec<BTreeSet<Term>>)> {
    let mut any = terms(&who.any, &known.names)?;
    for name in &who.roles {
        let role = known.roles.get(namespace, &name.value)?;
        any.extend(terms(&role.who, &known.names)?);
    }
    let all = who.all.iter().map(|list| terms(list, &known.names));
    let mut all: Vec<BTreeSet<Term>> = all.collect::<Option<_>>()?;
    if any.is_empty() && !all.is_empty() {
        any = all.remove(0);
    }
    // a rule without anybody would be one that no check has seen
    (any.is_empty() == who.everyone).then_some((any, all))
}

fn terms(who: &Principals, names: &Names<'_>) -> Option<BTreeSet<Term>> {
    let users = who
        .users
        .iter()
        .map(|name| names.person(&name.value).ok().map(Term::User));
    let groups = who
        .groups
        .iter()
        .map(|name| names.person(&name.value).ok().map(Term::Group));
    let accounts = accounts(&who.service_accounts, names);
    users.chain(groups).chain(accounts).collect()
}

/// Machines.
pub(super) fn accounts<'a>(
    written: &'a [Text],
    names: &'a Names<'_>,
) -> impl Iterator<Item = Option<Term>> + 'a {
    let account = |name: &Text| names.workload(&name.value).ok().map(Term::ServiceAccount);
    written.iter().map(account)
}

/// Where roles name groups.
pub(super) fn groups_of_roles(
    documents: &[Roles],
    names: &Names<'_>,
) -> BTreeMap<(String, String), Span> {
    let of = |document: &Roles| -> Vec<((String, String), Span)> {
        let namespace = &document.namespace.value;
        let groups = document.roles.iter().flat_map(|role| &role.who.groups);
        let place = |group: &Text| {
            let id = names.person(&group.value).ok()?;
            Some(((namespace.clone(), id), group.span))
        };
        groups.filter_map(place).collect()
    };
    documents.iter().flat_map(of).collect()
}

/// What the gate lets teams grant.
pub(super) fn grants(gate: &ModelGate, names: &Names<'_>) -> Option<Grants> {
    let Some(written) = &gate.grants else {
        return Some(Grants::default());
    };
    let person = |name: &Text| names.person(&name.value).ok();
    let groups = match &written.groups {
        Some(groups) => Some(groups.iter().map(person).collect::<Option<_>>()?),
        None => None,
    };
    Some(Grants {
        everyone: written.everyone,
        users: written.users,
        longest: written.longest.map(u64::from),
        groups,
    })
}

/// The time zones that conditions can ask for; unknown ones were complained about.
pub(super) fn zones(gate: &ModelGate) -> BTreeSet<String> {
    let names = gate.time_zones.iter().map(|name| name.value.clone());
    names.filter(|name| zone::is_known(name)).collect()
}

/// The header fields that conditions can ask for; what cannot be one was complained about.
pub(super) fn headers(gate: &ModelGate) -> BTreeSet<String> {
    let names = gate
        .conditions
        .headers
        .iter()
        .map(|name| name.value.clone());
    names.filter(|name| conditions::is_name(name)).collect()
}
