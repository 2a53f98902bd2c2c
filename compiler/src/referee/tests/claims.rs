//! The same for what a token says besides who it is.

use policies::action::Action;
use policies::bundle::{Bundle, ClaimTest, Comparison, Condition};

use super::super::boundary::OUTSIDER;
use super::{notices, rule};
use crate::fixture::{account, allow, deny, group, through, user, when};
use crate::policy::Rule;

/// Rules about applications and claims.
pub fn rules() -> Vec<Rule> {
    [rules_about_lists(), rules_about_one()].concat()
}

fn rules_about_lists() -> Vec<Rule> {
    let with = |id: &str, action: Action, text: &str| {
        let of = allow(id, &[group("corp/analysts")], &[action], &["risk-*"]);
        when(of, text)
    };
    vec![
        with(
            "allow[40]",
            Action::Classify,
            "context.claims has mfa && context.claims.mfa.containsAny([\"otp\", \"key\", \"pin\"])",
        ),
        with(
            "allow[41]",
            Action::Embed,
            "context.claims has mfa && context.claims.mfa.containsAll([\"otp\", \"key\", \"pin\"])",
        ),
        with(
            "allow[42]",
            Action::Transcribe,
            "context.claims has tier && [\"gold\", \"test\", \"silver\"].contains(context.claims.tier)",
        ),
    ]
}

fn rules_about_one() -> Vec<Rule> {
    vec![
        through(
            when(
                allow(
                    "allow[3]",
                    &[group("corp/analysts")],
                    &[Action::Feedback],
                    &["risk-*"],
                ),
                "context.claims has mfa && context.claims.mfa.contains(\"otp\")",
            ),
            &[account("corp/portal"), account("payments/checkout")],
        ),
        when(
            allow(
                "allow[4]",
                &[user("corp/ann")],
                &[Action::Health],
                &["risk-*"],
            ),
            "context has claims.level && context.claims.level >= 2 && !(context.claims has tier && context.claims.tier == \"test\")",
        ),
        through(
            deny(
                "deny[2]",
                &[user("corp/ann"), account("payments/checkout")],
                &[Action::Metrics],
                &["risk-*"],
            ),
            &[account("corp/portal")],
        ),
    ]
}

#[test]
fn every_broken_application_is_noticed() {
    notices(&[
        ("any application", |bundle| {
            change(bundle, "allow[3]", &|part| match part {
                Condition::Any(_) => Some(Condition::Always(true)),
                _ => None,
            });
        }),
        ("a client for a peer", |bundle| {
            change(bundle, "allow[3]", &|part| match part {
                Condition::ClientIn(terms) => Some(Condition::PeerIn(terms.clone())),
                _ => None,
            });
        }),
        ("any client", |bundle| {
            change(bundle, "deny[2]", &|part| match part {
                Condition::ClientIn(_) => Some(Condition::HasClient),
                _ => None,
            });
        }),
        ("any client of the peer's deny", |bundle| {
            change(bundle, "deny[2]/peer", &|part| match part {
                Condition::ClientIn(_) => Some(Condition::HasClient),
                _ => None,
            });
        }),
    ]);
}

#[test]
fn every_broken_claim_is_noticed() {
    notices(&[
        ("any factor", |bundle| {
            change(bundle, "allow[3]", &|part| match part {
                Condition::Claim(name, ClaimTest::Contains(_)) => {
                    Some(Condition::Claim(name.clone(), ClaimTest::Present))
                }
                _ => None,
            });
        }),
        ("one level off", |bundle| {
            change(bundle, "allow[4]", &|part| match part {
                Condition::Claim(name, ClaimTest::Number(_, number)) => {
                    let after = ClaimTest::Number(Comparison::Gt, *number);
                    Some(Condition::Claim(name.clone(), after))
                }
                _ => None,
            });
        }),
        ("another attribute", |bundle| {
            change(bundle, "allow[4]", &|part| match part {
                Condition::Claim(_, test @ ClaimTest::Text(_)) => {
                    Some(Condition::Claim("scope".into(), test.clone()))
                }
                _ => None,
            });
        }),
        ("only who has a tier", |bundle| {
            change(bundle, "allow[4]", &|part| match part {
                Condition::Not(inner) if matches!(**inner, Condition::All(_)) => {
                    Some(Condition::Claim("tier".into(), ClaimTest::Present))
                }
                _ => None,
            });
        }),
    ]);
}

#[test]
fn every_broken_list_of_texts_is_noticed() {
    notices(&[
        ("one of several is missing", |bundle| {
            change(bundle, "allow[40]", &|part| texts(part, &["otp", "pin"]));
        }),
        ("one more", |bundle| {
            change(bundle, "allow[40]", &|part| {
                texts(part, &["otp", "key", "pin", OUTSIDER])
            });
        }),
        ("all instead of one", |bundle| {
            change(bundle, "allow[40]", &|part| {
                let each = |text: &&str| texts(part, &[*text]);
                let all = ["otp", "key", "pin"].iter().map(each);
                Some(Condition::All(all.collect::<Option<_>>()?))
            });
        }),
        ("one instead of all", |bundle| {
            change(bundle, "allow[41]", &|part| {
                texts(part, &["otp", "key", "pin"])
            });
        }),
        ("one of all is missing", |bundle| {
            change(
                bundle,
                "allow[41]",
                &|part| match texts(part, &["key"])? == *part {
                    true => Some(Condition::Always(true)),
                    false => None,
                },
            );
        }),
    ]);
}

#[test]
fn every_broken_list_for_one_text_is_noticed() {
    notices(&[
        ("another text of several", |bundle| {
            change(bundle, "allow[42]", &|part| {
                texts(part, &["gold", "silver", "tests"])
            });
        }),
        ("the last of several is missing", |bundle| {
            change(bundle, "allow[42]", &|part| texts(part, &["gold", "test"]));
        }),
        ("a beginning of one", |bundle| {
            change(bundle, "allow[42]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(all)) => Some(Condition::Claim(
                    name.clone(),
                    ClaimTest::Begins(all.clone()),
                )),
                _ => None,
            });
        }),
    ]);
}

/// The same test of these texts.
fn texts(part: &Condition, texts: &[&str]) -> Option<Condition> {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    match part {
        Condition::Claim(name, ClaimTest::Text(_)) => {
            Some(Condition::Claim(name.clone(), ClaimTest::Text(texts)))
        }
        Condition::Claim(name, ClaimTest::Contains(_)) => {
            Some(Condition::Claim(name.clone(), ClaimTest::Contains(texts)))
        }
        _ => None,
    }
}

pub(super) type Change<'a> = &'a dyn Fn(&Condition) -> Option<Condition>;

pub(super) fn change(bundle: &mut Bundle, id: &str, with: Change<'_>) {
    let when = &mut rule(bundle, id).when;
    *when = when
        .as_ref()
        .map(|condition| changed(condition, with).into());
}

fn changed(condition: &Condition, with: Change<'_>) -> Condition {
    let inner = |parts: &[Condition]| parts.iter().map(|part| changed(part, with)).collect();
    match (with(condition), condition) {
        (Some(other), _) => other,
        (None, Condition::All(parts)) => Condition::All(inner(parts)),
        (None, Condition::Any(parts)) => Condition::Any(inner(parts)),
        (None, Condition::Not(part)) => Condition::Not(Box::new(changed(part, with))),
        (None, other) => other.clone(),
    }
}
