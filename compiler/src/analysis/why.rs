//! Why one request is judged as it is: the rules that decide, and of those that would grant it what keeps each from matching.

use policies::action::Action;

use crate::policy::Term;

use super::caller::Shape;
use super::example::Example;
use super::models::Class;
use super::rules::{Side, Target};

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// rules that match and grant, by position
    pub grants: Vec<usize>,
    /// rules that match and refuse
    pub denies: Vec<usize>,
    /// allow rules about the model that do not match, the nearest first
    pub missed: Vec<Miss>,
}

/// An allow rule that does not match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// the rule
    pub position: usize,
    /// the caller would have to be one of these, or in one
    pub who: Option<Vec<Term>>,
    /// it grants these actions instead
    pub actions: Option<Vec<Action>>,
    /// its condition does not hold
    pub condition: Option<String>,
}

impl Miss {
    fn distance(&self) -> usize {
        let parts = [
            self.who.is_some(),
            self.actions.is_some(),
            self.condition.is_some(),
        ];
        parts.into_iter().filter(|part| *part).count()
    }
}

/// Explains a request. Nothing matches where the files declare no such model, or by another protocol.
#[must_use]
pub fn why(side: &Side<'_>, request: &Example) -> Why {
    let kind = side.declared.kind(&request.namespace, &request.model);
    let shape = side.shapes.iter().find(|shape| shape.kind == request.kind);
    let class = side.class(&request.namespace, &request.model);
    let (Some(kind), Some(shape), Some(class)) = (kind, shape, class) else {
        return Why::default();
    };
    if kind.api != request.api {
        return Why::default();
    }
    let class = Class {
        example: request.model.clone(),
        ..class
    };
    let target = Target {
        class: &class,
        kind,
        methods: None,
    };
    let covering = side.covering(&class);
    let relevant = side.relevant(&covering, request.action);
    let matching = |rules: &[usize]| -> Vec<usize> {
        let passes = |position: &&usize| request.passes(&side.formula(**position, shape, target));
        rules.iter().filter(passes).copied().collect()
    };
    let allows = covering
        .iter()
        .filter(|position| side.rule(**position).effect == policies::bundle::Effect::Allow);
    let mut missed: Vec<Miss> = allows
        .map(|position| miss(side, *position, request, shape, target))
        .filter(|miss| miss.distance() > 0)
        .collect();
    missed.sort_by_key(Miss::distance);
    Why {
        grants: matching(&relevant.allows),
        denies: matching(&relevant.denies),
        missed,
    }
}

fn miss(
    side: &Side<'_>,
    position: usize,
    request: &Example,
    shape: &Shape,
    target: Target<'_>,
) -> Miss {
    let rule = side.rule(position);
    let who = side.who(position).filter(|terms| {
        let is = shape.one_of(terms.iter().copied());
        !request.passes(&is)
    });
    let other = !rule.actions.contains(&request.action);
    let fails = rule.when.as_ref().filter(|condition| {
        let holds = shape.condition(condition, side, target);
        !request.passes(&holds)
    });
    Miss {
        position,
        who: who.map(|terms| terms.into_iter().cloned().collect()),
        actions: other.then(|| rule.actions.clone()),
        condition: fails.and_then(|_| side.shown(position).condition),
    }
}
