//! Why one request is judged as it is: the rules that decide, and of those that would grant it what keeps each from matching.

use policies::action::Action;
use policies::bundle::Effect;

use crate::policy::Term;

use super::example::Example;
use super::models::Class;
use super::rules::{Side, Target};

mod tries;

use tries::Tries;

/// Rules that do not match of which an answer tells.
const NEAREST: usize = 5;

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Why {
    /// rules that match and grant, by position
    pub grants: Vec<usize>,
    /// rules that match and refuse
    pub denies: Vec<usize>,
    /// allow rules about the model that do not match, the nearest first, and last those after which another rule would refuse
    pub missed: Vec<Miss>,
}

/// An allow rule that does not match, and what would have to be otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// the rule
    pub position: usize,
    /// the caller would have to be one of these, or in one
    pub who: Option<Vec<Term>>,
    /// the caller would have to sign in with a token: the rule is for everyone who does
    pub token: bool,
    /// it grants these actions instead
    pub actions: Option<Vec<Action>>,
    /// what requests about the model can do at all
    pub offered: Vec<Action>,
    /// its condition does not hold
    pub condition: Option<String>,
    /// these refuse such a caller or action, and not the request as it is
    pub denies: Vec<usize>,
}

impl Miss {
    fn distance(&self) -> usize {
        let parts = [
            self.who.is_some() || self.token,
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
    let denies = matching(&relevant.denies);
    let allows = covering
        .iter()
        .filter(|position| side.rule(**position).effect == Effect::Allow);
    let mut tries = Tries::new(side, request, target, &covering, &denies);
    let mut missed: Vec<Miss> = allows
        .map(|position| tries.miss(*position, shape))
        .filter(|miss| miss.distance() > 0)
        .collect();
    missed.sort_by_key(Miss::distance);
    Why {
        grants: matching(&relevant.allows),
        missed: nearest(missed, |miss| tries.narrow(miss)),
        denies,
    }
}

/// The nearest that lead somewhere; where these are too few, those that do not. No more are tried than that takes.
fn nearest(missed: Vec<Miss>, mut narrow: impl FnMut(Miss) -> Option<Miss>) -> Vec<Miss> {
    let (mut leading, mut refused) = (Vec::new(), Vec::new());
    for miss in missed {
        if leading.len() == NEAREST {
            break;
        }
        let Some(miss) = narrow(miss) else {
            continue;
        };
        let kind = if miss.denies.is_empty() {
            &mut leading
        } else {
            &mut refused
        };
        kind.push(miss);
    }
    leading.append(&mut refused);
    leading.truncate(NEAREST);
    leading
}
