//! What holds of the table whatever the rules are: their order does not matter, and one more deny never allows more.

use policies::action::Action;
use policies::bundle::Effect;
use policies::engine::Engine;

use crate::fixture::{deny, group, policy_with, user, when};
use crate::policy::{Policy, Rule};
use crate::referee::boundary::{self, Case, Known};
use crate::referee::{Answer, FEWEST, judge, load, requests};

use super::{GUARDRAILS, compiled, rules};

#[test]
fn the_order_of_rules_does_not_matter() {
    let mut backwards = rules();
    backwards.reverse();
    let mut turned = rules();
    let third = turned.len() / 3;
    turned.rotate_left(third);
    for other in [backwards, turned] {
        let other = engine(&policy(other));
        let asked = each_request(|case, answer| assert_eq!(answer, judge(&other, case), "{case}"));
        assert!(asked > 1000, "{asked}");
    }
}

#[test]
fn one_more_deny_never_allows_more() {
    let more = [
        deny(
            "deny[90]",
            &[group("corp/analysts")],
            &[Action::Predict],
            &["fraud-detector"],
        ),
        deny("deny[91]", &[user("corp/ann")], &Action::ALL, &["risk-*"]),
        when(
            deny(
                "deny[92]",
                &[group("corp/analysts")],
                &Action::ALL,
                &["risk-*"],
            ),
            "context.hour >= 6 && !resource.public",
        ),
    ];
    let mut refused = 0;
    for rule in more {
        let other = engine(&policy([rules(), vec![rule]].concat()));
        let asked = each_request(|case, answer| {
            let strict = judge(&other, case);
            assert!(answer.allowed || !strict.allowed, "{case}");
            refused += usize::from(answer.allowed && !strict.allowed);
        });
        assert!(asked > 1000, "{asked}");
    }
    assert!(refused > 20, "{refused}");
}

fn policy(rules: Vec<Rule>) -> Policy {
    policy_with(rules, Some(GUARDRAILS))
}

fn engine(policy: &Policy) -> Engine {
    let (_, bundle) = compiled(policy, 0);
    load(&serde_json::to_string(&bundle).unwrap()).unwrap()
}

/// Requests around every rule, and what the table says of them; how many.
fn each_request(mut told: impl FnMut(&Case<'_>, Answer)) -> usize {
    let policy = policy(rules());
    let (meaning, bundle) = compiled(&policy, 0);
    let engine = engine(&policy);
    let known = Known::of(&bundle);
    let mut asked = 0;
    for statement in &meaning.statements {
        let dimensions = boundary::dimensions(statement, &meaning.schema.attributes, &known);
        let allows = |case: &Case<'_>| {
            statement.effect != Effect::Allow || judge(&engine, case).rules.contains(&statement.id)
        };
        for case in requests::chosen(&dimensions, FEWEST, allows, |_| true) {
            told(&case, judge(&engine, &case));
            asked += 1;
        }
    }
    asked
}
