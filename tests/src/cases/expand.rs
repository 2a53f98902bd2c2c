//! Marks in texts of the corpus: `{now+60}` is a time, `{x*5000}` a repetition, any other known name its value. What is no
//! mark stays as it is, so that JSON can be written plainly.

/// Replaces every mark; `value` knows names.
pub(super) fn expand(text: &str, now: u64, value: &dyn Fn(&str) -> Option<String>) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        whole.push_str(&rest[..start]);
        rest = &rest[start..];
        let mark = rest.find('}').map(|end| &rest[1..end]);
        let mark = mark.filter(|mark| !mark.contains('{'));
        let replaced = mark.and_then(|mark| {
            let new = time(mark, now)
                .map(|time| time.to_string())
                .or_else(|| repetition(mark))
                .or_else(|| value(mark))?;
            Some((new, mark.len() + 2))
        });
        let (new, length) = replaced.unwrap_or_else(|| (String::from("{"), 1));
        whole.push_str(&new);
        rest = &rest[length..];
    }
    whole + rest
}

/// `now`, `now+60`, `now-60`.
pub(super) fn time(mark: &str, now: u64) -> Option<u64> {
    let offset = mark.strip_prefix("now")?;
    if offset.is_empty() {
        return Some(now);
    }
    let distance: u64 = offset.get(1..)?.parse().ok()?;
    match offset.as_bytes()[0] {
        b'+' => Some(now + distance),
        b'-' => Some(now - distance),
        _ => None,
    }
}

fn repetition(mark: &str) -> Option<String> {
    let (text, count) = mark.rsplit_once('*')?;
    Some(text.repeat(count.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_replaced_and_json_stays() {
        let value = |name: &str| (name == "token").then(|| "T".to_owned());
        let text = r#"{"a":{"exp":{now-5}},"b":"{x*3}","c":"{token}","d":"{no}","e":{[*2}}{"#;
        let expected = r#"{"a":{"exp":95},"b":"xxx","c":"T","d":"{no}","e":[[}{"#;
        assert_eq!(expand(text, 100, &value), expected);
    }
}
