//! Many names one after the other are those that are read byte by byte.

use crate::ScanError;
use crate::chunkings::Dice;
use crate::json::{Documents, Names, Scanner};

const ROUNDS: usize = 4000;
const LISTS: Names = Names {
    path: &["requests", "[]", "params", "model"],
    documents: Documents::One,
    required: true,
};
const LINES: Names = Names {
    path: &["body", "model"],
    documents: Documents::Lines,
    required: true,
};
/// Objects around a name, and what is wrong with some; `P` stands for the path's second last step.
const OBJECTS: [&str; 24] = [
    r#"{"P":{"model":"m"}}"#,
    r#"{"P":{"model":"n"}}"#,
    r#"{"P":{"model":""}}"#,
    r#"{"P":{"model":"sixteen-letters-"}}"#,
    r#"{"P":{"model":"seventeen-letters"}}"#,
    r#"{"P":{"model":"é"}}"#,
    r#"{"P":{"model":"\u006d"}}"#,
    r#"{"P":{"\u006dodel":"m"}}"#,
    r#"{ "P" : { "model" :	"m" } }"#,
    r#"{"P":{"model":"m","":0}}"#,
    r#"{"":0,"P":{"model":"m"},"y":[{}]}"#,
    r#"{"P":{"x":{"model":1},"model":"m"}}"#,
    r#"{"P":{"model":"m","a":[1,[2],{"model":{}}]}}"#,
    r#"{"P":{"model":"m"},"P":{"model":"m"}}"#,
    r#"{"P":{"model":"m","model":"m"}}"#,
    r#"{"P":{"model":"m","Model":"m"}}"#,
    r#"{"P":{"models":"m"}}"#,
    r#"{"P":{"model":["m"]}}"#,
    r#"{"P":["model"]}"#,
    r#"{"P":{}}"#,
    "{}",
    r#"{"P":{"model":"m"]}"#,
    r#"{"P":{"model" "m"}}"#,
    "[]",
];
/// So many of them are right.
const RIGHT: usize = 13;
const BYTES: &[u8] = b"\"\\,:[]{} \n\t0am\x00\xc3\xff";

fn objects(dice: &mut Dice, step: &str, between: &str) -> String {
    let objects = (0..=dice.below(12)).map(|_| {
        let all = dice.below(25) == 0;
        let known = OBJECTS.get(..if all { OBJECTS.len() } else { RIGHT });
        dice.one_of(known.unwrap()).replace('P', step)
    });
    objects.collect::<Vec<_>>().join(between)
}

fn answer(names: Names, body: &[u8], piece: usize) -> (Vec<String>, Result<(), ScanError>) {
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

#[test]
fn many_names_are_those_that_are_read_byte_by_byte() {
    let mut dice = Dice::new(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for round in 0..ROUNDS {
        let (names, body) = if round % 2 == 0 {
            let between = dice.one_of(&[",", " ,", ", ", ",\r\n"]);
            let list = objects(&mut dice, "params", between);
            (LISTS, format!(r#"{{"requests":[{list}],"z":0}}"#))
        } else {
            let between = dice.one_of(&["\n", "\r\n", " \n", "\n\n", "\n ", ""]);
            (LINES, objects(&mut dice, "body", between))
        };
        let mut body = body.into_bytes();
        if dice.below(3) == 0 {
            let at = dice.below(body.len());
            match dice.below(3) {
                0 => body[at] = dice.one_of(BYTES),
                1 => body.insert(at, dice.one_of(BYTES)),
                _ => drop(body.remove(at)),
            }
        }
        let expected = answer(names, &body, 1);
        good += usize::from(expected.1.is_ok());
        for piece in [body.len().max(1), 7, 30, 64, 100] {
            let shown = String::from_utf8_lossy(&body);
            assert_eq!(answer(names, &body, piece), expected, "{piece}: {shown}");
        }
    }
    assert!(good > ROUNDS / 3, "{good}");
}
