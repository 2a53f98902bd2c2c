//! Names of members that some decoder or server takes for another one.

/// Members that some server or gateway takes for the model, for a part of it or a stored object that was made with one, for a second
/// one that answers, or for where the request goes, in lower case. Of `data_sources`, `parameters` and `plugins` some member within
/// names one.
const NAMES: [&str; COUNT] = [
    "lora",
    "azure",
    MODEL,
    TOOLS,
    "models",
    "engine",
    "headers",
    "modelid",
    "plugins",
    "adapter",
    "model_id",
    "agent_id",
    "api_base",
    "base_url",
    METADATA,
    "fallbacks",
    "cache_key",
    "lora_name",
    "lora_path",
    "prompt_id",
    "model_name",
    "adapter_id",
    "parameters",
    "deployment",
    "model_list",
    "extra_body",
    "draft_model",
    "user_config",
    "assistant_id",
    "conversation",
    "data_sources",
    "target_model",
    "deployment_id",
    "extra_headers",
    "hf_model_name",
    CACHING_GROUPS,
    "litellm_params",
    "vertex_project",
    "oci_endpoint_id",
    "riva_model_name",
    "target_model_names",
    "custom_llm_provider",
    "predibase_tenant_id",
    "specific_deployment",
    "previous_response_id",
    "litellm_credential_name",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "provider_specific_header",
    "router_settings_override",
    "context_window_fallback_dict",
];
const COUNT: usize = 51;
/// So many have eight letters at most.
const SHORT: usize = short();
/// The name that is a step of most paths as well.
pub(super) const MODEL: &str = "model";
/// A list beside the model, each of whose items may name one of its own.
pub(super) const TOOLS: &str = "tools";
/// An object beside the model, which may name a second one.
pub(super) const METADATA: &str = "metadata";
/// Models that LiteLLM has one stored answer for, beside the model or in its metadata.
pub(super) const CACHING_GROUPS: &str = "caching_groups";

/// Eight letters in lower case, or fewer with zeros behind them.
#[derive(Clone, Copy)]
struct Word(u64);

/// The first eight letters of each.
static FIRST: [Word; COUNT] = firsts();
/// The eight of each of [`starts`], of those that have more than eight: the names stand in the order of their lengths.
static OTHERS: [[Word; 2]; COUNT - SHORT] = others();
/// How long each is.
static LENGTH_OF_EACH: [u8; COUNT] = length_of_each();
/// Where each is in there, by [`place`], so that a key has one look at one of them; elsewhere any.
static PLACES: [u8; PLACE_COUNT] = match places(MULTIPLIER) {
    Some(places) => places,
    None => panic!("two names have one place"),
};
const PLACE_COUNT: usize = 128;
/// With it all places differ.
const MULTIPLIER: u64 = multiplier();
/// The lengths that names have.
const LENGTHS: u32 = lengths();

const fn short() -> usize {
    let (mut short, mut names) = (0_usize, NAMES.as_slice());
    while let [name, after @ ..] = names
        && name.len() <= 8
    {
        (short, names) = (short.wrapping_add(1), after);
    }
    short
}

const fn firsts() -> [Word; COUNT] {
    let mut all = [Word(0); COUNT];
    let (mut to, mut from) = (all.as_mut_slice(), NAMES.as_slice());
    while let ([word, later @ ..], [name, after @ ..]) = (to, from) {
        *word = Word::of(first(name.as_bytes()));
        (to, from) = (later, after);
    }
    all
}

const fn others() -> [[Word; 2]; COUNT - SHORT] {
    let mut all = [[Word(0); 2]; COUNT - SHORT];
    let (mut to, mut from) = (all.as_mut_slice(), NAMES.as_slice().split_at(SHORT).1);
    while let ([words, later @ ..], [name, after @ ..]) = (to, from) {
        let [a, b] = starts(name.len());
        *words = [
            Word::of(first(name.as_bytes().split_at(a).1)),
            Word::of(first(name.as_bytes().split_at(b).1)),
        ];
        (to, from) = (later, after);
    }
    all
}

const fn length_of_each() -> [u8; COUNT] {
    let mut all = [0; COUNT];
    let (mut to, mut from) = (all.as_mut_slice(), NAMES.as_slice());
    while let ([length, later @ ..], [name, after @ ..]) = (to, from) {
        // all are short
        [*length, ..] = name.len().to_le_bytes();
        (to, from) = (later, after);
    }
    all
}

/// Where eight letters begin, of more than eight, so that all are in these or the first. Of more than 24 some are not looked at: what
/// differs in these alone is refused as well.
#[inline(always)]
const fn starts(length: usize) -> [usize; 2] {
    let last = length.wrapping_sub(8);
    [if last < 8 { last } else { 8 }, last]
}

const fn first(bytes: &[u8]) -> [u8; 8] {
    let mut letters = [0; 8];
    let (mut to, mut from) = (letters.as_mut_slice(), bytes);
    while let ([letter, later @ ..], [byte, after @ ..]) = (to, from) {
        *letter = *byte;
        (to, from) = (later, after);
    }
    letters
}

const fn lengths() -> u32 {
    let (mut lengths, mut names) = (0_u32, NAMES.as_slice());
    while let [name, after @ ..] = names {
        lengths |= 1 << name.len();
        names = after;
    }
    lengths
}

const fn multiplier() -> u64 {
    // the first that is right for the names as they are, so that there is nothing to look for
    let mut multiplier = 0xb6ee_8270_27fc_e089_u64;
    while places(multiplier).is_none() {
        multiplier = multiplier.wrapping_mul(0xd134_2543_de82_ef95);
    }
    multiplier
}

/// Nothing, where two names have one.
const fn places(multiplier: u64) -> Option<[u8; PLACE_COUNT]> {
    let (mut places, mut taken) = ([0; PLACE_COUNT], 0_u128);
    let (mut names, mut number) = (NAMES.as_slice(), 0_u8);
    while let [name, after @ ..] = names {
        let first = u64::from_le_bytes(first(name.as_bytes()));
        let place = place(first, name.len(), multiplier);
        let bit = 1_u128 << place;
        if taken & bit != 0 {
            return None;
        }
        taken |= bit;
        let (_, from) = places.split_at_mut(place);
        if let [position, ..] = from {
            *position = number;
        }
        (names, number) = (after, number.wrapping_add(1));
    }
    Some(places)
}

/// Of a name with these first letters, whatever their cases are.
#[inline(always)]
const fn place(first: u64, length: usize, multiplier: u64) -> usize {
    let mixed = (first | of_each(b' ')).wrapping_add(length as u64);
    // seven bits
    let [_, _, _, _, _, _, _, high] = mixed.wrapping_mul(multiplier).to_le_bytes();
    (high >> 1) as usize
}

#[inline(always)]
const fn of_each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

impl Word {
    const fn of(lower: [u8; 8]) -> Self {
        Self(u64::from_le_bytes(lower))
    }

    /// The bits that are not as they should be.
    #[inline(always)]
    const fn differ(self, letters: u64) -> u64 {
        // of letters and the underline alone letters have the bit that tells cases apart
        let cases = self.0 & of_each(b' ');
        (letters | cases) ^ self.0
    }
}

/// Whether a key of this length, in ASCII, can be one.
#[inline(always)]
pub(super) fn has_alias_of(length: usize) -> bool {
    u32::try_from(length).is_ok_and(|length| LENGTHS.checked_shr(length).unwrap_or(0) & 1 != 0)
}

/// Whether a key in ASCII is one: the bytes begin with it, and have so many letters of it. `None`, where they are too few for a
/// look.
#[inline(always)]
pub(super) fn is_one(bytes: &[u8], length: usize) -> Option<bool> {
    let spare = 8_usize.saturating_sub(length).wrapping_shl(3);
    let mask = u64::MAX.wrapping_shr(u32::try_from(spare).ok()?);
    let first = u64::from_le_bytes(*bytes.first_chunk()?) & mask;
    let place = place(first, length, MULTIPLIER);
    let number = usize::from(*PLACES.get(place)?);
    let (word, due) = (FIRST.get(number)?, LENGTH_OF_EACH.get(number)?);
    // one look: what comes in no order is guessed wrong
    let longer = u64::try_from(usize::from(*due) ^ length).unwrap_or(u64::MAX);
    if longer | word.differ(first) != 0 {
        return Some(false);
    }
    let Some(others) = number.checked_sub(SHORT) else {
        return Some(true);
    };
    let key = bytes.get(..length)?;
    let words = starts(length).into_iter().zip(OTHERS.get(others)?);
    let mut others = words.map(|(start, word)| {
        let letters = key.get(start..).and_then(|key| key.first_chunk());
        letters.is_some_and(|letters| word.differ(u64::from_le_bytes(*letters)) == 0)
    });
    Some(others.all(|same| same))
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
    let mut letters = [0; MAX_KEY];
    let Some(start) = letters.get_mut(..key.len()) else {
        return is_like(key, name);
    };
    start.copy_from_slice(key);
    is_like(key, name) || is_one(&letters, key.len()) == Some(true)
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
    fn finds_each_alias_and_no_other_letters() {
        assert!(NAMES.is_sorted_by_key(|name| name.len()));
        for alias in NAMES {
            let length = alias.len();
            assert!((4..=MAX_KEY).contains(&length) && has_alias_of(length));
            assert!(is_alias(alias.to_uppercase().as_bytes(), "name"), "{alias}");
            assert_eq!(is_one(&alias.as_bytes()[..4], length), None);
            let long = [alias.to_uppercase(), "x".repeat(8)].concat();
            assert_eq!(is_one(long.as_bytes(), length), Some(true), "{alias}");
            assert_eq!(is_one(long.as_bytes(), length + 1), Some(false), "{alias}");
            let not_looked_at = 16..length.saturating_sub(8);
            for at in (0..length).filter(|at| !not_looked_at.contains(at)) {
                for bit in [1, 0x20, 0x40, 0x80] {
                    let mut other = long.clone().into_bytes();
                    other[at] ^= bit;
                    let like = other[..length].eq_ignore_ascii_case(alias.as_bytes());
                    assert_eq!(is_one(&other, length), Some(like), "{alias}");
                    assert_eq!(is_alias(&other[..length], "name"), like, "{alias}");
                }
            }
        }
        for length in (0..4).chain(MAX_KEY..100) {
            assert!(!has_alias_of(length));
        }
    }
}
