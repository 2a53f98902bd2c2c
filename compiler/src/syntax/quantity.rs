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
        value.wrong_type::<()>(&format!(
            "a size like `64Ki` or `1Mi`, at most {}Mi",
            most >> 20
        ));
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
        let due = format!("a time like `15m`, `24h` or `7d`, from {least} to {most}");
        value.wrong_type::<()>(&due);
    }
    fits
}

fn pattern(range: &RangeInclusive<u32>) -> String {
    let written = UNITS.map(|(unit, seconds)| {
        let (least, most) = (range.start().div_ceil(seconds), range.end() / seconds);
        format!("{}{unit}", digits::between(least.into(), most.into()))
    });
    format!("^0*({})$", written.join("|"))
}

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
    use super::{parse, parse_time, shown};

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
}
