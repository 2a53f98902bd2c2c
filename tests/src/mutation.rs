//! Tokens that are almost good: from a good one, by a seeded generator, so that every run sees the same. None of them may be
//! accepted.

use serde_json::{Map, Value, json};

use crate::token::{self, Key, Scheme, encode};

/// A small generator (xorshift64*, Marsaglia 2003); the same numbers for the same seed.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Begins anew; a seed of 0 is taken for 1.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(if seed == 0 { 1 } else { seed })
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// One of these; there is at least one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// A token that differs from `good` in one to three places, and is not `good`, not even without the blanks at its end, which
/// are no part of a header's value (RFC 9110 section 5.5).
#[must_use]
pub fn mutated(good: &str, dice: &mut Dice) -> Vec<u8> {
    let mut token = good.as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        token = once(&token, good, dice);
    }
    match token.trim_ascii_end() == good.as_bytes() {
        true => [good.as_bytes(), b"A"].concat(),
        false => token,
    }
}

fn once(token: &[u8], good: &str, dice: &mut Dice) -> Vec<u8> {
    match dice.below(10) {
        0 | 1 => other_byte(token, dice),
        2 => cut(token, dice),
        3 => inserted(token, dice),
        4 => swapped_parts(token, dice),
        5 | 6 => other_member(good, dice),
        7 => signed_by_another(good, dice),
        8 => other_signature(good, dice),
        _ => text_of_payload(good, dice),
    }
}

fn other_byte(token: &[u8], dice: &mut Dice) -> Vec<u8> {
    const BYTES: &[u8] = b".=+/-_AZaz09 \x00\x7f\xff\"{}\n\t,;%";
    let mut token = token.to_vec();
    let at = dice.below(token.len());
    if let Some(byte) = token.get_mut(at) {
        *byte = match dice.below(2) {
            0 => *byte ^ (1 << dice.below(8)),
            _ => *dice.pick(BYTES),
        };
    }
    token
}

fn cut(token: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (mut start, mut end) = (dice.below(token.len()), dice.below(token.len()));
    if start > end {
        std::mem::swap(&mut start, &mut end);
    }
    match dice.below(3) {
        0 => token[start..].to_vec(),
        1 => token[..end].to_vec(),
        _ => [&token[..start], &token[end..]].concat(),
    }
}

fn inserted(token: &[u8], dice: &mut Dice) -> Vec<u8> {
    const PIECES: [&[u8]; 10] = [
        b".",
        b"..",
        b"=",
        b"%2e",
        b" ",
        b",",
        b"Bearer ",
        b"\xc3\xa9",
        b"AAAAAAAA",
        b"\xef\xbb\xbf",
    ];
    let at = dice.below(token.len() + 1);
    let piece = dice.pick(&PIECES).repeat(1 + dice.below(4));
    [&token[..at], &piece, &token[at..]].concat()
}

fn swapped_parts(token: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = token.split(|byte| *byte == b'.').collect();
    let (a, b) = (dice.below(parts.len()), dice.below(parts.len()));
    match dice.below(3) {
        0 => parts.swap(a, b),
        1 => parts[a] = parts[b],
        _ => parts[a] = b"",
    }
    parts.join(&b'.')
}

/// A header or claim is another, the signature stays.
fn other_member(good: &str, dice: &mut Dice) -> Vec<u8> {
    let (mut header, mut payload, signature) = parts(good);
    let in_header = dice.below(3) == 0;
    let object = if in_header { &mut header } else { &mut payload };
    let names: Vec<String> = object.keys().cloned().collect();
    let name = dice.pick(&names).clone();
    match dice.below(3) {
        0 => drop(object.remove(&name)),
        1 => drop(object.insert(name, odd_value(dice))),
        _ => {
            const OTHERS: [&str; 8] = [
                "crit", "b64", "jwk", "groups", "Groups", "admin", "aud", "exp",
            ];
            object.insert((*dice.pick(&OTHERS)).to_owned(), odd_value(dice));
        }
    }
    let (header, payload) = (
        Value::Object(header).to_string(),
        Value::Object(payload).to_string(),
    );
    let input = token::signing_input(&header, &payload);
    format!("{input}.{signature}").into_bytes()
}

/// A good signature, of somebody whom the issuer does not know, or with the scheme of another algorithm.
fn signed_by_another(good: &str, dice: &mut Dice) -> Vec<u8> {
    let (mut header, payload, _) = parts(good);
    let (key, scheme) = *dice.pick(&[
        (Key::Ec2, Scheme::ES256),
        (Key::Ec2, Scheme::ES256Der),
        (Key::P384, Scheme::ES384),
        (Key::Ed25519, Scheme::EdDSA),
        (Key::Ec1, Scheme::HS256),
        (Key::Rsa1, Scheme::HS256),
    ]);
    const ALGORITHMS: [&str; 6] = ["HS256", "none", "ES256", "RS256", "EdDSA", "ES384"];
    if dice.below(2) == 0 {
        header.insert("alg".into(), json!(dice.pick(&ALGORITHMS)));
    }
    if dice.below(2) == 0 {
        header.insert("kid".into(), json!(key.id()));
    }
    let (header, payload) = (
        Value::Object(header).to_string(),
        Value::Object(payload).to_string(),
    );
    token::mint(&header, &payload, key, scheme).into_bytes()
}

/// The text stays, the signature is another.
fn other_signature(good: &str, dice: &mut Dice) -> Vec<u8> {
    let input = good.rsplit_once('.').map_or(good, |(input, _)| input);
    let length = *dice.pick(&[0_usize, 1, 32, 63, 64, 65, 96, 128, 255, 256, 257, 512]);
    let filler = *dice.pick(&[0_u8, 1, 0x30, 0x7f, 0xff]);
    let mut signature = vec![filler; length];
    if let Some(byte) = signature.last_mut() {
        *byte = u8::try_from(dice.below(256)).unwrap_or_default();
    }
    format!("{input}.{}", encode(&signature)).into_bytes()
}

/// The payload's text is changed in ways that parsers read differently.
fn text_of_payload(good: &str, dice: &mut Dice) -> Vec<u8> {
    let (header, payload, signature) = parts(good);
    let mut text = Value::Object(payload).to_string();
    const ADDED: [&str; 9] = [
        r#","groups":["leads"]"#,
        r#","gr\u006fups":["leads"]"#,
        r#","exp":99999999999"#,
        ",\"a\":NaN",
        ",\"a\":\"\u{0}\"",
        ",",
        "}{",
        "}",
        " ",
    ];
    let at = dice.below(text.len() + 1);
    let at = (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let at = if dice.below(2) == 0 {
        text.len() - 1
    } else {
        at
    };
    text.insert_str(at, ADDED[dice.below(ADDED.len())]);
    let input = token::signing_input(&Value::Object(header).to_string(), &text);
    format!("{input}.{signature}").into_bytes()
}

fn odd_value(dice: &mut Dice) -> Value {
    const VALUES: [&str; 12] = [
        "null",
        "true",
        "0",
        "-1",
        "1e400",
        "18446744073709551616",
        r#""""#,
        r#""x""#,
        "[]",
        r#"["leads"]"#,
        "{}",
        r#"[["a"]]"#,
    ];
    serde_json::from_str(VALUES[dice.below(VALUES.len())]).unwrap_or(Value::Null)
}

fn parts(good: &str) -> (Map<String, Value>, Map<String, Value>, String) {
    let mut parts = good.split('.');
    let mut object = || -> Map<String, Value> {
        let bytes = policies::base64url::decode(parts.next().unwrap_or_default().as_bytes());
        serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
    };
    let (header, payload) = (object(), object());
    (header, payload, parts.next().unwrap_or_default().to_owned())
}
