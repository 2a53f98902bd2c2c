//! What one request shows of the rules: which of them it reaches, and how their conditions come out.

use policies::bundle::Effect;
use policies::facts;
use policies::principal::ClaimValue;

use crate::policy::Rule;

use super::caller::Shape;
use super::example::Example;
use super::models::Class;
use super::rules::{Side, Target};

/// A rule that speaks of the request's caller, model and action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// the rule
    pub position: usize,
    /// how its condition comes out; `None` where it has none
    pub condition: Option<bool>,
}

impl Seen {
    /// Whether the rule matches.
    #[must_use]
    pub fn matches(self) -> bool {
        self.condition != Some(false)
    }
}

/// The rules that a request reaches, in the order of the table; none where the files declare no such model.
#[must_use]
pub fn seen(side: &Side<'_>, request: &Example) -> Vec<Seen> {
    let kind = side.declared.kind(&request.namespace, &request.model);
    let shape = side.shapes.iter().find(|shape| shape.kind == request.kind);
    let (Some(kind), Some(shape)) = (kind, shape) else {
        return Vec::new();
    };
    let class = Class::exactly(&request.namespace, &request.model);
    let target = Target {
        class: &class,
        kind,
        methods: None,
    };
    if kind.api != request.api {
        return Vec::new();
    }
    let covering = side.covering(&class);
    covering
        .into_iter()
        .filter_map(|position| reached(side, position, request, shape, target))
        .collect()
}

/// The rules that decide: the matching denies, without one the matching allows.
#[must_use]
pub fn deciding(side: &Side<'_>, seen: &[Seen]) -> Vec<usize> {
    let matching = |grants: bool| -> Vec<usize> {
        seen.iter()
            .filter(|seen| seen.matches())
            .map(|seen| seen.position)
            .filter(|position| (side.rule(*position).effect == Effect::Allow) == grants)
            .collect()
    };
    let denies = matching(false);
    if denies.is_empty() {
        matching(true)
    } else {
        denies
    }
}

/// Whether all else of a file's rule speaks of this request that reaches it: its `all`, `versions` and `until` are part of what the
/// table takes for its condition, and where they fail, `when` and `through` do not matter. A rule without these is always asked.
#[must_use]
pub fn is_asked(side: &Side<'_>, seen: Seen, request: &Example) -> bool {
    let shape = side.shapes.iter().find(|shape| shape.kind == request.kind);
    let (Some(rule), Some(shape)) = (side.as_written(seen.position), shape) else {
        return false;
    };
    if rule.when.is_none() && rule.through.is_empty() {
        return true;
    }
    let mut all = rule.all.iter();
    all.all(|terms| request.passes(&shape.one_of(terms)))
        && rule
            .until
            .as_ref()
            .is_none_or(|until| request.now.secs() < until.ends)
        && has_version(rule, request)
}

/// What denies some versions denies a request that names none; a server as a whole has none.
fn has_version(rule: &Rule, request: &Example) -> bool {
    match request.facts.get(facts::VERSION) {
        _ if rule.versions.is_empty() => true,
        Some(ClaimValue::Text(version)) => rule.versions.contains(version),
        _ => rule.denies || request.model.starts_with('@'),
    }
}

fn reached(
    side: &Side<'_>,
    position: usize,
    request: &Example,
    shape: &Shape,
    target: Target<'_>,
) -> Option<Seen> {
    let rule = side.rule(position);
    let who = side.who(position);
    let named = who.is_none_or(|terms| request.passes(&shape.one_of(terms)));
    let condition = rule.when.as_ref().map(|condition| {
        let holds = shape.condition(condition, side, target);
        request.passes(&holds)
    });
    (named && rule.actions.contains(&request.action)).then_some(Seen {
        position,
        condition,
    })
}
