//! A test of a zone's clock as tests of UTC: for each distance to UTC that the zone has, when it has it, and what the test
//! means then. Exact, for every distance is a whole quarter of an hour.

use policies::bundle::{Comparison, Condition, Number};

use crate::zone::{self, Period};

use super::condition::{all, any};

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// What of a zone's clock is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// 0 to 23
    Hour,
    /// 1 (Monday) to 7
    Weekday,
}

/// The condition that holds exactly when the clock's number compares so.
pub fn local(zone: &str, clock: Clock, comparison: Comparison, constant: i64) -> Condition {
    let periods = zone::periods(zone);
    let mut offsets: Vec<i64> = periods.iter().map(|period| period.offset).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let numbers = match clock {
        Clock::Hour => 0..=23,
        Clock::Weekday => 1..=7,
    };
    let wanted: Vec<i64> = numbers
        .filter(|number| holds(*number, comparison, constant))
        .collect();
    any(offsets
        .into_iter()
        .map(|offset| {
            let when = periods.iter().filter(|period| period.offset == offset);
            let meant = match clock {
                Clock::Hour => hours(&wanted, offset),
                Clock::Weekday => weekdays(&wanted, offset),
            };
            all(vec![any(when.map(during).collect()), meant])
        })
        .collect())
}

const fn holds(number: i64, comparison: Comparison, constant: i64) -> bool {
    match comparison {
        Comparison::Eq => number == constant,
        Comparison::Lt => number < constant,
        Comparison::Le => number <= constant,
        Comparison::Gt => number > constant,
        Comparison::Ge => number >= constant,
    }
}

fn during(period: &Period) -> Condition {
    let now = |comparison, second| Condition::Number(Number::Now, comparison, second);
    let from = period.from.map(|from| now(Comparison::Ge, from));
    let to = period.to.map(|to| now(Comparison::Lt, to));
    all(from.into_iter().chain(to).collect())
}

/// Local hours that follow each other are one stretch of the day in UTC.
fn hours(wanted: &[i64], offset: i64) -> Condition {
    let mut stretches: Vec<(i64, i64)> = Vec::new();
    for hour in wanted {
        match stretches.last_mut() {
            Some((_, to)) if *to == *hour => *to += 1,
            _ => stretches.push((*hour, hour + 1)),
        }
    }
    any(stretches
        .into_iter()
        .map(|(from, to)| {
            let start = (from * HOUR - offset).rem_euclid(DAY);
            between(start, start + (to - from) * HOUR)
        })
        .collect())
}

/// Minutes of the day in UTC, from the first to before the last, perhaps across midnight.
fn between(from: i64, to: i64) -> Condition {
    if to - from >= DAY {
        return Condition::Always(true);
    }
    if to <= DAY {
        return all(vec![since(from), before(to)]);
    }
    any(vec![since(from), before(to - DAY)])
}

fn since(minute: i64) -> Condition {
    let (hour, rest) = (minute / HOUR, minute % HOUR);
    if minute <= 0 {
        return Condition::Always(true);
    }
    let number = |number, comparison, constant| Condition::Number(number, comparison, constant);
    if rest == 0 {
        return number(Number::Hour, Comparison::Ge, hour);
    }
    any(vec![
        number(Number::Hour, Comparison::Gt, hour),
        all(vec![
            number(Number::Hour, Comparison::Eq, hour),
            number(Number::Minute, Comparison::Ge, rest),
        ]),
    ])
}

fn before(minute: i64) -> Condition {
    if minute >= DAY {
        return Condition::Always(true);
    }
    super::condition::not(since(minute))
}

/// While the local day is not the day of UTC, the weekday in UTC is the one before or after.
fn weekdays(wanted: &[i64], offset: i64) -> Condition {
    let shifted = |by: i64| {
        let days = wanted.iter().map(|day| (day - 1 - by).rem_euclid(7) + 1);
        any(days
            .map(|day| Condition::Number(Number::Weekday, Comparison::Eq, day))
            .collect())
    };
    let same = shifted(0);
    match offset {
        0 => same,
        // the local day begins earlier: late in the day of UTC it is the next one
        1.. => any(vec![
            all(vec![before(DAY - offset), same]),
            all(vec![since(DAY - offset), shifted(1)]),
        ]),
        _ => any(vec![
            all(vec![since(-offset), same]),
            all(vec![before(-offset), shifted(-1)]),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use policies::time::UnixTime;

    use super::*;

    fn passes(condition: &Condition, now: UnixTime) -> bool {
        match condition {
            Condition::Always(value) => *value,
            Condition::All(parts) => parts.iter().all(|part| passes(part, now)),
            Condition::Any(parts) => parts.iter().any(|part| passes(part, now)),
            Condition::Not(part) => !passes(part, now),
            Condition::Number(number, comparison, constant) => {
                let number = match number {
                    Number::Hour => now.hour(),
                    Number::Minute => now.minute(),
                    Number::Weekday => now.weekday(),
                    Number::Now => now.secs(),
                };
                holds(i64::try_from(number).unwrap(), *comparison, *constant)
            }
            other => panic!("{other:?}"),
        }
    }

    /// Each quarter of an hour of a year, and the seconds around it, against the library's clock.
    #[test]
    fn every_quarter_is_the_librarys() {
        let zones = [
            "Europe/Berlin",
            "Asia/Kathmandu",
            "America/St_Johns",
            "Pacific/Chatham",
        ];
        for (turn, zone) in (0..).zip(zones) {
            let tests = [
                (Clock::Hour, Comparison::Ge, 6),
                (Clock::Hour, Comparison::Lt, 23),
                (Clock::Hour, Comparison::Eq, turn),
                (Clock::Weekday, Comparison::Le, 5),
                (Clock::Weekday, Comparison::Eq, 1 + turn),
            ];
            for (clock, comparison, constant) in tests {
                let condition = local(zone, clock, comparison, constant);
                for quarter in 0..4 * 24 * 400 {
                    let at = 1_767_225_600 + quarter * 900;
                    for second in [at - 1, at] {
                        let now = UnixTime::from_secs(second);
                        let there = zone::local(zone, now).unwrap();
                        let number = match clock {
                            Clock::Hour => there.hour(),
                            Clock::Weekday => there.weekday(),
                        };
                        let number = i64::try_from(number).unwrap();
                        let expected = holds(number, comparison, constant);
                        assert_eq!(
                            passes(&condition, now),
                            expected,
                            "{zone} {}",
                            now.rfc3339()
                        );
                    }
                }
            }
        }
    }
}
