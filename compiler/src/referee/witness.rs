//! cedar-policy, asked the same question.

use std::collections::BTreeSet;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, PolicySet, Request, RestrictedExpression, Schema,
};
use policies::bundle::Effect;
use policies::facts;
use policies::principal::ClaimValue;

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
}

impl<'a> Witness<'a> {
    /// Knows which policies are guardrails.
    pub fn new(meaning: &'a Meaning) -> Self {
        let guardrails = meaning
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Guardrail);
        Self {
            schema: &meaning.schema.parsed,
            zones: &meaning.schema.zones,
            authorizer: Authorizer::new(),
            guardrails: guardrails.map(|statement| statement.id.clone()).collect(),
        }
    }

    /// What Cedar says. A policy that cannot be evaluated counts as a rule of its own, which no table has.
    pub fn ask(&self, policies: &PolicySet, entities: &Entities, case: &Case<'_>) -> Answer {
        let Some(request) = request(case, self.schema, self.zones) else {
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

/// Checked against the schema: a question that Cedar's types do not allow proves nothing.
fn request(case: &Case<'_>, schema: &Schema, zones: &BTreeSet<String>) -> Option<Request> {
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
    pairs.push(("headers".to_owned(), headers(case)?));
    pairs.push(("address".to_owned(), address(case)?));
    pairs.push(("local".to_owned(), clocks(case, zones)?));
    let context = Context::from_pairs(pairs).ok()?;
    let action = Entity::Action.entity_uid(case.action.name());
    let (principal, resource) = (principal(case.caller)?, resource(case.model));
    Request::new(principal, action, resource, context, Some(schema)).ok()
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
