//! Times: every hour and weekday that a policy gives rise to, and where it asks for the date, the same before, at and after
//! each date. One list, for a time has one hour and one weekday.

use std::collections::BTreeSet;

use policies::time::UnixTime;

use crate::referee::mentions::Mentions;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;
/// 1970-01-05, the first Monday.
const MONDAY: u64 = 4 * DAY;

/// The times around the policy's numbers.
pub fn around(mentions: &Mentions) -> Vec<UnixTime> {
    let hours = near(mentions, 0, 23).unwrap_or_else(|| vec![12]);
    let weekdays = near(mentions, 1, 7).unwrap_or_else(|| vec![1]);
    let week = |monday: u64| {
        let hours = &hours;
        let days = weekdays
            .iter()
            .map(move |weekday| monday + (weekday - 1) * DAY);
        days.flat_map(move |day| hours.iter().map(move |hour| day + hour * HOUR))
    };
    let mut times: Vec<u64> = week(MONDAY).collect();
    let dates = near(mentions, 0, LAST).filter(|_| mentions.now);
    for date in dates.into_iter().flatten() {
        times.push(date);
        let Some(monday) = date
            .checked_sub(MONDAY + WEEK)
            .map(|late| date - late % WEEK)
        else {
            continue;
        };
        times.extend(week(monday - WEEK).chain(week(monday + WEEK)));
    }
    let mut seen = BTreeSet::new();
    times.retain(|time| seen.insert(*time));
    times.into_iter().map(UnixTime::from_secs).collect()
}

/// Last second of the clock that the proxy has, in the year 2554, less two weeks.
const LAST: i64 = 18_445_000_000;

/// Each number with its neighbours, as far as they are in the range; `None` where there are none.
fn near(mentions: &Mentions, low: i64, high: i64) -> Option<Vec<u64>> {
    let numbers = mentions.numbers.iter();
    let near =
        numbers.flat_map(|number| [*number, number.saturating_sub(1), number.saturating_add(1)]);
    let fitting: BTreeSet<u64> = near
        .filter(|number| (low..=high).contains(number))
        .filter_map(|number| u64::try_from(number).ok())
        .collect();
    (!fitting.is_empty()).then(|| fitting.into_iter().collect())
}
