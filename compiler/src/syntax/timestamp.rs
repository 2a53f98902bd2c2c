//! Points in time as people write them: Unix seconds, or RFC 3339 with a zone.

macro_rules! day {
    () => {
        r"(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    };
}

/// With the zone.
macro_rules! clock {
    () => {
        r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-9]{2})"
    };
}

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Texts that are times, but for days that their month does not have.
pub(crate) const PATTERN: &str = concat!("^([0-9]{1,18}|", day!(), clock!(), ")$");

/// Texts that [`end`] takes, but for days that their month does not have.
pub(crate) const DAY_OR_TIME: &str = concat!("^", day!(), "(", clock!(), ")?$");

/// Seconds since 1970 of `1767225600` or `2026-01-01T00:00:00Z`; nothing before 1970, fractions are cut off.
#[must_use]
pub fn parse(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    rfc3339(text)
}

/// Where a time ends that was written as `2027-01-31`, the end of that day in UTC, or as RFC 3339 with a zone.
#[must_use]
pub fn end(text: &str) -> Option<u64> {
    match numbers(text, '-', [4, 2, 2]) {
        Some([year, month, day]) => {
            u64::try_from((days(year, month, day)? + 1) * SECONDS_OF_A_DAY).ok()
        }
        None => rfc3339(text),
    }
}

/// RFC 3339 section 5.6, without leap seconds.
fn rfc3339(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) = clock.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day)? * SECONDS_OF_A_DAY + hour * 3600 + minute * 60 + second;
    u64::try_from(seconds - offset(fraction(zone)?)?).ok()
}

/// What follows an optional fraction of a second.
fn fraction(zone: &str) -> Option<&str> {
    let Some(rest) = zone.strip_prefix('.') else {
        return Some(zone);
    };
    let zone = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    (zone.len() < rest.len()).then_some(zone)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let east = zone.starts_with('+');
    let [hours, minutes] = numbers(zone.strip_prefix(['+', '-'])?, ':', [2, 2])?;
    let seconds = hours * 3600 + minutes * 60;
    (hours <= 23 && minutes <= 59).then_some(if east { seconds } else { -seconds })
}

fn numbers<const N: usize>(text: &str, separator: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (slot, length) in found.iter_mut().zip(lengths) {
        let part = parts.next().filter(|part| part.len() == length)?;
        *slot = part
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}

/// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
            - 719_468,
    )
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::access_with;

    use super::{end, parse};

    #[test]
    fn times_are_read() {
        assert_eq!(parse("0"), Some(0));
        assert_eq!(parse("1767225600"), Some(1_767_225_600));
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("2026-01-01T00:00:00Z"), Some(1_767_225_600));
        assert_eq!(parse("2026-01-01T02:00:00.5+02:00"), Some(1_767_225_600));
        assert_eq!(parse("2024-02-29T12:00:00-01:30"), Some(1_709_213_400));
    }

    #[test]
    fn a_date_ends_with_its_day() {
        assert_eq!(end("2025-12-31"), Some(1_767_225_600));
        assert_eq!(end("2026-01-01T02:00:00+02:00"), Some(1_767_225_600));
        for text in [
            "",
            "2026-1-1",
            "2026-02-30",
            "1767225600",
            "2026-01-01T00:00",
            "never",
        ] {
            assert_eq!(end(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let wrong = [
            "",
            "-1",
            "now",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:00.Z",
            "2026-1-01T00:00:00Z",
            "2026-01-01T00:00:00+24:00",
            "é026-01-01T00:00:00Z",
            "99999999999999999999",
        ];
        for text in wrong {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates_and_times_with_a_zone() {
        let code = |until: &str| {
            let rule = format!("[analysts] }}\n      until: {until}");
            access_with("[analysts] }", &rule)
        };
        for until in [
            "2027-01-31",
            "\"2027-01-31T18:00:00Z\"",
            "2027-01-31T18:00:00+01:00",
        ] {
            assert_eq!(code(until), [""; 0], "{until}");
        }
        for until in ["2027-02-30", "31.01.2027", "2027-01-31T18:00:00", "never"] {
            assert_eq!(code(until), ["MG0320"], "{until}");
        }
        assert_eq!(code("1801440000"), ["MG0105"]);
    }

    #[test]
    fn a_deny_does_not_end() {
        let deny = "[analysts] }\n  deny:\n    - who: { users: [eve] }\n      until: 2027-01-31";
        assert_eq!(access_with("[analysts] }", deny), ["MG0101"]);
    }
}
