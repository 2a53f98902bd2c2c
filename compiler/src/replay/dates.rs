//! When an event was, as far as rules can ask: all times of one hour and weekday between two dates that rules compare with are
//! one, so that verdicts can be remembered.

use std::collections::BTreeSet;

use policies::bundle::{Comparison, Condition, Number};
use policies::time::UnixTime;

use crate::analysis::Side;

/// The seconds at which the answer of some rule's test of the date may change; sorted.
#[derive(Debug)]
pub struct Dates {
    seconds: Vec<i64>,
    quarters: bool,
}

/// Times that no rule tells apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct When {
    hour: i64,
    weekday: i64,
    /// the first minute of the quarter of an hour, where some rule tells quarters apart
    quarter: Option<i64>,
    /// the first second, where it is not the first of all
    from: Option<i64>,
    /// the first second after them, where there is one
    to: Option<i64>,
}

impl Dates {
    /// Those of the rules of all sides.
    pub fn of<'s>(sides: impl Iterator<Item = &'s Side<'s>>) -> Self {
        let (mut dates, mut quarters) = (BTreeSet::new(), false);
        let rules = sides.flat_map(|side| &side.table.rules);
        for condition in rules.filter_map(|rule| rule.when.as_ref()) {
            collect(condition, &mut dates, &mut quarters);
        }
        Self {
            seconds: dates.into_iter().collect(),
            quarters,
        }
    }

    /// The times that are not told apart from this one.
    pub fn of_time(&self, at: u64) -> When {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let time = UnixTime::from_secs(at);
        let next = self.seconds.partition_point(|date| *date <= number(at));
        let before = next.checked_sub(1);
        When {
            hour: number(time.hour()),
            weekday: number(time.weekday()),
            quarter: self.quarters.then(|| number(time.minute() / 15 * 15)),
            from: before.and_then(|before| self.seconds.get(before).copied()),
            to: self.seconds.get(next).copied(),
        }
    }
}

impl When {
    /// What is true of these times and of no other.
    pub fn tests(&self) -> impl Iterator<Item = (Number, Comparison, i64)> {
        let from = self.from.map(|from| (Number::Now, Comparison::Ge, from));
        let to = self.to.map(|to| (Number::Now, Comparison::Lt, to));
        let hour = (Number::Hour, Comparison::Eq, self.hour);
        let weekday = (Number::Weekday, Comparison::Eq, self.weekday);
        let minute = |comparison, minute| (Number::Minute, comparison, minute);
        let quarter = self.quarter.into_iter();
        let quarter = quarter.flat_map(move |first| {
            [
                minute(Comparison::Ge, first),
                minute(Comparison::Lt, first + 15),
            ]
        });
        let dates = [from, to].into_iter().flatten();
        dates.chain(quarter).chain([hour, weekday])
    }
}

/// `now < N` changes at N, `now <= N` at the next second.
fn collect(condition: &Condition, dates: &mut BTreeSet<i64>, quarters: &mut bool) {
    match condition {
        Condition::Number(Number::Now, _, constant) => {
            dates.extend([*constant, constant.saturating_add(1)]);
        }
        Condition::Number(Number::Minute, ..) => *quarters = true,
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                collect(part, dates, quarters);
            }
        }
        Condition::Not(part) => collect(part, dates, quarters),
        _ => {}
    }
}
