//! The table look-up, and the only place where a [`Permit`] is made.
//!
//! The meaning is Cedar's: a matching deny or guardrail refuses, else a matching allow grants, else the request is refused.
//! The compiler compares this with cedar-policy at every compile.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use crate::action::Action;
use crate::bundle::{Api, ClaimTest, Condition, Effect, ModelEntry, Number, Rule, Text, Who};
use crate::decision::Reason;
use crate::engine::{Engine, Models};
use crate::facts;
use crate::principal::{Caller, ClaimValue, Through};
use crate::sorted::unique;
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
    /// and its version, where the request names one and rules may ask; where a caller's facts have it, `None`
    pub version: Option<&'a str>,
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

/// The entries of models that were allowed within one exchange. Whoever asks again has the same caller, namespace, protocol,
/// action, method and time, so an entry of which a decision did not ask for the model's name is allowed under every name that it judges.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    /// of the namespace
    models: OnceCell<Option<Rc<Models>>>,
    last: Option<u32>,
    /// one bit for each of the bundle's entries, as far as there were others
    all: Vec<u64>,
    /// the rules that can match at the last entry of which a decision asked for the model's name
    rules: Option<(u32, Vec<u32>)>,
}

impl Engine {
    /// Decides.
    #[must_use]
    pub fn decide(&self, caller: &Caller, question: Question<'_>) -> Decision {
        match self.entry(question.namespace, question.model) {
            Some((_, entry)) if entry.api == question.api => {
                let rules = self.candidates(caller, entry);
                self.judge(caller, &Asked::new(question, entry), &rules)
            }
            _ => Decision::Denied(Reason::ModelUnknown, Vec::new()),
        }
    }

    /// Decides about one more model of an exchange; of an entry that was allowed already, the rules are not said again.
    pub(crate) fn decide_next(
        &self,
        caller: &Caller,
        question: Question<'_>,
        allowed: &mut Allowed,
    ) -> Decision {
        let models = &allowed.models;
        let models = models.get_or_init(|| self.models(question.namespace));
        let found = models
            .as_ref()
            .and_then(|models| self.entry_of(models, question.model));
        let (position, entry) = match found {
            Some((position, entry)) if entry.api == question.api => (position, entry),
            _ => return Decision::Denied(Reason::ModelUnknown, Vec::new()),
        };
        if allowed.has(position) {
            return Decision::Allowed(Permit(()), Vec::new());
        }
        let asked = Asked::new(question, entry);
        let rules = match allowed.rules.take() {
            Some((of, rules)) if of == position => rules,
            _ => self.candidates(caller, entry),
        };
        let decision = self.judge(caller, &asked, &rules);
        if asked.named.get() {
            allowed.rules = Some((position, rules));
        } else if matches!(decision, Decision::Allowed(..)) {
            allowed.add(position);
        }
        decision
    }

    /// The rules that can match, by their positions; sorted, unique.
    fn candidates(&self, caller: &Caller, entry: &ModelEntry) -> Vec<u32> {
        let mut found = Vec::new();
        self.table()
            .candidates(&caller.terms, &entry.scopes, &mut |rule| found.push(rule));
        unique(found)
    }

    fn judge(&self, caller: &Caller, asked: &Asked<'_>, rules: &[u32]) -> Decision {
        let mut matched = Matched::default();
        for position in rules {
            if let Some(rule) = self.rule(*position)
                && matches(rule, caller, asked)
            {
                matched.add(rule, *position);
            }
        }
        matched.decide()
    }
}

impl Allowed {
    fn has(&self, entry: u32) -> bool {
        let bit = 1_u64.wrapping_shl(entry);
        let word = || self.all.get(word_of(entry)).copied();
        self.last == Some(entry) || word().is_some_and(|word| word & bit != 0)
    }

    fn add(&mut self, entry: u32) {
        let Some(before) = self.last.replace(entry) else {
            return;
        };
        for entry in [before, entry] {
            let at = word_of(entry);
            if self.all.len() <= at {
                self.all.resize(at.saturating_add(1), 0);
            }
            if let Some(word) = self.all.get_mut(at) {
                *word |= 1_u64.wrapping_shl(entry);
            }
        }
    }
}

/// Where the bit of an entry is; its place in the word are the lowest bits.
fn word_of(entry: u32) -> usize {
    usize::try_from(entry.wrapping_shr(6)).unwrap_or(usize::MAX)
}

/// A question, the entry that judges it, and whether the answer took a look at what the model has for itself: its name, its version.
struct Asked<'a> {
    question: Question<'a>,
    entry: &'a ModelEntry,
    named: Cell<bool>,
}

impl<'a> Asked<'a> {
    const fn new(question: Question<'a>, entry: &'a ModelEntry) -> Self {
        Self {
            question,
            entry,
            named: Cell::new(false),
        }
    }

    fn name(&self) -> &'a str {
        self.named.set(true);
        self.question.model
    }

    fn version(&self) -> Option<&'a str> {
        self.named.set(true);
        self.question.version
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
        self.meant |= !rule.id.is_clock();
        self.refuse.push(position);
    }

    fn decide(self) -> Decision {
        if !self.refuse.is_empty() && !self.meant {
            Decision::Denied(Reason::TimeUnknown, self.refuse)
        } else if self.guardrail {
            Decision::Denied(Reason::DeniedByGuardrail, self.refuse)
        } else if !self.refuse.is_empty() {
            Decision::Denied(Reason::DeniedByRule, self.refuse)
        } else if self.allow.is_empty() {
            Decision::Denied(Reason::NotPermitted, Vec::new())
        } else {
            Decision::Allowed(Permit(()), self.allow)
        }
    }
}

fn matches(rule: &Rule, caller: &Caller, asked: &Asked<'_>) -> bool {
    let condition = || {
        rule.when
            .as_ref()
            .is_none_or(|condition| holds(condition, caller, asked))
    };
    let speaks =
        || caller.token || rule.effect != Effect::Allow || !matches!(rule.who, Who::Anyone);
    rule.actions.contains(&asked.question.action) && speaks() && condition()
}

/// Depth was bounded when the bundle was loaded.
fn holds(condition: &Condition, caller: &Caller, asked: &Asked<'_>) -> bool {
    let inner = |part: &Condition| holds(part, caller, asked);
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
            match claim.or_else(|| facts::find(&caller.facts, name)) {
                Some(value) => passes(value, test),
                None if name == facts::VERSION => {
                    asked.version().is_some_and(|text| is(text, test))
                }
                None => false,
            }
        }
        Condition::ModelIn(patterns) => patterns.iter().any(|pattern| covers(pattern, asked)),
        Condition::Public => asked.entry.public,
        Condition::Number(number, comparison, constant) => {
            let value = i128::from(number_of(*number, asked.question));
            comparison.holds(value.cmp(&i128::from(*constant)))
        }
        Condition::Text(text, constant) => text_of(*text, asked) == constant,
    }
}

fn is_one_of(through: Option<Through>, terms: &[u32]) -> bool {
    through
        .and_then(|through| through.term)
        .is_some_and(|term| terms.contains(&term))
}

/// Whether a text passes.
fn is(text: &str, test: &ClaimTest) -> bool {
    match test {
        ClaimTest::Present => true,
        ClaimTest::Text(constants) => constants.iter().any(|constant| constant == text),
        ClaimTest::Begins(constants) => constants.iter().any(|constant| text.starts_with(constant)),
        _ => false,
    }
}

fn passes(value: &ClaimValue, test: &ClaimTest) -> bool {
    match (test, value) {
        (test, ClaimValue::Text(text)) => is(text, test),
        (ClaimTest::Present, _) => true,
        (ClaimTest::True, ClaimValue::Boolean(value)) => *value,
        (ClaimTest::Number(comparison, constant), ClaimValue::Number(value)) => {
            comparison.holds(value.cmp(constant))
        }
        (ClaimTest::Contains(constants), ClaimValue::List(texts)) => {
            constants.iter().any(|constant| texts.contains(constant))
        }
        _ => false,
    }
}

fn covers(pattern: &str, asked: &Asked<'_>) -> bool {
    let own = asked.question.namespace;
    match pattern.split_once('/') {
        None => pattern == own,
        Some((namespace, name)) => {
            let named = || match name.strip_suffix('*') {
                Some(beginning) => asked.name().starts_with(beginning),
                None => asked.name() == name,
            };
            namespace == own && named()
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

fn text_of<'a>(text: Text, asked: &Asked<'a>) -> &'a str {
    match text {
        Text::Method => asked.question.method,
        Text::Namespace => asked.question.namespace,
        Text::Name => asked.name(),
        Text::Api => asked.question.api.name(),
    }
}
