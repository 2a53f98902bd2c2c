//! Many tokens at once have the answer that they have byte by byte.

use crate::chunkings::Dice;
use crate::json::{Documents, Names, Scanner};
use crate::{ScanError, strings};

const ROUNDS: usize = 5000;
const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: false,
};
const LINES: Names = Names {
    path: &["body", "model"],
    documents: Documents::Lines,
    required: false,
};
const BATCH: Names = Names {
    path: &["requests", "[]", "params", "model"],
    ..MODEL
};
/// What strings are made of, whole or not.
const TEXTS: [&str; 23] = [
    "",
    "x",
    "mode",
    "lorb",
    "\u{17f}",
    "\u{212a}",
    "é",
    "€",
    "\u{1f600}",
    r"\n",
    r"\\",
    r#"\""#,
    r"\u006c",
    r"\u006D",
    r"\u017f",
    r"\u212a",
    r"\ud83d\ude00",
    r"\uD83D\uDE00",
    "prompt_ix",
    "context_window_fallback_dicu",
    "a text that is longer than others",
    "\u{7f}",
    ",:[]{} 1",
];
/// The same, of what is refused: at the end, or as a key.
const REFUSED: [&str; 6] = [
    r"\ud83d",
    r"\ude00",
    "lora",
    "Model",
    "model_name",
    r"\u006dodel",
];
const SCALARS: [&str; 16] = [
    "0",
    "-0",
    "1",
    "12.5",
    "-3.25e-7",
    "1E+5",
    "0e0",
    "true",
    "false",
    "null",
    "123456789",
    "-1",
    "0.0",
    "9e9",
    "1.0E1",
    "-12",
];
const BLANKS: [&str; 6] = ["", "", "", " ", "\t ", "\r\n"];
/// Bytes on either side of every bound that a second byte of a character has.
const SECONDS: [u8; 15] = [
    0x1f, b' ', b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xf0, 0xff,
];
/// What is put in where it may be wrong.
const BYTES: &[u8] = b"\"\\,:[]{}019-+.eEtnfu \n\x00\x1f\x80\xbf\xc0\xc3\xe0\xed\xf0\xf4\xff";

type Answer = (Vec<String>, Result<(), ScanError>);

fn text(dice: &mut Dice) -> String {
    if dice.below(150) == 0 {
        return format!("\"{}\"", dice.one_of(&REFUSED));
    }
    let parts = (0..dice.below(4)).map(|_| dice.one_of(&TEXTS));
    format!("\"{}\"", parts.collect::<String>())
}

fn value(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => dice.one_of(&SCALARS).to_owned(),
        2 | 3 => text(dice),
        kind => list(dice, kind > 4, depth.saturating_sub(1)),
    }
}

fn list(dice: &mut Dice, object: bool, depth: usize) -> String {
    let mut items = String::new();
    for number in 0..dice.below(6) {
        let blank = |dice: &mut Dice| dice.one_of(&BLANKS);
        let comma = if number > 0 { "," } else { "" };
        items += comma;
        items += blank(dice);
        if object {
            items += &(text(dice) + blank(dice) + ":" + blank(dice));
        }
        items += &(value(dice, depth) + blank(dice));
    }
    if object {
        format!("{{{items}}}")
    } else {
        format!("[{items}]")
    }
}

fn answer(names: Names, body: &[u8], piece: usize) -> Answer {
    let mut scanner = Scanner::new(names);
    let mut found = Vec::new();
    for piece in body.chunks(piece) {
        let read = scanner.feed(piece);
        found.extend(scanner.take_models().iter().map(|it| it.model.to_owned()));
        if read.is_err() {
            return (found, read);
        }
    }
    let end = scanner.finish();
    (found, end)
}

/// A body, mostly with a mistake.
fn body(dice: &mut Dice) -> Vec<u8> {
    let members = (0..dice.below(30)).map(|_| format!("{}:{}", text(dice), value(dice, 4)));
    let members: Vec<String> = members.collect();
    let around = match dice.below(4) {
        0 => ["{\"model\":\"a\",", "}"],
        1 => ["{\"body\":{\"model\":\"a\",", "}}"],
        2 => ["{\"requests\":[{\"params\":{\"model\":\"a\",", "}}]}"],
        _ => ["{\"z\":[{", "}],\"model\":\"a\"}"],
    };
    let mut body = [around[0], &members.join(","), around[1]]
        .concat()
        .into_bytes();
    for _ in 0..dice.below(4).saturating_sub(1) {
        let at = dice.below(body.len());
        let byte = dice.one_of(BYTES);
        let near = |of: &[u8]| {
            body.iter()
                .skip(at)
                .position(|byte| of.contains(byte))
                .and_then(|behind| at.checked_add(behind))
        };
        let (bracket, end) = (near(b"[]{}"), near(b"el0123456789"));
        match dice.below(8) {
            kind @ 4.. => match (kind, bracket, end) {
                (4..=5, Some(at), _) => body[at] = dice.one_of(b"[]{}"),
                (_, _, Some(at)) => body.insert(at.saturating_add(1), dice.one_of(b"01eE.t")),
                _ => {}
            },
            0 => body[at] = byte,
            1 => body.insert(at, byte),
            2 => body.insert(at, body[at]),
            _ => drop(body.remove(at)),
        }
    }
    body
}

#[test]
fn all_at_once_is_as_byte_by_byte() {
    let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for _ in 0..ROUNDS {
        let body = body(&mut dice);
        for names in [MODEL, LINES, BATCH] {
            let expected = answer(names, &body, 1);
            good += usize::from(expected.1.is_ok());
            for piece in [body.len(), 64, 65, 100, 150] {
                let shown = String::from_utf8_lossy(&body);
                assert_eq!(answer(names, &body, piece), expected, "{piece}: {shown}");
            }
        }
    }
    assert!(good > ROUNDS / 3, "{good}");
}

#[test]
fn nesting_is_bounded_at_once_as_well() {
    for (open, close) in [
        ("[", "]"),
        ("{\"\":", "}"),
        ("[{\"\":", "}]"),
        ("[1,[],", "]"),
    ] {
        for levels in 1..70 {
            for inner in ["[],1", "1,[1],[[1]]", "{}", "1"] {
                let deep = [&open.repeat(levels), inner, &close.repeat(levels)].concat();
                let body = format!(r#"{{"a":{deep},"b":{deep},"c":[1,2,3]}}"#);
                let expected = answer(MODEL, body.as_bytes(), 1);
                assert_eq!(
                    answer(MODEL, body.as_bytes(), body.len()),
                    expected,
                    "{body}"
                );
            }
        }
    }
}

#[test]
fn the_inside_of_a_string_is_passed_as_far_as_it_is_whole() {
    let mut dice = Dice::new(1);
    for _ in 0..20 * ROUNDS {
        let mut inside = Vec::new();
        while inside.len() < 64 {
            inside.extend_from_slice(dice.one_of(&TEXTS).as_bytes());
            if dice.below(40) == 0 {
                inside.push(dice.one_of(BYTES));
            }
        }
        let passed = strings::pass(inside.first_chunk().unwrap());
        assert!(passed <= 64);
        // what was passed is a whole string
        let whole = [b"{\"a\":\"", &inside[..passed], b"\",\"model\":\"a\"}"].concat();
        let shown = String::from_utf8_lossy(&inside);
        assert_eq!(answer(MODEL, &whole, 1).1, Ok(()), "{passed}: {shown}");
    }
}

#[test]
fn characters_are_those_of_the_standard_library() {
    let mut sequences = Vec::new();
    for first in 0x80..=0xff_u8 {
        for second in SECONDS {
            sequences.push(vec![first, second]);
            for third in [0x7f, 0x80, 0xbf, 0xc0, b'a'] {
                sequences.push(vec![first, second, third]);
                sequences.extend([0x80, 0xbf, b'a'].map(|last| vec![first, second, third, last]));
            }
        }
    }
    for sequence in sequences {
        for before in [0, 7, 50, 60] {
            let mut inside = vec![b'x'; before];
            inside.extend(&sequence);
            let whole = std::str::from_utf8(&inside).is_ok();
            let controls = sequence.iter().any(|byte| *byte < b' ');
            let length = inside.len();
            inside.extend([b'"'; 64]);
            let passed = strings::pass(inside.first_chunk().unwrap());
            if length < 64 {
                let right = whole && !controls;
                assert_eq!(passed == length, right, "{sequence:x?} at {before}");
            }
        }
    }
}
