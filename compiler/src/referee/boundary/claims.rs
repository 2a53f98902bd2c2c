//! What tokens and requests can say besides who it is: each attribute and header field that a policy reads missing, just right, and just beside it.

use std::collections::BTreeSet;
use std::rc::Rc;

use policies::bundle::ClaimKind;
use policies::facts::{ADDRESS, VERSION, of_header};
use policies::principal::{ClaimValue, Claims};

use super::{OUTSIDER, addresses};
use crate::policy::Attributes;
use crate::referee::mentions::Mentions;

/// Most combinations that are all asked for; else each value of each attribute beside the first, and beside none of the others.
const MOST: usize = 48;
/// Texts that are asked for with one more character behind them, too.
const LONGER: usize = 32;

/// The combinations of header fields, addresses and versions.
pub fn facts(mentions: &Mentions) -> Vec<Rc<Claims>> {
    let names: Vec<String> = mentions
        .headers
        .iter()
        .map(|name| of_header(name))
        .collect();
    let texts = |name| (name, of_kind(ClaimKind::Text, mentions));
    let address = mentions
        .address
        .then(|| (ADDRESS, addresses::around(mentions)));
    let headers = names.iter().map(String::as_str).map(texts);
    let version = mentions.version.then(|| texts(VERSION));
    combinations(address.into_iter().chain(version).chain(headers).collect())
}

/// The combinations; what the policy names stands first.
pub fn values(mentions: &Mentions, attributes: &Attributes) -> Vec<Rc<Claims>> {
    let read = mentions.claims.iter().filter_map(|name| {
        let kind = attributes.get(name)?;
        Some((name.as_str(), of_kind(*kind, mentions)))
    });
    combinations(read.collect())
}

fn combinations(read: Vec<(&str, Vec<Option<ClaimValue>>)>) -> Vec<Rc<Claims>> {
    let count = read.iter().fold(1_usize, |count, (_, values)| {
        count.saturating_mul(values.len())
    });
    let combinations = if count <= MOST {
        every(&read)
    } else {
        some(&read)
    };
    combinations.into_iter().map(Rc::new).collect()
}

fn of_kind(kind: ClaimKind, mentions: &Mentions) -> Vec<Option<ClaimValue>> {
    let texts = || mentions.texts.iter().cloned();
    let another = || OUTSIDER.to_owned();
    let values: Vec<ClaimValue> = match kind {
        ClaimKind::Text => {
            let longer = texts().take(LONGER).map(|text| format!("{text}0"));
            let all = texts().chain(longer).chain([another()]);
            all.map(ClaimValue::Text).collect()
        }
        ClaimKind::Boolean => vec![ClaimValue::Boolean(true), ClaimValue::Boolean(false)],
        ClaimKind::Number => {
            let near = |number: &i64| [*number, number.saturating_sub(1), number.saturating_add(1)];
            let near: BTreeSet<i64> = mentions.numbers.iter().flat_map(near).chain([0]).collect();
            near.into_iter().map(ClaimValue::Number).collect()
        }
        ClaimKind::List | ClaimKind::Words => {
            let all: BTreeSet<String> = texts().collect();
            let without = |one: &String| all.iter().filter(|text| *text != one).cloned().collect();
            // that one of many is missing shows only where all are asked for
            let less: Vec<BTreeSet<String>> = mentions.alone.iter().map(without).collect();
            let single = texts().chain([another()]).map(|one| BTreeSet::from([one]));
            let others: BTreeSet<BTreeSet<String>> = single.chain(less).collect();
            let others = others
                .into_iter()
                .filter(|set| *set != all && !set.is_empty());
            let sets = [all.clone()].into_iter().chain(others);
            sets.chain([BTreeSet::new()])
                .map(ClaimValue::List)
                .collect()
        }
    };
    values.into_iter().map(Some).chain([None]).collect()
}

fn every(read: &[(&str, Vec<Option<ClaimValue>>)]) -> Vec<Claims> {
    read.iter()
        .fold(vec![Claims::new()], |combinations, (name, values)| {
            let with = |claims: &Claims| {
                values
                    .iter()
                    .map(|value| put(claims, name, value))
                    .collect::<Vec<_>>()
            };
            combinations.iter().flat_map(with).collect()
        })
}

fn some(read: &[(&str, Vec<Option<ClaimValue>>)]) -> Vec<Claims> {
    let first = |claims, (name, values): &(&str, Vec<Option<ClaimValue>>)| {
        values
            .first()
            .map_or_else(Claims::new, |value| put(&claims, name, value))
    };
    let usual = read.iter().fold(Claims::new(), first);
    let beside = |base: &Claims| {
        let each = read
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| put(base, name, value)));
        each.collect::<Vec<Claims>>()
    };
    [beside(&usual), beside(&Claims::new())].concat()
}

fn put(claims: &Claims, name: &str, value: &Option<ClaimValue>) -> Claims {
    let mut claims = claims.clone();
    match value {
        Some(value) => claims.insert(name.to_owned(), value.clone()),
        None => claims.remove(name),
    };
    claims
}
