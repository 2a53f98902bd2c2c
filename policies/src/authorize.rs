//! The table look-up, and the only place where a [`Permit`] is made.
//!
//! The meaning is Cedar's: a matching deny or guardrail refuses, else a matching allow grants, else the request is refused.
//! The compiler compares this with cedar-policy at every compile.

use crate::action::Action;
use crate::bundle::{
    Api, CLOCK, ClaimTest, Comparison, Condition, Effect, ModelEntry, Number, Rule, Text,
};
use crate::decision::Reason;
use crate::engine::Engine;
use crate::facts;
use crate::principal::{Caller, ClaimValue, Through};
use crate::time::UnixTime;

/// Proof that a decision allowed the request; made nowhere else.
#[derive(Debug)]
pub struct Permit(());

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// owner of the model
    pub namespace: &'a str,
    /// the one model the request is about
    pub model: &'a str,
    /// protocol that the request came in
    pub api: Api,
    /// what is done with it
    pub action: Action,
    /// HTTP method
    pub method: &'a str,
    /// when
    pub now: UnixTime,
}

/// The answer, with the rules that decided, as positions in the bundle; sorted, unique.
#[derive(Debug)]
pub enum Decision {
    /// at least one allow matched and nothing refused
    Allowed(Permit, Vec<u32>),
    /// refused
    Denied(Reason, Vec<u32>),
}

impl Engine {
    /// Decides.
    #[must_use]
    pub fn decide(&self, caller: &Caller, question: Question<'_>) -> Decision {
        match self.model(question.namespace, question.model) {
            Some(entry) if entry.api == question.api => self.judge(caller, question, entry),
            _ => Decision::Denied(Reason::ModelUnknown, Vec::new()),
        }
    }

    fn judge(&self, caller: &Caller, question: Question<'_>, entry: &ModelEntry) -> Decision {
        let mut matched = Matched::default();
        for position in self.table().candidates(&caller.terms, &entry.scopes) {
            if let Some(rule) = self.rule(position)
                && matches(rule, caller, question, entry)
            {
                matched.add(rule, position);
            }
        }
        matched.decide()
    }
}

#[derive(Default)]
struct Matched {
    allow: Vec<u32>,
    refuse: Vec<u32>,
    guardrail: bool,
    /// a rule that could be evaluated refused
    meant: bool,
}

impl Matched {
    fn add(&mut self, rule: &Rule, position: u32) {
        if rule.effect == Effect::Allow {
            return self.allow.push(position);
        }
        self.guardrail |= rule.effect == Effect::Guardrail;
        self.meant |= !rule.id.ends_with(CLOCK);
        self.refuse.push(position);
    }

    fn decide(self) -> Decision {
        if !self.refuse.is_empty() && !self.meant {
            Decision::Denied(Reason::TimeUnknown, unique(self.refuse))
        } else if self.guardrail {
            Decision::Denied(Reason::DeniedByGuardrail, unique(self.refuse))
        } else if !self.refuse.is_empty() {
            Decision::Denied(Reason::DeniedByRule, unique(self.refuse))
        } else if self.allow.is_empty() {
            Decision::Denied(Reason::NotPermitted, Vec::new())
        } else {
            Decision::Allowed(Permit(()), unique(self.allow))
        }
    }
}

fn unique(mut rules: Vec<u32>) -> Vec<u32> {
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn matches(rule: &Rule, caller: &Caller, question: Question<'_>, entry: &ModelEntry) -> bool {
    let condition = || {
        rule.when
            .as_ref()
            .is_none_or(|condition| holds(condition, caller, question, entry))
    };
    rule.actions.contains(&question.action) && condition()
}

/// Depth was bounded when the bundle was loaded.
fn holds(
    condition: &Condition,
    caller: &Caller,
    question: Question<'_>,
    entry: &ModelEntry,
) -> bool {
    let inner = |part: &Condition| holds(part, caller, question, entry);
    match condition {
        Condition::Always(value) => *value,
        Condition::All(parts) => parts.iter().all(inner),
        Condition::Any(parts) => parts.iter().any(inner),
        Condition::Not(part) => !inner(part),
        Condition::PrincipalIn(terms) => terms
            .iter()
            .any(|term| caller.terms.binary_search(term).is_ok()),
        Condition::PeerIn(terms) => is_one_of(caller.peer, terms),
        Condition::HasPeer => caller.peer.is_some(),
        Condition::ClientIn(terms) => is_one_of(caller.client, terms),
        Condition::HasClient => caller.client.is_some(),
        Condition::Claim(name, test) => {
            let claim = caller.claims.get(name);
            let claim = claim.or_else(|| facts::find(&caller.facts, name));
            claim.is_some_and(|value| passes(value, test))
        }
        Condition::ModelIn(patterns) => patterns.iter().any(|pattern| covers(pattern, question)),
        Condition::Public => entry.public,
        Condition::Number(number, comparison, constant) => compare(
            number_of(*number, question).into(),
            *comparison,
            (*constant).into(),
        ),
        Condition::Text(text, constant) => text_of(*text, question) == constant,
    }
}

fn is_one_of(through: Option<Through>, terms: &[u32]) -> bool {
    through
        .and_then(|through| through.term)
        .is_some_and(|term| terms.contains(&term))
}

fn passes(value: &ClaimValue, test: &ClaimTest) -> bool {
    match (test, value) {
        (ClaimTest::Present, _) => true,
        (ClaimTest::True, ClaimValue::Boolean(value)) => *value,
        (ClaimTest::Text(text), ClaimValue::Text(value)) => value == text,
        (ClaimTest::Number(comparison, constant), ClaimValue::Number(value)) => {
            compare((*value).into(), *comparison, (*constant).into())
        }
        (ClaimTest::Contains(text), ClaimValue::List(texts)) => texts.contains(text),
        (ClaimTest::Begins(text), ClaimValue::Text(value)) => value.starts_with(text),
        _ => false,
    }
}

fn covers(pattern: &str, question: Question<'_>) -> bool {
    match pattern.split_once('/') {
        None => pattern == question.namespace,
        Some((namespace, name)) => {
            let named = match name.strip_suffix('*') {
                Some(beginning) => question.model.starts_with(beginning),
                None => question.model == name,
            };
            namespace == question.namespace && named
        }
    }
}

fn number_of(number: Number, question: Question<'_>) -> u64 {
    match number {
        Number::Hour => question.now.hour(),
        Number::Minute => question.now.minute(),
        Number::Weekday => question.now.weekday(),
        Number::Now => question.now.secs(),
    }
}

fn text_of<'a>(text: Text, question: Question<'a>) -> &'a str {
    match text {
        Text::Method => question.method,
        Text::Namespace => question.namespace,
        Text::Name => question.model,
        Text::Api => question.api.name(),
    }
}

fn compare(value: i128, comparison: Comparison, constant: i128) -> bool {
    let ordering = value.cmp(&constant);
    match comparison {
        Comparison::Eq => ordering.is_eq(),
        Comparison::Lt => ordering.is_lt(),
        Comparison::Le => ordering.is_le(),
        Comparison::Gt => ordering.is_gt(),
        Comparison::Ge => ordering.is_ge(),
    }
}
