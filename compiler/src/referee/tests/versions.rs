//! The same for versions of models.

use policies::action::Action;
use policies::bundle::{ClaimTest, Condition, Effect};
use policies::facts::VERSION;

use super::claims::change;
use super::{notices, rule};
use crate::fixture::{allow, deny, group, versions, when};
use crate::policy::Rule;

/// One that allows two versions, of a server too, one that denies one, and one that asks in its condition.
pub fn rules() -> Vec<Rule> {
    let analysts = [group("corp/analysts")];
    let some = allow(
        "allow[33]",
        &analysts,
        &[Action::Rerank],
        &["risk-a*", "@risk-server"],
    );
    let denied = deny("deny[33]", &analysts, &[Action::Rerank], &["risk-ab"]);
    let asked = allow("allow[34]", &analysts, &[Action::Batch], &["risk-a*"]);
    vec![
        versions(some, &["3", "4"]),
        versions(denied, &["4"]),
        when(asked, "context has version && context.version != \"3\""),
    ]
}

fn test(test: ClaimTest) -> Condition {
    Condition::Claim(VERSION.into(), test)
}

#[test]
fn every_broken_version_is_noticed() {
    notices(&[
        ("a deny that lets pass what names no version", |bundle| {
            change(bundle, "deny[33]", &|part| match part {
                Condition::Not(_) => Some(Condition::Always(false)),
                _ => None,
            });
        }),
        ("an allow of what names no version", |bundle| {
            let rule = rule(bundle, "allow[33]");
            let none = Condition::Not(Box::new(test(ClaimTest::Present)));
            let when = Condition::clone(rule.when.as_ref().unwrap());
            rule.when = Some(Condition::Any(vec![none, when]).into());
        }),
        ("whatever the version", |bundle| {
            change(bundle, "allow[33]", &|part| match part {
                Condition::Claim(_, ClaimTest::Text(_)) => Some(test(ClaimTest::Present)),
                _ => None,
            });
        }),
        ("another version", |bundle| {
            change(bundle, "allow[33]", &|part| match part {
                Condition::Claim(_, ClaimTest::Text(_)) => {
                    let texts = ["03", "4"].map(str::to_owned).to_vec();
                    Some(test(ClaimTest::Text(texts)))
                }
                _ => None,
            });
        }),
    ]);
}

#[test]
fn every_broken_deny_of_a_version_is_noticed() {
    notices(&[
        ("versions that begin so", |bundle| {
            change(bundle, "deny[33]", &|part| match part {
                Condition::Claim(_, ClaimTest::Text(text)) => {
                    Some(test(ClaimTest::Begins(text.clone())))
                }
                _ => None,
            });
        }),
        ("a claim of the same name", |bundle| {
            change(bundle, "deny[33]", &|part| match part {
                Condition::Claim(_, test @ ClaimTest::Text(_)) => {
                    Some(Condition::Claim("version".into(), test.clone()))
                }
                _ => None,
            });
        }),
        ("the models, not their server", |bundle| {
            change(bundle, "allow[33]", &|part| match part {
                Condition::ModelIn(_) => Some(Condition::Always(false)),
                _ => None,
            });
        }),
        ("without its versions", |bundle| {
            rule(bundle, "allow[33]").when = None;
        }),
        ("turned", |bundle| {
            rule(bundle, "deny[33]").effect = Effect::Allow
        }),
        ("a condition about another version", |bundle| {
            change(bundle, "allow[34]", &|part| match part {
                Condition::Not(_) => Some(Condition::Always(true)),
                _ => None,
            });
        }),
    ]);
}
