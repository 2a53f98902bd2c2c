//! What YAML readers make of an unquoted scalar. The readers disagree (1.1 and 1.2); whatever one of them takes for
//! something else than a text is not accepted where a text is due, so that a file means the same everywhere.

/// What an unquoted scalar is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// nothing, `~` or `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// `no`, `Yes`, `on`: a boolean in YAML 1.1, a text in 1.2
    Ambiguous,
    /// a number in one of the versions
    Number,
    /// `12:30`: 750 in YAML 1.1, where `:` counts in sixties; a text in 1.2
    Sixties,
    /// `2026-01-31`: a day or a time in YAML 1.1, a text in 1.2
    Date,
    /// `=` and `<<`: what YAML 1.1 has for a default value and for merging; a text in 1.2
    Mark,
    /// a text for everyone
    Text,
}

/// Classifies an unquoted scalar.
pub fn classify(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Boolean(true),
        "false" | "False" | "FALSE" => Plain::Boolean(false),
        "=" | "<<" => Plain::Mark,
        _ if is_old_boolean(text) => Plain::Ambiguous,
        _ if is_number(text) => Plain::Number,
        _ if is_in_sixties(text) => Plain::Sixties,
        _ if is_date(text) => Plain::Date,
        _ => Plain::Text,
    }
}

fn is_old_boolean(text: &str) -> bool {
    ["y", "n", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    if matches!(lower.as_str(), ".inf" | ".nan") {
        return true;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = lower.strip_prefix(prefix) {
            return !rest.is_empty() && rest.chars().all(|c| c == '_' || c.is_digit(radix));
        }
    }
    lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') && is_decimal(&lower)
}

fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text
        .split_once('e')
        .map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent_holds = exponent.is_none_or(|e| {
        let digits = e.strip_prefix(['+', '-']).unwrap_or(e);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    });
    let some_digit = mantissa.contains(|c: char| c.is_ascii_digit());
    let only_digits = mantissa
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | ','));
    exponent_holds && some_digit && only_digits && mantissa.matches('.').count() <= 1
}

/// Digits, and after each `:` a number below sixty; the last can have a fraction.
fn is_in_sixties(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = unsigned.split_once('.').map_or(unsigned, |(whole, rest)| {
        if rest.chars().all(is_digit) {
            whole
        } else {
            ""
        }
    });
    let Some((first, rest)) = whole.split_once(':') else {
        return false;
    };
    let below_sixty = |part: &str| {
        (1..=2).contains(&part.len()) && part.parse::<u8>().is_ok_and(|number| number < 60)
    };
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.chars().all(is_digit)
        && rest.split(':').all(below_sixty)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// A day, or a day and a time in any of the ways that some reader knows.
fn is_date(text: &str) -> bool {
    let (day, time) = match text.find(['T', 't', ' ']) {
        Some(end) => text.split_at(end),
        None => (text, ""),
    };
    let parts: Vec<&str> = day.split('-').collect();
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_day = matches!(parts.as_slice(),
        [year, month, day] if digits(year, 4, 4) && digits(month, 1, 2) && digits(day, 1, 2));
    let of_time = |c: char| c.is_ascii_digit() || "Tt :.+-Zz".contains(c);
    is_day && time.chars().all(of_time) && (time.is_empty() || time.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_no_text() {
        let marks = ["=", "<<", "==", "<", "<<<", "a=b"].map(classify);
        let [mark, text] = [Plain::Mark, Plain::Text];
        assert_eq!(marks, [mark, mark, text, text, text, text]);
    }

    #[test]
    fn scalars_are_classified_as_the_strictest_reader_would() {
        for text in ["", "~", "null", "NULL"] {
            assert_eq!(classify(text), Plain::Null, "{text}");
        }
        for text in ["no", "NO", "Yes", "on", "y"] {
            assert_eq!(classify(text), Plain::Ambiguous, "{text}");
        }
        for text in [
            "1", "-1", "010", "0o17", "0xff", "1.0", "1e3", "1_000", ".5", "1.", ".inf", "-.INF",
            ".NaN", "1,000",
        ] {
            assert_eq!(classify(text), Plain::Number, "{text}");
        }
        for text in [
            "a",
            "1.0.0",
            "v1",
            "1a",
            "0xg",
            "e5",
            "node",
            "1e",
            ".",
            "-",
            "no-one",
            "a b",
            "1:60",
            "1:2a",
            ":30",
            "12:",
            "12:300",
            "203.0.113.7:80",
            "2001:db8::1",
            "1:2.x",
            "2026-01",
            "2026-01-31-model",
            "2026-01-31T",
            "26-01-31",
            "2026-01-31 by hand",
            "gpt-2026-01-31",
        ] {
            assert_eq!(classify(text), Plain::Text, "{text}");
        }
        assert_eq!(classify("true"), Plain::Boolean(true));
        assert_eq!(classify("FALSE"), Plain::Boolean(false));
    }

    #[test]
    fn times_are_none_of_texts() {
        for text in ["12:30", "1:2", "09:05", "-1:30:59", "1_0:30", "12:30.5"] {
            assert_eq!(classify(text), Plain::Sixties, "{text}");
        }
        for text in [
            "2026-01-31",
            "2026-1-3",
            "2026-01-31T18:00:00Z",
            "2026-01-31t18:00:00.5+01:00",
            "2026-01-31 18:00:00 +1",
        ] {
            assert_eq!(classify(text), Plain::Date, "{text}");
        }
    }
}
