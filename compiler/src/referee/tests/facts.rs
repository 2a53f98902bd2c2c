//! The same for what a request says besides.

use policies::action::Action;
use policies::bundle::{ClaimTest, Condition};
use policies::facts::of_header;

use super::claims::change;
use super::{notices, rule};
use crate::fixture::{allow, deny, group, when};
use crate::policy::Rule;

/// One that allows by a header field, and one that denies by several.
pub fn rules() -> Vec<Rule> {
    let analysts = [group("corp/analysts")];
    let batch = allow("allow[31]", &analysts, &[Action::Image], &["risk-a*"]);
    let denied = deny("deny[31]", &analysts, &[Action::Image], &["risk-ab"]);
    vec![
        when(
            batch,
            "context.headers has \"x-purpose\" && context.headers[\"x-purpose\"] == \"batch\"",
        ),
        when(
            denied,
            "!(context.headers has \"x-ticket\") || \
             context has headers.purpose && [\"a\", \"b\"].contains(context.headers.purpose)",
        ),
    ]
}

#[test]
fn every_broken_header_is_noticed() {
    notices(&[
        ("whatever it says", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(_)) => {
                    Some(Condition::Claim(name.clone(), ClaimTest::Present))
                }
                _ => None,
            });
        }),
        ("another text", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(name, ClaimTest::Text(_)) => {
                    let test = ClaimTest::Text("bath".into());
                    Some(Condition::Claim(name.clone(), test))
                }
                _ => None,
            });
        }),
        ("another field", |bundle| {
            change(bundle, "allow[31]", &|part| match part {
                Condition::Claim(_, test) => {
                    Some(Condition::Claim(of_header("x-ticket"), test.clone()))
                }
                _ => None,
            });
        }),
        ("a claim of the same name", |bundle| {
            change(bundle, "deny[31]", &|part| match part {
                Condition::Claim(_, test @ ClaimTest::Text(_)) => {
                    Some(Condition::Claim("purpose".into(), test.clone()))
                }
                _ => None,
            });
        }),
        ("there or not", |bundle| {
            rule(bundle, "deny[31]").when = None;
        }),
    ]);
}
