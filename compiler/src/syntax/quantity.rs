//! Sizes as Kubernetes writes them, and times as Go and Prometheus do.

use std::ops::RangeInclusive;

use serde_json::json;

use super::digits;
use super::value::Value;

/// Bytes, e.g. `65536`, `64Ki`, `1Mi`; from 1 up to a most.
pub fn bytes(value: Value<'_>, most: u64) -> Option<u64> {
    let units = [("Mi", 1 << 20), ("Ki", 1 << 10), ("", 1)];
    let written = units.map(|(unit, size)| format!("{}{unit}", digits::between(1, most / size)));
    let pattern = format!("^0*({})$", written.join("|"));
    if value.records(|| json!({ "type": "string", "pattern": pattern }))
        && value.records(|| json!({ "type": "integer", "minimum": 1, "maximum": most }))
    {
        return None;
    }
    let size = value.scalar().and_then(parse);
    let fits = size.filter(|size| (1..=most).contains(size));
    if fits.is_none() {
        let due = format!("a size like `64Ki` or `1Mi`, at most {}Mi", most >> 20);
        let meant = value.scalar().and_then(meant_bytes);
        match meant.filter(|size| (1..=most).contains(size)) {
            Some(size) => {
                let help = format!("write `{}: {}`", value.name, shown_bytes(size));
                value.unfit::<()>(&due, Some(help));
            }
            None => value.wrong_type(&due),
        }
    }
    fits
}

/// Seconds, e.g. `30s`, `15m`, `24h`, `7d`.
pub fn seconds(value: Value<'_>, range: &RangeInclusive<u32>) -> Option<u32> {
    if value.records(|| json!({ "type": "string", "pattern": pattern(range) })) {
        return None;
    }
    let time = value.scalar().and_then(parse_time);
    let fits = time.filter(|time| range.contains(time));
    if fits.is_none() {
        let (least, most) = (shown(*range.start()), shown(*range.end()));
        let usual = [900, 86_400, 604_800].into_iter();
        let usual = usual.filter(|time| range.contains(time)).map(shown);
        let usual: Vec<String> = usual.map(|time| format!("`{time}`")).collect();
        let usual = match usual.split_last() {
            Some((last, [])) => format!("like {last}, "),
            Some((last, first)) => format!("like {} or {last}, ", first.join(", ")),
            None => String::new(),
        };
        let due = format!("a time {usual}from {least} to {most}");
        let meant = advice(value.scalar().unwrap_or_default(), range);
        let meant: Vec<String> = meant
            .into_iter()
            .map(|time| format!("`{}: {}`", value.name, shown(time)))
            .collect();
        value.unfit::<()>(&due, Some(format!("write {}", meant.join(" or "))));
    }
    fits
}

/// The times that may be meant: one, or where the unit is missing, those of every unit.
fn advice(text: &str, range: &RangeInclusive<u32>) -> Vec<u32> {
    if let Some(number) = text.parse::<u32>().ok().filter(|number| *number > 0) {
        let times = UNITS.map(|(_, seconds)| number.checked_mul(seconds));
        let fitting = times
            .into_iter()
            .flatten()
            .filter(|time| range.contains(time));
        let fitting: Vec<u32> = fitting.collect();
        if !fitting.is_empty() {
            return fitting;
        }
    }
    match meant_time(text) {
        Some(time) => {
            let months = text
                .strip_suffix('m')
                .and_then(|number| number.parse().ok());
            let months = months.and_then(|months: u32| months.checked_mul(MONTH));
            let months = months.filter(|months| time < *range.start() && range.contains(months));
            let fitting = std::iter::once(time.clamp(*range.start(), *range.end()));
            fitting.chain(months).collect()
        }
        None => {
            let usual = [900, 86_400, 604_800];
            let fitting = usual.into_iter().find(|time| range.contains(time));
            vec![fitting.unwrap_or(*range.start())]
        }
    }
}

/// Units as people write them, `1 hour` and `1h30m`; days and hours of ISO 8601 too.
fn meant_time(text: &str) -> Option<u32> {
    let lower = text.to_lowercase();
    let spoken = lower.trim_start_matches("pt").trim_start_matches('p');
    let mut rest = spoken.trim();
    let mut total: u32 = 0;
    while !rest.is_empty() {
        let (number, unit, behind) = amount(rest)?;
        let seconds = match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            "w" | "week" | "weeks" => 604_800,
            "mo" | "month" | "months" => MONTH,
            "y" | "year" | "years" => 365 * 86_400,
            _ => return None,
        };
        let number = u32::try_from(number).ok()?;
        total = total.checked_add(number.checked_mul(seconds)?)?;
        rest = behind;
    }
    (total > 0).then_some(total)
}

/// `1MB`, `64 kB`.
fn meant_bytes(text: &str) -> Option<u64> {
    let lower = text.to_lowercase();
    let (number, unit, rest) = amount(lower.trim())?;
    let size = match unit {
        "" | "b" | "byte" | "bytes" => 1,
        "k" | "kb" | "ki" | "kib" => 1 << 10,
        "m" | "mb" | "mi" | "mib" => 1 << 20,
        "g" | "gb" | "gi" | "gib" => 1 << 30,
        _ => return None,
    };
    rest.is_empty().then(|| number.checked_mul(size)).flatten()
}

/// A number, the word behind it, and what follows.
fn amount(text: &str) -> Option<(u64, &str, &str)> {
    let word = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.strip_suffix(word)?.parse().ok()?;
    let word = word.trim_start();
    let rest = word.trim_start_matches(char::is_alphabetic);
    let unit = word.strip_suffix(rest)?;
    Some((number, unit, rest.trim_start_matches([' ', ',', 't'])))
}

fn shown_bytes(size: u64) -> String {
    match size {
        size if size.is_multiple_of(1 << 20) => format!("{}Mi", size >> 20),
        size if size.is_multiple_of(1 << 10) => format!("{}Ki", size >> 10),
        size => size.to_string(),
    }
}

fn pattern(range: &RangeInclusive<u32>) -> String {
    let written = UNITS.map(|(unit, seconds)| {
        let (least, most) = (range.start().div_ceil(seconds), range.end() / seconds);
        format!("{}{unit}", digits::between(least.into(), most.into()))
    });
    format!("^0*({})$", written.join("|"))
}

/// About as many seconds.
const MONTH: u32 = 30 * 86_400;

const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

fn parse_time(text: &str) -> Option<u32> {
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let digits = text.strip_suffix(unit)?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u32>().ok().filter(|_| plain)?;
    number.checked_mul(seconds)
}

/// In the largest unit that has no remainder.
fn shown(time: u32) -> String {
    let fitting = UNITS
        .into_iter()
        .find(|(_, seconds)| time.is_multiple_of(*seconds));
    let (unit, seconds) = fitting.unwrap_or(('s', 1));
    format!("{}{unit}", time / seconds)
}

fn parse(text: &str) -> Option<u64> {
    let (digits, unit) = match (text.strip_suffix("Ki"), text.strip_suffix("Mi")) {
        (Some(digits), _) => (digits, 1 << 10),
        (_, Some(digits)) => (digits, 1 << 20),
        _ => (text, 1),
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse::<u64>()
        .ok()
        .filter(|_| plain)?
        .checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::{advice, meant_bytes, parse, parse_time, shown, shown_bytes};

    #[test]
    fn sizes_are_whole_numbers_with_a_binary_unit() {
        assert_eq!(parse("1Mi"), Some(1 << 20));
        assert_eq!(parse("64Ki"), Some(65_536));
        assert_eq!(parse("100"), Some(100));
        for text in [
            "1M",
            "1.5Mi",
            "+1",
            "-1",
            "Mi",
            "",
            "99999999999999999999Mi",
            "18446744073709551615Ki",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
    #[test]
    fn times_are_whole_numbers_with_a_unit() {
        let times = [("30s", 30), ("15m", 900), ("24h", 86_400), ("7d", 604_800)];
        for (text, seconds) in times {
            assert_eq!(parse_time(text), Some(seconds), "{text}");
        }
        for text in [
            "30", "s", "", "1.5h", "-1s", "+1s", "1w", "1 h", "1h30m", "99999d",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
        assert_eq!([300, 86_400, 90].map(shown), ["5m", "1d", "90s"]);
    }

    #[test]
    fn what_is_meant_is_advised() {
        let any = 1..=31_536_000;
        let told = |text: &str| {
            advice(text, &any)
                .into_iter()
                .map(shown)
                .collect::<Vec<_>>()
        };
        for (text, time) in [
            ("1 hour", "1h"),
            ("1h30m", "90m"),
            ("2 weeks", "14d"),
            ("PT1H", "1h"),
            ("P30D", "30d"),
            ("1 day, 12 hours", "36h"),
            ("90days", "90d"),
            ("10000d", "365d"),
            ("soon", "15m"),
            ("1 fortnight", "15m"),
            ("0", "15m"),
        ] {
            assert_eq!(told(text), [time], "{text}");
        }
        assert_eq!(told("90"), ["90d", "90h", "90m", "90s"]);
        assert_eq!(
            advice("90", &(3600..=315_360_000))
                .into_iter()
                .map(shown)
                .collect::<Vec<_>>(),
            ["90d", "90h", "90m"]
        );
        let day_or_more = |text| advice(text, &(3600..=315_360_000));
        let told = |text| day_or_more(text).into_iter().map(shown).collect::<Vec<_>>();
        assert_eq!(told("3m"), ["1h", "90d"]);
        assert_eq!(told("3 months"), ["90d"]);
        assert_eq!(told("1y"), ["365d"]);
        assert_eq!(told("90m"), ["90m"]);
        let size = |text| meant_bytes(text).map(shown_bytes);
        assert_eq!(size("1MB").as_deref(), Some("1Mi"));
        assert_eq!(size("64 kB").as_deref(), Some("64Ki"));
        assert_eq!(size("much"), None);
    }
}
