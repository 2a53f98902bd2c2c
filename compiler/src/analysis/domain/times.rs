//! Times that are left: the hour and the weekday follow from the time, so the three are one property. A set of times is some
//! intervals, and in them the seconds of some hours on some weekdays.

use policies::bundle::{Comparison, Number};
use policies::time::UnixTime;

use super::{intersection, satisfying};

const HOUR: i64 = 3600;
const QUARTER: i64 = HOUR / 4;
/// Hours of a week, and one more for a beginning in the middle of one.
const WEEK: i64 = 7 * 24 + 1;
/// The last second that a proxy's clock has.
const LAST: i64 = 18_446_744_073;

/// Times; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// seconds since 1970, both ends
    seconds: Vec<(i64, i64)>,
    /// UTC
    hours: Vec<(i64, i64)>,
    /// quarters of an hour are told apart, no less
    minutes: Vec<(i64, i64)>,
    /// 1 (Monday) to 7
    weekdays: Vec<(i64, i64)>,
    /// whether a test of the date narrowed them
    dated: bool,
}

impl Times {
    /// From then on; the last second where that is later.
    pub fn since(from: UnixTime) -> Self {
        let from = i64::try_from(from.secs()).unwrap_or(LAST).min(LAST);
        Self {
            seconds: vec![(from, LAST)],
            hours: vec![(0, 23)],
            minutes: vec![(0, 59)],
            weekdays: vec![(1, 7)],
            dated: false,
        }
    }

    /// Whether a test of the date narrowed them.
    pub const fn is_dated(&self) -> bool {
        self.dated
    }

    /// Those for which the test comes out like this; `None` where there are none.
    pub fn restrict(
        &self,
        number: Number,
        (comparison, constant): (Comparison, i64),
        holds: bool,
    ) -> Option<Self> {
        let wanted = satisfying(comparison, constant, holds);
        let mut left = self.clone();
        let part = match number {
            Number::Hour => &mut left.hours,
            Number::Minute => &mut left.minutes,
            Number::Weekday => &mut left.weekdays,
            Number::Now => &mut left.seconds,
        };
        let narrow = intersection(part, &wanted);
        left.dated |= number == Number::Now && narrow != self.seconds;
        match number {
            Number::Hour => left.hours = narrow,
            Number::Minute => left.minutes = narrow,
            Number::Weekday => left.weekdays = narrow,
            Number::Now => left.seconds = narrow,
        }
        left.first().is_some().then_some(left)
    }

    /// As early in the week and as near to noon as there is: the same whatever time they begin at.
    pub fn usual(&self) -> Option<UnixTime> {
        self.all()
            .min_by_key(|at| (at.weekday(), at.hour().abs_diff(12)))
    }

    fn first(&self) -> Option<UnixTime> {
        self.all().next()
    }

    /// One time of each hour that is left, or quarter of an hour, for a week from the beginning of each interval.
    fn all(&self) -> impl Iterator<Item = UnixTime> {
        let within = |list: &[(i64, i64)], number: u64| {
            let number = i64::try_from(number).unwrap_or(LAST);
            list.iter()
                .any(|(from, to)| (*from..=*to).contains(&number))
        };
        let step = if self.minutes == [(0, 59)] {
            HOUR
        } else {
            QUARTER
        };
        let hours = self.seconds.iter().flat_map(move |(from, to)| {
            let whole = from - from % step;
            let count = WEEK * (HOUR / step);
            let begins = (0..count).map(move |turn| (whole + turn * step).max(*from));
            begins.take_while(move |begin| begin <= to)
        });
        let times = hours.filter_map(|second| u64::try_from(second).ok());
        let fits = move |at: &UnixTime| {
            within(&self.hours, at.hour())
                && within(&self.minutes, at.minute())
                && within(&self.weekdays, at.weekday())
        };
        times.map(UnixTime::from_secs).filter(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_on_no_other_day_than_its_time() {
        let all = Times::since(UnixTime::default());
        // 2026-11-23 was a Monday
        let monday = 1_795_392_000;
        let from = all
            .restrict(Number::Now, (Comparison::Ge, monday), true)
            .unwrap();
        let day = from
            .restrict(Number::Now, (Comparison::Lt, monday + 86_400), true)
            .unwrap();
        let tuesday = (Comparison::Eq, 2);
        assert_eq!(day.restrict(Number::Weekday, tuesday, true), None);
        assert!(from.restrict(Number::Weekday, tuesday, true).is_some());
        let noon = day.restrict(Number::Now, (Comparison::Ge, monday + 12 * HOUR + 1), true);
        let noon = noon.unwrap();
        let at = noon
            .restrict(Number::Hour, (Comparison::Le, 12), true)
            .unwrap();
        assert_eq!(at.usual().unwrap().rfc3339(), "2026-11-23T12:00:01.000Z");
        assert_eq!(
            noon.restrict(Number::Hour, (Comparison::Lt, 12), true),
            None
        );
    }

    #[test]
    fn the_clock_ends() {
        let all = Times::since(UnixTime::default());
        assert_eq!(all.restrict(Number::Now, (Comparison::Lt, 0), true), None);
        assert_eq!(
            all.restrict(Number::Now, (Comparison::Gt, LAST), true),
            None
        );
        assert!(all.usual().is_some() && !all.is_dated());
    }
}
