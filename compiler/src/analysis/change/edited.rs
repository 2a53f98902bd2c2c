//! What was edited: the rules that may make a difference, and the namespaces that they are in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use policies::action::Action;
use policies::bundle::{CLOCK, Effect};

use crate::analysis::{Side, around, words};
use crate::lower::Resources;
use crate::policy::{AccessFile, Policy};

use super::Cause;

/// Rules of one side that the other does not have, whatever they are called.
pub(super) fn rules(old: &Side<'_>, new: &Side<'_>) -> BTreeSet<Cause> {
    let contents = |side: &Side<'_>| -> Vec<Content> {
        (0..side.table.rules.len())
            .map(|position| content(side, position))
            .collect()
    };
    let (before, after) = (contents(old), contents(new));
    let gone = missing((old, &before), (new, &after)).into_iter();
    let added = missing((new, &after), (old, &before)).into_iter();
    gone.map(Cause::Old).chain(added.map(Cause::New)).collect()
}

/// Positions of the rules that the other side does not have. Most are called there as they are here, and stand where they do, so only
/// the others are looked for among all.
fn missing(
    (own, contents): (&Side<'_>, &[Content]),
    (other, others): (&Side<'_>, &[Content]),
) -> Vec<usize> {
    let all = ids(own).zip(contents);
    let there: Vec<(&str, &Content)> = ids(other).zip(others).collect();
    let moved = all
        .enumerate()
        .filter(|(at, rule)| there.get(*at) != Some(rule));
    let moved: Vec<(usize, (&str, &Content))> = moved.collect();
    let here: HashSet<&str> = moved.iter().map(|(_, (id, _))| *id).collect();
    let by_id = there.iter().copied().filter(|(id, _)| here.contains(id));
    let by_id: HashMap<&str, &Content> = by_id.collect();
    let unlike = moved
        .into_iter()
        .filter(|(_, (id, content))| by_id.get(id) != Some(content));
    let unlike: Vec<(usize, &Content)> = unlike.map(|(at, (_, content))| (at, content)).collect();
    let wanted: BTreeSet<&Content> = unlike.iter().map(|(_, content)| *content).collect();
    let found = others.iter().filter(|content| wanted.contains(content));
    let found: BTreeSet<&Content> = found.collect();
    let missing = unlike
        .iter()
        .filter(|(_, content)| !found.contains(content));
    missing.map(|(at, _)| *at).collect()
}

fn ids<'s>(side: &'s Side<'_>) -> impl Iterator<Item = &'s str> {
    side.table.rules.iter().map(|rule| rule.id.as_str())
}

pub(super) type Content = (
    u8,
    Option<Vec<String>>,
    Vec<Action>,
    Resources,
    Option<String>,
);

/// What a rule says, without its name and its position.
pub(super) fn content(side: &Side<'_>, position: usize) -> Content {
    let rule = side.rule(position);
    let effect = match rule.effect {
        Effect::Allow => 0,
        Effect::Deny => 1,
        Effect::Guardrail => 2,
    };
    let who = side.who(position).map(|terms| {
        let mut names: Vec<String> = terms.iter().map(|term| term.dictionary_form()).collect();
        names.sort_unstable();
        names
    });
    let when = rule
        .when
        .as_ref()
        .map(|when| words::condition(when, &side.table));
    (
        effect,
        who,
        rule.actions.clone(),
        rule.resources.clone(),
        when,
    )
}

/// Edited rules that change nothing, under any name that they have or had; each once, as it is now where it is still there.
pub(super) fn silent(
    old: &Side<'_>,
    new: &Side<'_>,
    edited: &BTreeSet<Cause>,
    causes: &BTreeSet<Cause>,
) -> Vec<Cause> {
    let id = |cause: &Cause| match cause {
        Cause::Old(position) => old.rule(*position).id.as_str(),
        Cause::New(position) => new.rule(*position).id.as_str(),
    };
    let heard: BTreeSet<&str> = causes.iter().map(id).collect();
    // what is refused because nobody knows a clock was edited with its rule
    let rules: BTreeSet<&str> = edited.iter().map(id).collect();
    let is_part = |id: &str| {
        id.strip_suffix(CLOCK)
            .is_some_and(|rule| rules.contains(rule))
    };
    let mut silent: BTreeMap<&str, Cause> = BTreeMap::new();
    let unheard = |cause: &&Cause| !heard.contains(id(cause)) && !is_part(id(cause));
    for cause in edited.iter().filter(unheard) {
        silent.insert(id(cause), *cause);
    }
    silent.into_values().collect()
}

/// The namespaces whose files differ, as far as rules and models go; `None` where the gate differs in a way that may matter
/// to all of them.
#[must_use]
pub fn touched<'a>(old: &'a Policy, new: &'a Policy) -> Option<BTreeSet<&'a str>> {
    let guardrails = |policy: &'a Policy| {
        let text = policy.gate.guardrails.as_ref();
        text.map(|text| text.text.as_str())
    };
    let same = guardrails(old) == guardrails(new)
        && old.gate.attributes == new.gate.attributes
        && around::changed(&old.gate, &new.gate).is_empty();
    if !same {
        return None;
    }
    let files = |policy: &'a Policy| -> BTreeMap<(&'a str, &'a str), &'a AccessFile> {
        let files = policy.files.iter();
        files
            .map(|file| ((file.namespace.as_str(), file.name.as_str()), file))
            .collect()
    };
    let (before, after) = (files(old), files(new));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let differs = |key: &(&str, &str)| match (before.get(key), after.get(key)) {
        (Some(one), Some(other)) => !one.says_the_same(other),
        _ => true,
    };
    Some(
        keys.into_iter()
            .filter(differs)
            .map(|(namespace, _)| namespace)
            .collect(),
    )
}
