//! Sizes as Kubernetes writes them.

use super::node::Kind;
use super::value::Value;

/// Bytes, e.g. `65536`, `64Ki`, `1Mi`; from 1 up to a most.
pub fn bytes(value: Value<'_>, most: u64) -> Option<u64> {
    let size = match &value.node.kind {
        Kind::Plain(text) | Kind::Quoted(text) => parse(text),
        Kind::List(_) | Kind::Map(_) => None,
    };
    let fits = size.filter(|size| (1..=most).contains(size));
    if fits.is_none() {
        value.wrong_type::<()>(&format!(
            "a size like `64Ki` or `1Mi`, at most {}Mi",
            most >> 20
        ));
    }
    fits
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
    use super::parse;

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
}
