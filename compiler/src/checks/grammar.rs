//! How names are written.

/// Longest name of a model.
const LONGEST_MODEL: usize = 256;

/// Longest label.
pub const LONGEST_LABEL: usize = 63;
/// Longest subdomain.
pub const LONGEST_SUBDOMAIN: usize = 253;

/// What [`is_label`] takes, as help.
pub const LABEL: &str =
    "use small letters, digits and `-`, at most 63 of them, with a letter or digit at both ends";

/// An RFC 1123 label: the name of a namespace or service.
#[must_use]
pub fn is_label(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = |byte: u8| letter(byte) || byte == b'-';
    let ends = text.bytes().next().is_some_and(letter) && text.bytes().last().is_some_and(letter);
    text.len() <= LONGEST_LABEL && ends && text.bytes().all(inner)
}

/// An RFC 1123 subdomain: labels with dots between them.
#[must_use]
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= LONGEST_SUBDOMAIN && text.split('.').all(is_label)
}

/// A host name in lower case that cannot be taken for an IP address.
#[must_use]
pub fn is_host(text: &str) -> bool {
    is_subdomain(text) && !looks_like_address(text)
}

/// Whether some reader takes it for an IPv4 address: the last label is a number, decimal or hexadecimal.
#[must_use]
pub fn looks_like_address(host: &str) -> bool {
    let last = host
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    let number = |digits: &str, radix: u32| digits.chars().all(|digit| digit.is_digit(radix));
    (!last.is_empty() && number(last, 10)) || hexadecimal.is_some_and(|digits| number(digits, 16))
}

/// A model's name, or the beginning of names and one trailing `*`.
#[must_use]
pub fn is_model(text: &str) -> bool {
    let name = text.strip_suffix('*').unwrap_or(text);
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/-".contains(&byte);
    let first = name
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.len() <= LONGEST_MODEL && first && name.bytes().all(inner)
}

/// Whether every model that `inner` stands for is one that `outer` stands for.
#[must_use]
pub fn covers(outer: &str, inner: &str) -> bool {
    match (outer.strip_suffix('*'), inner.strip_suffix('*')) {
        (Some(outer), Some(inner)) => inner.starts_with(outer),
        (Some(outer), None) => inner.starts_with(outer),
        (None, _) => outer == inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_hosts() {
        assert!(is_label("fraud-1") && is_label("1") && is_label(&"a".repeat(63)));
        for text in ["", "-a", "a-", "A", "a.b", "a_b", "é", &"a".repeat(64)] {
            assert!(!is_label(text), "{text}");
        }
        assert!(is_host("fraud.example.com") && is_host("localhost"));
        for text in [
            "*.example.com",
            "a.example.com:80",
            "a..b",
            "a.",
            "127.0.0.1",
            "2130706433",
            "0x7f.1",
            "a.0x",
            "[::1]",
        ] {
            assert!(!is_host(text), "{text}");
        }
    }

    #[test]
    fn models() {
        for text in [
            "a",
            "fraud-detector",
            "risk-*",
            "org/model:v1@2",
            "A.b_c",
            &"a".repeat(256),
        ] {
            assert!(is_model(text), "{text}");
        }
        for text in [
            "",
            "*",
            "-a",
            "a*b",
            "a**",
            "a b",
            "a\"b",
            "{{",
            "é",
            "a\n",
            &"a".repeat(257),
        ] {
            assert!(!is_model(text), "{text}");
        }
    }

    #[test]
    fn a_pattern_covers_its_own() {
        assert!(
            covers("risk-*", "risk-a")
                && covers("risk-*", "risk-a*")
                && covers("risk-*", "risk-*")
                && covers("a", "a")
        );
        assert!(
            !covers("risk-*", "risk*")
                && !covers("risk-a", "risk-*")
                && !covers("risk-*", "fraud")
                && !covers("a", "b")
        );
    }
}
