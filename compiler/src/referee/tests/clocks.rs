//! The same for rules that ask for the clock of a time zone.

use std::rc::Rc;

use policies::action::Action;
use policies::bundle::{Bundle, Comparison, Condition, Effect, Number};

use super::{notices, rule};
use crate::fixture::{allow, deny, group, when};
use crate::policy::Rule;

/// By day in one zone, on working days in another, one of them a deny.
pub fn rules() -> Vec<Rule> {
    let analysts = [group("corp/analysts")];
    let by_day = allow("allow[21]", &analysts, &[Action::Feedback], &["risk-a*"]);
    let working = allow("allow[22]", &analysts, &[Action::Metrics], &["risk-a*"]);
    let denied = deny("deny[14]", &analysts, &[Action::Feedback], &["risk-ab"]);
    vec![
        when(by_day, "context.local[\"Europe/Berlin\"].hour >= 6"),
        when(working, "context.local[\"Asia/Kolkata\"].weekday <= 5"),
        when(denied, "context.local[\"Asia/Kolkata\"].hour == 9"),
    ]
}

#[test]
fn every_broken_clock_is_noticed() {
    notices(&[
        ("at any hour", |bundle| {
            rule(bundle, "allow[21]").when = None
        }),
        ("by UTC", |bundle| {
            let hour = Condition::Number(Number::Hour, Comparison::Ge, 6);
            rule(bundle, "allow[21]").when = Some(hour.into());
        }),
        ("a change that is a day late", |bundle| {
            change(bundle, "allow[21]", &|number, constant| {
                let late = number == Number::Now && constant == BERLIN_2026;
                constant + if late { 86_400 } else { 0 }
            });
        }),
        ("the last change a day early", |bundle| {
            change(bundle, "allow[21]", &|number, constant| {
                let last = number == Number::Now && constant == BERLIN_2039;
                constant - if last { 86_400 } else { 0 }
            });
        }),
        ("an hour too early in summer", |bundle| {
            change(bundle, "allow[21]", &|number, constant| {
                constant - i64::from(number == Number::Hour && constant == 4)
            });
        }),
    ]);
}

#[test]
fn every_broken_end_of_a_clock_is_noticed() {
    notices(&[
        ("half an hour late", |bundle| {
            change(bundle, "deny[14]", &|number, constant| {
                if number == Number::Minute {
                    0
                } else {
                    constant
                }
            });
        }),
        ("another day", |bundle| {
            change(bundle, "allow[22]", &|number, constant| {
                if number == Number::Weekday && constant == 5 {
                    6
                } else {
                    constant
                }
            });
        }),
        ("the end is not refused", |bundle| {
            bundle
                .rules
                .retain(|rule| !rule.id.to_string().ends_with("allow[21]/clock"))
        }),
        ("the end comes a second late", |bundle| {
            change(bundle, "allow[21]/clock", &|_, constant| {
                constant + i64::from(constant == crate::zone::LAST)
            });
        }),
        ("the end allows", |bundle| {
            rule(bundle, "deny[14]/clock").effect = Effect::Allow
        }),
    ]);
}

/// 2026-03-29T01:00Z and 2039-10-30T01:00Z.
const BERLIN_2026: i64 = 1_774_746_000;
const BERLIN_2039: i64 = 2_203_549_200;

fn change(bundle: &mut Bundle, id: &str, to: &dyn Fn(Number, i64) -> i64) {
    fn within(condition: &mut Condition, to: &dyn Fn(Number, i64) -> i64) {
        match condition {
            Condition::Number(number, _, constant) => *constant = to(*number, *constant),
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter_mut().for_each(|part| within(part, to));
            }
            Condition::Not(part) => within(part, to),
            _ => {}
        }
    }
    let when = rule(bundle, id).when.as_mut();
    within(Rc::make_mut(when.expect("it has a condition")), to);
}
