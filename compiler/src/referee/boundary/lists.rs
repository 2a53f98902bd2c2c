//! Callers for a policy that wants the principal in several lists at once: in all of them but one, and in that one by each of
//! its names alone. Without them a list more or less would not show.

use std::collections::BTreeSet;

use crate::referee::mentions::Mentions;

use super::{Caller, OUTSIDER, person, split};

/// None where there is one list. People who are named are elsewhere: a store holds each once.
pub fn callers(mentions: &Mentions, issuers: &BTreeSet<&str>) -> Vec<Caller> {
    if mentions.lists.len() < 2 {
        return Vec::new();
    }
    let lists = mentions.lists.iter();
    lists
        .flat_map(|list| {
            issuers
                .iter()
                .flat_map(|issuer| around(list, mentions, issuer))
        })
        .collect()
}

/// The groups of a user who is in all lists, and by his own name alone in those that have it; none where there is one list.
pub fn beside<'a>(user: &str, mentions: &'a Mentions) -> Vec<&'a str> {
    if mentions.lists.len() < 2 {
        return Vec::new();
    }
    let issuer = split(user).map_or("", |(issuer, _)| issuer);
    let own = mentions.lists.iter().filter(|list| list.contains(user));
    let own: BTreeSet<&String> = own.flatten().collect();
    others(&own, mentions, issuer)
}

fn around(list: &BTreeSet<String>, mentions: &Mentions, issuer: &str) -> Vec<Caller> {
    let others = others(&list.iter().collect(), mentions, issuer);
    let own = list.iter().filter(|id| mentions.groups.contains(*id));
    let own = own.filter_map(|id| split(id));
    let own = own.filter(|(owner, _)| *owner == issuer);
    let one = |group: Option<&str>| {
        let groups: Vec<&str> = others.iter().copied().chain(group).collect();
        person(issuer, OUTSIDER, &groups)
    };
    std::iter::once(one(None))
        .chain(own.map(|(_, group)| one(Some(group))))
        .collect()
}

/// The issuer's groups that are none of these.
fn others<'a>(these: &BTreeSet<&String>, mentions: &'a Mentions, issuer: &str) -> Vec<&'a str> {
    let groups = mentions.groups.iter().filter(|id| !these.contains(id));
    let groups = groups.filter_map(|id| split(id));
    groups
        .filter(|(owner, _)| *owner == issuer)
        .map(|(_, group)| group)
        .collect()
}
