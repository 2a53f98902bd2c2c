//! cedar-policy, asked the same question.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    Authorizer, Context, Decision, Entities, PolicySet, Request, RestrictedExpression, Schema,
};
use policies::action::Action;
use policies::bundle::Effect;
use policies::facts;
use policies::principal::{ClaimValue, Claims, Workload};
use policies::time::UnixTime;

use crate::cedar::{Entity, Meaning};
use crate::zone;

use super::Answer;
use super::boundary::{Case, NOBODYS};
use super::store::{principal, resource, workload};

/// What is needed to ask Cedar.
pub struct Witness<'a> {
    schema: &'a Schema,
    zones: &'a BTreeSet<String>,
    authorizer: Authorizer,
    guardrails: BTreeSet<String>,
    /// contexts that were asked with, in the schema's types; `None` for one that is not
    contexts: RefCell<BTreeMap<Circumstances, Option<Context>>>,
    /// kinds of principals and actions that the schema allows together
    kinds: RefCell<BTreeSet<(String, Action)>>,
}

/// What a context is made of.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Circumstances {
    now: UnixTime,
    method: String,
    peer: Option<Workload>,
    client: Option<String>,
    token: bool,
    claims: Option<Claims>,
    facts: Claims,
}

impl<'a> Witness<'a> {
    /// Knows which policies are guardrails.
    pub fn new(meaning: &'a Meaning) -> Self {
        let guardrails = meaning
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Guardrail);
        Self {
            schema: meaning.schema.parsed(),
            zones: &meaning.schema.zones,
            authorizer: Authorizer::new(),
            guardrails: guardrails.map(|statement| statement.id.clone()).collect(),
            contexts: RefCell::default(),
            kinds: RefCell::default(),
        }
    }

    /// What Cedar says. A policy that cannot be evaluated counts as a rule of its own, which no table has.
    pub fn ask(&self, policies: &PolicySet, entities: &Entities, case: &Case<'_>) -> Answer {
        let Some(request) = self.request(case) else {
            let rules = BTreeSet::from(["the question is malformed".into()]);
            return Answer {
                allowed: false,
                guarded: false,
                rules,
            };
        };
        let response = self.authorizer.is_authorized(&request, policies, entities);
        let reasons = response
            .diagnostics()
            .reason()
            .map(|id| AsRef::<str>::as_ref(id).to_owned());
        let errors = response.diagnostics().errors().map(ToString::to_string);
        let rules: BTreeSet<String> = reasons.chain(errors).collect();
        let guarded = rules.iter().any(|rule| self.guardrails.contains(rule));
        Answer {
            allowed: response.decision() == Decision::Allow,
            guarded,
            rules,
        }
    }
}

impl Witness<'_> {
    /// Checked against the schema: a question that Cedar's types do not allow proves nothing. Every action of the schema takes
    /// the same contexts, so that each context is checked once, and each kind of principal with each action.
    fn request(&self, case: &Case<'_>) -> Option<Request> {
        let (principal, resource) = (principal(case.caller)?, resource(case.model));
        let action = Entity::Action.entity_uid(case.action.name());
        let request = |context: Context, schema: Option<&Schema>| {
            let (principal, action) = (principal.clone(), action.clone());
            Request::new(principal, action, resource.clone(), context, schema).ok()
        };
        let mut contexts = self.contexts.borrow_mut();
        let context = contexts.entry(Circumstances::of(case)).or_insert_with(|| {
            let made = context(case, self.zones)?;
            request(made.clone(), Some(self.schema)).map(|_| made)
        });
        let context = context.clone()?;
        let kind = (principal.type_name().to_string(), case.action);
        let mut kinds = self.kinds.borrow_mut();
        if !kinds.contains(&kind) {
            request(context.clone(), Some(self.schema))?;
            kinds.insert(kind);
        }
        request(context, None)
    }
}

impl Circumstances {
    fn of(case: &Case<'_>) -> Self {
        Self {
            now: case.now,
            method: case.method.to_owned(),
            peer: case.peer().cloned(),
            client: case.client(),
            token: case.identity().is_some(),
            claims: case.claims().cloned(),
            facts: case.facts.as_ref().clone(),
        }
    }
}

fn context(case: &Case<'_>, zones: &BTreeSet<String>) -> Option<Context> {
    let number = |value: u64| {
        i64::try_from(value)
            .ok()
            .map(RestrictedExpression::new_long)
    };
    let mut pairs = vec![
        ("hour".to_owned(), number(case.now.hour())?),
        ("weekday".to_owned(), number(case.now.weekday())?),
        ("now".to_owned(), number(case.now.secs())?),
        (
            "token".to_owned(),
            RestrictedExpression::new_bool(case.identity().is_some()),
        ),
        (
            "method".to_owned(),
            RestrictedExpression::new_string(case.method.to_owned()),
        ),
    ];
    if let Some(peer) = case.peer() {
        pairs.push((
            "peer".to_owned(),
            RestrictedExpression::new_entity_uid(workload(peer)),
        ));
    }
    if let Some(client) = case.client() {
        pairs.push((
            "client".to_owned(),
            RestrictedExpression::new_entity_uid(Entity::ServiceAccount.entity_uid(&client)),
        ));
    }
    pairs.push(("claims".to_owned(), claims(case)?));
    if let Some(version) = case.facts.get(facts::VERSION) {
        pairs.push(("version".to_owned(), value(version)));
    }
    pairs.push(("headers".to_owned(), headers(case)?));
    pairs.push(("address".to_owned(), address(case)?));
    pairs.push(("local".to_owned(), clocks(case, zones)?));
    Context::from_pairs(pairs).ok()
}

/// What the zones' clocks say, by the library's reckoning and not by the table's.
fn clocks(case: &Case<'_>, zones: &BTreeSet<String>) -> Option<RestrictedExpression> {
    let number = |value: u64| RestrictedExpression::new_long(i64::try_from(value).unwrap_or(0));
    let mut clocks = Vec::new();
    for name in zones {
        let there = zone::local(name, case.now)?;
        let clock = [
            ("hour".to_owned(), number(there.hour())),
            ("weekday".to_owned(), number(there.weekday())),
        ];
        clocks.push((name.clone(), RestrictedExpression::new_record(clock).ok()?));
    }
    RestrictedExpression::new_record(clocks).ok()
}

/// There always is one.
fn address(case: &Case<'_>) -> Option<RestrictedExpression> {
    let given = match case.facts.get(facts::ADDRESS) {
        Some(ClaimValue::Text(bits)) => facts::address(bits)?,
        _ => NOBODYS[0],
    };
    Some(RestrictedExpression::new_ip(given.to_string()))
}

fn headers(case: &Case<'_>) -> Option<RestrictedExpression> {
    let fields = case.facts.iter().filter_map(|(name, given)| {
        let name = facts::header(name)?;
        Some((name.to_owned(), value(given)))
    });
    RestrictedExpression::new_record(fields).ok()
}

fn value(value: &ClaimValue) -> RestrictedExpression {
    let text = |text: &String| RestrictedExpression::new_string(text.clone());
    match value {
        ClaimValue::Text(value) => text(value),
        ClaimValue::Number(number) => RestrictedExpression::new_long(*number),
        ClaimValue::Boolean(value) => RestrictedExpression::new_bool(*value),
        ClaimValue::List(texts) => RestrictedExpression::new_set(texts.iter().map(text)),
    }
}

fn claims(case: &Case<'_>) -> Option<RestrictedExpression> {
    let given = case.claims().into_iter().flat_map(|claims| claims.iter());
    RestrictedExpression::new_record(given.map(|(name, given)| (name.clone(), value(given)))).ok()
}
