//! What Istio's own JWT check (Envoy's jwt_authn) says it has verified, compared with a token's payload claim by claim.
//!
//! The proxy gives the verified payload as it serialises maps for filters: no type is written down, so the token's claims say
//! which type is expected at each place. Whatever is not exactly the same is a no.

use serde_json::{Map, Value};

use crate::sorted::unique;

/// The payload of a token: its claims by name.
pub type Payload = Map<String, Value>;

/// Claims that Istio turns from a text of words into a list (`normalize_payload_in_metadata`).
const SPACE_DELIMITED: [&str; 2] = ["scope", "permission"];

/// Largest integer below which the proxy's floating-point numbers are exact.
const EXACT: u64 = 1 << 53;

/// Whether these are the claims that the proxy has verified.
#[must_use]
pub fn is_payload(claims: &Payload, serialised: &[u8]) -> bool {
    let word_list = |name: &str, value: &Value, bytes: &[u8]| {
        SPACE_DELIMITED.contains(&name) && same_words(value, bytes)
    };
    pairs(serialised).is_some_and(|pairs| same_members(claims, &pairs, word_list))
}

fn same_members(
    claims: &Map<String, Value>,
    pairs: &[(&[u8], &[u8])],
    otherwise: impl Fn(&str, &Value, &[u8]) -> bool,
) -> bool {
    let same = |(name, bytes): &(&[u8], &[u8])| {
        let name = std::str::from_utf8(name).ok();
        let value = name.and_then(|name| Some((name, claims.get(name)?)));
        value.is_some_and(|(name, value)| same(value, bytes) || otherwise(name, value, bytes))
    };
    // names are unique on both sides: as many members, and each of them known, are the same members
    let names = unique(pairs.iter().map(|(name, _)| name.to_vec()).collect());
    names.len() == claims.len() && pairs.len() == claims.len() && pairs.iter().all(same)
}

fn same(value: &Value, bytes: &[u8]) -> bool {
    match value {
        // a control character could make a text look like the bytes of a number, a flag or a list
        Value::String(text) => text.as_bytes() == bytes && !text.chars().any(char::is_control),
        Value::Bool(flag) => [u8::from(*flag)] == bytes,
        Value::Number(number) => {
            let exact = number
                .as_i64()
                .is_none_or(|whole| whole.unsigned_abs() <= EXACT);
            let number = number.as_f64().filter(|_| exact);
            number.is_some_and(|number| number.to_le_bytes() == bytes)
        }
        Value::Array(items) => pairs(bytes).is_some_and(|pairs| same_items(items, &pairs)),
        Value::Object(members) => {
            pairs(bytes).is_some_and(|pairs| same_members(members, &pairs, |_, _, _| false))
        }
        Value::Null => false,
    }
}

/// A list is serialised as pairs whose first halves are its items.
fn same_items(items: &[Value], pairs: &[(&[u8], &[u8])]) -> bool {
    let mut both = items.iter().zip(pairs);
    items.len() == pairs.len()
        && both.all(|(item, (bytes, rest))| same(item, bytes) && rest.is_empty())
}

fn same_words(value: &Value, bytes: &[u8]) -> bool {
    let Value::String(line) = value else {
        return false;
    };
    let words: Vec<Value> = line
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(|word| Value::String(word.to_owned()))
        .collect();
    pairs(bytes).is_some_and(|pairs| same_items(&words, &pairs))
}

/// Proxy-Wasm's form of a map: the number of pairs, the lengths of each, then each half with a zero byte behind it.
fn pairs(bytes: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let (count, mut lengths) = number(bytes)?;
    // each pair takes ten bytes at least
    if count > bytes.len() / 10 {
        return None;
    }
    let mut halves = lengths.get(count.checked_mul(8)?..)?;
    let mut pairs = Vec::with_capacity(count);
    for _ in 0..count {
        let (first, rest) = number(lengths)?;
        let (second, rest) = number(rest)?;
        lengths = rest;
        let (name, rest) = half(halves, first)?;
        let (value, rest) = half(rest, second)?;
        halves = rest;
        pairs.push((name, value));
    }
    halves.is_empty().then_some(pairs)
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

fn half(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    let (half, rest) = bytes.split_at_checked(length)?;
    let (end, rest) = rest.split_first()?;
    (*end == 0).then_some((half, rest))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn serialised(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let mut bytes = u32::try_from(pairs.len()).unwrap().to_le_bytes().to_vec();
        for (name, value) in pairs {
            bytes.extend([length(name), length(value)].concat());
        }
        for (name, value) in pairs {
            bytes.extend([name, &[0][..], value, &[0]].concat());
        }
        bytes
    }

    fn form(value: &Value) -> Vec<u8> {
        match value {
            Value::String(text) => text.clone().into_bytes(),
            Value::Bool(flag) => vec![u8::from(*flag)],
            Value::Number(number) => number.as_f64().unwrap().to_le_bytes().to_vec(),
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| (form(item), vec![])).collect();
                serialised(&items)
            }
            Value::Object(members) => {
                let member =
                    |(name, value): (&String, &Value)| (name.clone().into_bytes(), form(value));
                serialised(&members.iter().map(member).collect::<Vec<_>>())
            }
            Value::Null => vec![],
        }
    }

    fn agrees(token: &Value, verified: &Value) -> bool {
        is_payload(token.as_object().unwrap(), &form(verified))
    }

    #[test]
    fn only_the_very_same_claims_agree() {
        let verified = json!({
            "iss": "https://id.example.com", "exp": 1_700_000_000, "mfa": true, "groups": ["a", "b"],
            "realm_access": {"roles": ["x"]}, "scope": ["read", "write"],
        });
        let mut token = verified.clone();
        assert!(agrees(&token, &verified));
        token["scope"] = json!("read write");
        assert!(agrees(&token, &verified));
        for (pointer, value) in [
            ("/iss", json!("https://id.example.co")),
            ("/exp", json!(1_700_000_001)),
            ("/mfa", json!(false)),
            ("/mfa", json!("\u{1}")),
            ("/groups", json!(["a"])),
            ("/groups", json!(["a", "admins"])),
            ("/groups", json!("a")),
            ("/realm_access/roles", json!(["x", "y"])),
            ("/realm_access", json!({})),
            ("/scope", json!("read admin")),
        ] {
            let mut other = token.clone();
            *other.pointer_mut(pointer).unwrap() = value;
            assert!(!agrees(&other, &verified), "{pointer}");
        }
        let (mut more, mut fewer) = (token.clone(), token.clone());
        more["admin"] = json!(true);
        fewer.as_object_mut().unwrap().remove("mfa");
        assert!(!agrees(&more, &verified) && !agrees(&fewer, &verified));
    }

    #[test]
    fn what_is_no_map_agrees_with_nothing() {
        let token = json!({"a": "b"});
        let whole = form(&token);
        for end in 0..whole.len() {
            assert!(!is_payload(token.as_object().unwrap(), &whole[..end]));
        }
        assert!(!is_payload(
            token.as_object().unwrap(),
            &[&whole[..], &[0]].concat()
        ));
        assert!(!is_payload(token.as_object().unwrap(), &[0xff; 64]));
        let twice = serialised(&[
            (b"a".to_vec(), b"b".to_vec()),
            (b"a".to_vec(), b"b".to_vec()),
        ]);
        assert!(!is_payload(
            json!({"a": "b", "c": "d"}).as_object().unwrap(),
            &twice
        ));
    }

    /// Bytes of a linear congruential generator (Knuth), some of them over a good form.
    #[test]
    fn random_bytes_agree_with_nothing() {
        let token = json!({"a": ["b", {"c": 7}], "d": true});
        let whole = form(&token);
        let mut state = 20_261_124_u64;
        let mut dice = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes()[0]
        };
        for _ in 0..20_000 {
            let mut bytes = whole.clone();
            let at = usize::from(dice()) % bytes.len();
            let byte = bytes[at] ^ dice().max(1);
            bytes[at] = byte;
            assert!(!is_payload(token.as_object().unwrap(), &bytes), "{bytes:?}");
            let noise: Vec<u8> = (0..usize::from(dice() % 64)).map(|_| dice()).collect();
            assert!(!is_payload(token.as_object().unwrap(), &noise), "{noise:?}");
        }
    }
}
