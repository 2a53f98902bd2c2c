//! Names of members that some decoder or server takes for another one.

/// A name in lower case.
#[derive(Clone, Copy)]
struct Alias {
    name: &'static str,
    /// its first eight letters, as [`eight`] has them
    first: u64,
    /// its last eight, where there are more
    last: u64,
    /// its second eight, where there are more than sixteen
    second: u64,
}

/// Members that some server or gateway takes for the model, or for a stored object that was made with one, by the length of their
/// names: a key has one look at few of them.
#[inline(always)]
fn aliases(length: usize) -> &'static [Alias] {
    BY_LENGTH.get(length).copied().unwrap_or_default()
}

/// A table, because a jump by what the length of a key is would be guessed.
static BY_LENGTH: [&[Alias]; LONGEST + 1] = by_length();
/// The longest name of all.
const LONGEST: usize = 28;

const fn by_length() -> [&'static [Alias]; LONGEST + 1] {
    let mut table = [[].as_slice(); LONGEST + 1];
    let (mut rest, mut length) = (table.as_mut_slice(), 0_usize);
    while let [names, after @ ..] = rest {
        *names = of_length(length);
        (rest, length) = (after, length.wrapping_add(1));
    }
    table
}

const fn of_length(length: usize) -> &'static [Alias] {
    match length {
        4 => const { &alike(["lora"]) },
        5 => const { &alike(["model"]) },
        6 => const { &alike(["models", "engine"]) },
        7 => const { &alike(["modelid", "adapter"]) },
        8 => const { &alike(["model_id"]) },
        9 => const { &alike(["fallbacks", "prompt_id"]) },
        10 => {
            const {
                &alike([
                    "model_name",
                    "adapter_id",
                    "deployment",
                    "model_list",
                    "extra_body",
                ])
            }
        }
        11 => const { &alike(["user_config"]) },
        12 => const { &alike(["conversation", "target_model"]) },
        13 => const { &alike(["deployment_id", "extra_headers"]) },
        14 => const { &alike(["litellm_params"]) },
        18 => const { &alike(["target_model_names"]) },
        20 => const { &alike(["previous_response_id"]) },
        24 => const { &alike(["context_window_fallbacks", "content_policy_fallbacks"]) },
        28 => const { &alike(["context_window_fallback_dict"]) },
        _ => &[],
    }
}

/// Names of one length.
const fn alike<const N: usize>(names: [&'static str; N]) -> [Alias; N] {
    let mut all = [Alias {
        name: "",
        first: 0,
        last: 0,
        second: 0,
    }; N];
    let (mut to, mut from) = (all.as_mut_slice(), names.as_slice());
    while let ([alias, later @ ..], [name, after @ ..]) = (to, from) {
        let bytes = name.as_bytes();
        let last = match bytes.last_chunk() {
            Some(last) => eight(*last, 8),
            None => 0,
        };
        let second = match bytes {
            [_, _, _, _, _, _, _, _, a, b, c, d, e, f, g, h, _, ..] => {
                eight([*a, *b, *c, *d, *e, *f, *g, *h], 8)
            }
            _ => 0,
        };
        *alias = Alias {
            name,
            first: first(bytes),
            last,
            second,
        };
        (to, from) = (later, after);
    }
    all
}

const fn first(bytes: &[u8]) -> u64 {
    let mut letters = [0; 8];
    let (mut to, mut from) = (letters.as_mut_slice(), bytes);
    while let ([letter, later @ ..], [byte, after @ ..]) = (to, from) {
        *letter = *byte;
        (to, from) = (later, after);
    }
    eight(letters, bytes.len())
}

/// Eight letters without the bit that tells cases apart; of a shorter name, nothing of what is behind it.
#[inline(always)]
const fn eight(letters: [u8; 8], length: usize) -> u64 {
    // no alias is shorter than four
    let mask = match length {
        4 => 0xffff_ffff,
        5 => 0xff_ffff_ffff,
        6 => 0xffff_ffff_ffff,
        7 => 0xff_ffff_ffff_ffff,
        _ => u64::MAX,
    };
    (u64::from_le_bytes(letters) | u64::from_le_bytes([b' '; 8])) & mask
}

/// Whether a key of this length, in ASCII, can be one.
#[inline(always)]
pub(super) fn has_alias_of(length: usize) -> bool {
    !aliases(length).is_empty()
}

/// Whether a key in ASCII can be one: the bytes begin with it, and have so many letters of it. `None`, where they are too few for a
/// look.
#[inline(always)]
pub(super) fn is_near(bytes: &[u8], length: usize) -> Option<bool> {
    let first = eight(*bytes.first_chunk()?, length);
    let last = match length {
        0..=8 => None,
        _ => Some(eight(*bytes.get(..length)?.last_chunk()?, 8)),
    };
    let second = match length {
        0..=16 => None,
        _ => Some(eight(*bytes.get(8..)?.first_chunk()?, 8)),
    };
    let near = |alias: &Alias| {
        alias.first == first
            && last.is_none_or(|last| alias.last == last)
            && second.is_none_or(|second| alias.second == second)
    };
    Some(aliases(length).iter().any(near))
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
    is_like(key, name)
        || aliases(key.len())
            .iter()
            .any(|alias| is_like(key, alias.name))
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
            for Alias { name: alias, .. } in aliases(length) {
                assert_eq!(alias.len(), length, "{alias}");
                let long = [alias.to_uppercase(), "x".repeat(8)].concat();
                assert_eq!(is_near(long.as_bytes(), length), Some(true), "{alias}");
                assert_eq!(
                    is_near(alias.as_bytes(), length),
                    (length >= 8).then_some(true)
                );
                for at in [0, length.min(8) - 1, length.max(8) - 8, length - 1] {
                    let mut other = long.clone().into_bytes();
                    other[at] ^= 1;
                    assert_eq!(is_near(&other, length), Some(false), "{alias}");
                }
                assert!(is_alias(alias.to_uppercase().as_bytes(), "name"), "{alias}");
                count += 1;
            }
        }
        assert_eq!(count, 25);
    }
}
