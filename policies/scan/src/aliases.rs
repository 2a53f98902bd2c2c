//! Names of members that some decoder or server takes for another one.

/// Members that some server or gateway takes for the model, or for a stored object that was made with one, by the length of their
/// names: a key has one look at few of them.
const fn aliases(length: usize) -> &'static [&'static str] {
    match length {
        4 => &["lora"],
        5 => &["model"],
        6 => &["models", "engine"],
        7 => &["modelid", "adapter"],
        8 => &["model_id"],
        9 => &["fallbacks", "prompt_id"],
        10 => &[
            "model_name",
            "adapter_id",
            "deployment",
            "model_list",
            "extra_body",
        ],
        11 => &["user_config"],
        12 => &["conversation", "target_model"],
        13 => &["deployment_id", "extra_headers"],
        14 => &["litellm_params"],
        18 => &["target_model_names"],
        20 => &["previous_response_id"],
        24 => &["context_window_fallbacks", "content_policy_fallbacks"],
        28 => &["context_window_fallback_dict"],
        _ => &[],
    }
}

/// Whether a key of this length, in ASCII, can be one.
#[inline(always)]
pub(super) const fn has_alias_of(length: usize) -> bool {
    !aliases(length).is_empty()
}

/// Longer keys are nobody's alias.
pub(super) const MAX_KEY: usize = 32;

/// Whether a decoder that does not tell cases apart takes `key` for `name`, which is in lower case, or for another one that may name a
/// model or what stands for one. Go's `encoding/json` is such a decoder, to which the long s and the sign of the kelvin are letters
/// as well.
pub(super) fn is_alias(key: &[u8], name: &str) -> bool {
    if key.is_ascii() {
        return is_alias_in_ascii(key, name);
    }
    let mut letters = [0; MAX_KEY];
    fold(key, &mut letters).is_some_and(|key| is_alias_in_ascii(key, name))
}

fn is_alias_in_ascii(key: &[u8], name: &str) -> bool {
    is_like(key, name) || aliases(key.len()).iter().any(|alias| is_like(key, alias))
}

#[inline(always)]
fn is_like(key: &[u8], name: &str) -> bool {
    let mut letters = key.iter().zip(name.as_bytes());
    key.len() == name.len() && letters.all(|(key, name)| key.to_ascii_lowercase() == *name)
}

/// The key in ASCII, as far as its letters are folded to ASCII; nothing, where it has others, or is long.
fn fold<'l>(key: &[u8], letters: &'l mut [u8; MAX_KEY]) -> Option<&'l [u8]> {
    let (mut rest, mut length) = (key, 0_usize);
    while !rest.is_empty() {
        let (letter, after) = match rest {
            [0xc5, 0xbf, after @ ..] => (b's', after),
            [0xe2, 0x84, 0xaa, after @ ..] => (b'k', after),
            [letter @ 0..=0x7f, after @ ..] => (*letter, after),
            _ => return None,
        };
        *letters.get_mut(length)? = letter;
        (rest, length) = (after, length.wrapping_add(1));
    }
    letters.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_as_go_does() {
        for (key, name, like) in [
            ("name", "name", true),
            ("nAmE", "name", true),
            ("\u{17f}e\u{17f}\u{17f}ion", "session", true),
            ("\u{212a}ey", "key", true),
            ("nämes", "names", false),
            ("names", "name", false),
            ("", "name", false),
            ("Fallbac\u{212a}\u{17f}", "name", true),
            ("Target_Model", "name", true),
            ("messages", "name", false),
            ("ſſſſſſſſſſſſſſſſſſſſſſſſſſſſſſſſſ", "name", false),
        ] {
            assert_eq!(is_alias(key.as_bytes(), name), like, "{key}");
        }
        assert!(!is_alias(b"\xff", "name"));
    }

    #[test]
    fn finds_each_alias_by_its_length() {
        let mut count = 0;
        for length in 0..=MAX_KEY {
            for alias in aliases(length) {
                assert_eq!(alias.len(), length, "{alias}");
                assert!(is_alias(alias.to_uppercase().as_bytes(), "name"), "{alias}");
                count += 1;
            }
        }
        assert_eq!(count, 25);
    }
}
