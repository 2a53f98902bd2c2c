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
    /// a text for everyone
    Text,
}

/// Classifies an unquoted scalar.
pub fn classify(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Boolean(true),
        "false" | "False" | "FALSE" => Plain::Boolean(false),
        _ if is_old_boolean(text) => Plain::Ambiguous,
        _ if is_number(text) => Plain::Number,
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
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
    exponent_holds && some_digit && only_digits && mantissa.matches('.').count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ".NaN",
        ] {
            assert_eq!(classify(text), Plain::Number, "{text}");
        }
        for text in [
            "a", "1.0.0", "v1", "1a", "0xg", "e5", "node", "1e", ".", "-", "1:2", "no-one", "a b",
        ] {
            assert_eq!(classify(text), Plain::Text, "{text}");
        }
        assert_eq!(classify("true"), Plain::Boolean(true));
        assert_eq!(classify("FALSE"), Plain::Boolean(false));
    }
}
