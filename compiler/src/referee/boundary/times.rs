//! Times: every hour and weekday that a policy gives rise to, and where it asks for the date, the same before, at and after
//! each date. One list, for a time has one hour and one weekday.

use std::collections::BTreeSet;

use policies::time::UnixTime;

use crate::referee::mentions::Mentions;
use crate::zone;

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
    let first = if mentions.zones.is_empty() {
        MONDAY
    } else {
        MIDDLE.unsigned_abs()
    };
    let mut times: Vec<u64> = week(first).collect();
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
    for zone in &mentions.zones {
        times.extend(around_clocks(zone, &hours));
    }
    let mut seen = BTreeSet::new();
    times.retain(|time| seen.insert(*time));
    times.into_iter().map(UnixTime::from_secs).collect()
}

/// Both sides of each change of the zone's clock and of each hour that matters, on the days around it; and both ends of what is
/// known of it. In some zones nothing changes: a week of the middle is there always.
fn around_clocks(zone: &str, hours: &[u64]) -> Vec<u64> {
    let periods = zone::periods(zone);
    let changes = periods.iter().filter_map(|period| period.from);
    let ends = [zone::FIRST, zone::LAST];
    let (mut times, mut days) = (Vec::new(), Vec::new());
    for change in changes.chain(ends) {
        times.extend([change - 1, change, change + 1]);
        days.extend([-1, 0, 1].map(|day| change + day * SECONDS_OF_A_DAY));
    }
    days.extend((0..7).map(|day| MIDDLE + day * SECONDS_OF_A_DAY));
    let offset = |second: i64| {
        let now = u64::try_from(second).map_or_else(|_| UnixTime::default(), UnixTime::from_secs);
        let there = zone::local(zone, now).map_or(0, UnixTime::secs);
        i64::try_from(there).unwrap_or_default() - second
    };
    // a weekday begins at its first hour
    let hours: BTreeSet<u64> = hours.iter().copied().chain([0]).collect();
    for day in days {
        let midnight = day - day.rem_euclid(SECONDS_OF_A_DAY);
        for hour in &hours {
            let hour = i64::try_from(hour * HOUR).unwrap_or_default();
            let begins = midnight + hour - offset(day);
            times.extend([begins - 1, begins]);
        }
    }
    let times = times
        .into_iter()
        .filter_map(|time| u64::try_from(time).ok());
    times.collect()
}

const SECONDS_OF_A_DAY: i64 = 86_400;
/// 2026-01-05, a Monday.
const MIDDLE: i64 = 1_767_571_200;

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
