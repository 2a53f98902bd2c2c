//! The same for grants that end.

use policies::action::Action;
use policies::bundle::{Bundle, Comparison, Condition, Number};

use super::{notices, rule};
use crate::fixture::{allow, group, until, when};
use crate::policy::Rule;

const END: i64 = 1_801_440_000;

/// A rule that ends, and one that also asks for the hour.
pub fn rules() -> Vec<Rule> {
    let analysts = [group("corp/analysts")];
    let plain = allow("allow[5]", &analysts, &[Action::Rerank], &["risk-*"]);
    let early = allow("allow[6]", &analysts, &[Action::Classify], &["risk-*"]);
    vec![
        until(plain, "2027-01-31"),
        until(when(early, "context.hour >= 6"), "2027-01-31"),
    ]
}

#[test]
fn every_broken_end_is_noticed() {
    notices(&[
        ("no end", |bundle| rule(bundle, "allow[5]").when = None),
        ("a second more", |bundle| ends(bundle, Comparison::Le, END)),
        ("a second less", |bundle| {
            ends(bundle, Comparison::Lt, END - 1)
        }),
        ("a beginning", |bundle| ends(bundle, Comparison::Gt, END)),
        ("no end but an hour", |bundle| {
            let hour = Condition::Number(Number::Hour, Comparison::Ge, 6);
            rule(bundle, "allow[6]").when = Some(hour.into());
        }),
    ]);
}

fn ends(bundle: &mut Bundle, comparison: Comparison, end: i64) {
    let now = Condition::Number(Number::Now, comparison, end);
    rule(bundle, "allow[5]").when = Some(now.into());
}
