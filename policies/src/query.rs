//! The query string, read only to see whether it names a model or carries a token. It is never logged.

/// The parameter that carries a token (RFC 6750 section 2.3).
pub const TOKEN: &str = "access_token";
/// Most parameters; a request with more is refused.
pub const MAX_PARAMETERS: usize = 256;

/// Names in lower case and values, both decoded once; `None` where there are too many or an escape is broken.
#[must_use]
#[inline(never)]
pub fn parse(query: &[u8]) -> Option<Vec<(String, String)>> {
    let parts: Vec<&[u8]> = query
        .split(|byte| matches!(byte, b'&' | b';'))
        .filter(|part| !part.is_empty())
        .collect();
    if parts.len() > MAX_PARAMETERS {
        return None;
    }
    parts.into_iter().map(parameter).collect()
}

/// Whether some server or gateway takes this parameter for the model.
#[must_use]
#[inline(never)]
pub fn names_a_model(name: &str) -> bool {
    matches!(
        name,
        "model"
            | "models"
            | "model_name"
            | "model_names"
            | "target_model_names"
            | "custom_llm_provider"
            | "model_id"
            | "deployment"
            | "deployment_id"
            | "engine"
            | "adapter"
            | "lora"
    )
}

/// Whether some server or gateway could take this parameter for the version of a model.
#[must_use]
#[inline(never)]
pub fn names_a_version(name: &str) -> bool {
    matches!(name, "version" | "model_version")
}

/// Those that name a model or a version: each value once, and no more than two of each kind, because no model agrees with both. A body may name
/// many models, and each is compared with all that is kept. Where one carries a token, that one alone, without its value: the request is refused.
#[must_use]
#[inline(never)]
pub fn deciding(parameters: Vec<(String, String)>) -> Vec<(String, String)> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, value) in parameters {
        if name == TOKEN {
            return vec![(name, String::new())];
        }
        let model = names_a_model(&name);
        if !model && !names_a_version(&name) {
            continue;
        }
        let (mut count, mut known) = (0_u8, false);
        for (other, same) in &kept {
            if names_a_model(other) == model {
                count = count.saturating_add(1);
                known |= *same == value;
            }
        }
        if count < 2 && !known {
            kept.push((name, value));
        }
    }
    kept
}

fn parameter(part: &[u8]) -> Option<(String, String)> {
    let equals = part.iter().position(|byte| *byte == b'=');
    let (name, value) = match equals.and_then(|at| part.split_at_checked(at)) {
        Some((name, [_, value @ ..])) => (name, value),
        _ => (part, &[][..]),
    };
    Some((decode(name)?.to_ascii_lowercase(), decode(value)?))
}

fn decode(bytes: &[u8]) -> Option<String> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(*rest.next()?)?.wrapping_shl(4) | hex(*rest.next()?)?,
            other => *other,
        });
    }
    Some(String::from_utf8_lossy(&decoded).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    u8::try_from(char::from(byte).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_once() {
        let read = parse(b"MOD%65L=a%2Bb+c&x&&y=%252F;z=1").unwrap();
        let pairs: Vec<(&str, &str)> = read
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [("model", "a+b c"), ("x", ""), ("y", "%2F"), ("z", "1")]
        );
        assert_eq!(parse(b"a=%zz"), None);
        assert_eq!(parse(b"a=%4"), None);
        assert_eq!(parse("a&".repeat(300).as_bytes()), None);
    }

    #[test]
    fn keeps_what_decides_and_of_many_values_two() {
        let keeps = |query: &str| {
            let kept = deciding(parse(query.as_bytes()).unwrap());
            let kept = kept.iter().map(|(name, value)| format!("{name}={value}"));
            kept.collect::<Vec<_>>().join("&")
        };
        assert_eq!(keeps("a=1&stream=true"), "");
        assert_eq!(keeps("a=1&Model=a&model=a&engine=a"), "model=a");
        assert_eq!(keeps("engine=b&model=a&lora=c"), "engine=b&model=a");
        assert_eq!(
            keeps("version=1&model=1&model_version=1&version=&version=3"),
            "version=1&model=1&version="
        );
        let many = "engine=m&".repeat(MAX_PARAMETERS);
        assert_eq!(keeps(&many), "engine=m");
    }
}
