//! Bodies of every kind: mostly good, sometimes broken in one place, with runs as long as what is looked at together.

use scan::json::{self, Documents, Names};
use scan::multipart::{self, Form};
use scan::protobuf::{self, Calls, Field, Fields, VersionFields};
use scan::{Models, Scan, ScanError};

use super::dice::Dice;

const NAMES: [Names; 4] = [
    Names {
        path: &["model"],
        documents: Documents::One,
        required: true,
    },
    Names {
        path: &["model"],
        documents: Documents::One,
        required: false,
    },
    Names {
        path: &["requests", "[]", "params", "model"],
        documents: Documents::One,
        required: true,
    },
    Names {
        path: &["body", "model"],
        documents: Documents::Lines,
        required: true,
    },
];
const FIELDS: [Fields; 3] = [
    Fields {
        path: &[Field::One(1)],
        refused: &[3],
        version: None,
    },
    Fields {
        path: &[Field::One(1), Field::One(1)],
        refused: &[],
        version: None,
    },
    Fields {
        path: &[Field::One(1), Field::Each(2)],
        refused: &[],
        version: Some(VersionFields {
            field: 3,
            is_number: true,
            label: Some(4),
        }),
    },
];
/// Bytes that mean something to some scanner.
const MARKS: &[u8] = b"\"\\,:[]{}0189-+.eE \t\n\r\x00\x1f\x7f\x80\xbf\xc3\xe2\xed\xf0\xffu/mM";
const CHARACTERS: [&str; 8] = [
    "a",
    "é",
    "€",
    "\u{1f600}",
    "\\n",
    "\\u0041",
    "\\ud83d\\ude00",
    " ",
];
const NUMBERS: [&str; 9] = [
    "0",
    "7",
    "-1",
    "12",
    "0.5",
    "-0.013482",
    "1e5",
    "2.5E-7",
    "1234567890123456",
];
const KEYS: [&str; 15] = [
    "",
    "x",
    "mord",
    "lorb",
    "mo\u{17f}el",
    "\\u006corb",
    "\\ud83d\\ude00",
    "mode\u{17f}",
    "MODEL",
    "model",
    "Model_Id",
    "body",
    "a_key_of_sixteen",
    "a_key_of_seventeen",
    "\\u006dodel",
];

/// A body and how it is read.
pub struct Body {
    pub bytes: Vec<u8>,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Json(Names),
    Form(Form),
    Messages(Fields, Calls),
}

/// Any of the scanners.
pub struct Scanner(Box<dyn Scan>);

impl Scan for Scanner {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        self.0.feed(bytes)
    }
    fn take_models(&mut self) -> Models {
        self.0.take_models()
    }
    fn finish(&self) -> Result<(), ScanError> {
        self.0.finish()
    }
    fn held(&self) -> usize {
        self.0.held()
    }
}

impl Body {
    pub fn of(dice: &mut Dice) -> Self {
        let names = *dice.pick(&NAMES);
        let (kind, mut bytes) = match dice.below(8) {
            0 => {
                let (fields, calls) = (
                    *dice.pick(&FIELDS),
                    *dice.pick(&[Calls::Unary, Calls::Stream]),
                );
                (Kind::Messages(fields, calls), messages(dice, fields))
            }
            1 => {
                let form = Form {
                    field: "model",
                    json: Some(("file", names)),
                    required: dice.one_in(2),
                };
                (Kind::Form(form), parts(dice, names))
            }
            _ => (Kind::Json(names), documents(dice, names)),
        };
        if dice.one_in(3) {
            damage(dice, &mut bytes);
        }
        Self { bytes, kind }
    }

    pub fn scanner(&self) -> Scanner {
        Scanner(match self.kind {
            Kind::Json(names) => Box::new(json::Scanner::new(names)),
            Kind::Form(form) => Box::new(multipart::Scanner::new(form, b"b-1")),
            Kind::Messages(fields, calls) => Box::new(protobuf::Scanner::new(fields, calls, 300)),
        })
    }
}

fn damage(dice: &mut Dice, bytes: &mut Vec<u8>) {
    let at = dice.below(bytes.len() + 1);
    let mark = *dice.pick(MARKS);
    match dice.below(5) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, mark),
        2 if at < bytes.len() => drop(bytes.remove(at)),
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = mark;
            }
        }
    }
}

fn documents(dice: &mut Dice, names: Names) -> Vec<u8> {
    let count = if names.documents == Documents::Lines {
        dice.below(3) + 1
    } else {
        1
    };
    let mut text = String::new();
    for _ in 0..count {
        on_path(dice, names.path, &mut text);
        text.push('\n');
    }
    text.into_bytes()
}

/// What a path leads through, with other members and items around it.
fn on_path(dice: &mut Dice, path: &[&str], text: &mut String) {
    match path {
        [] => string(dice, 20, text),
        ["[]", rest @ ..] => {
            text.push('[');
            for number in 0..=dice.below(2) {
                text.push_str(if number > 0 { "," } else { "" });
                on_path(dice, rest, text);
            }
            text.push(']');
        }
        [name, rest @ ..] => {
            text.push('{');
            members(dice, text);
            *text += &format!("\"{name}\":");
            on_path(dice, rest, text);
            text.push(',');
            members(dice, text);
            text.push_str("\"last\":0}");
        }
    }
}

fn members(dice: &mut Dice, text: &mut String) {
    for _ in 0..dice.below(4) {
        blanks(dice, text);
        // the path's own names and what looks like them are rare
        let key = if dice.one_in(30) {
            *dice.pick(&KEYS)
        } else {
            KEYS[dice.below(7)]
        };
        *text += &format!("\"{key}\"");
        blanks(dice, text);
        text.push(':');
        value(dice, 3, text);
        text.push(',');
    }
}

fn blanks(dice: &mut Dice, text: &mut String) {
    if dice.one_in(6) {
        *text += *dice.pick(&[" ", "  ", "\t", " \t ", "\n", "\r\n  "]);
    }
}

fn value(dice: &mut Dice, deep: usize, text: &mut String) {
    blanks(dice, text);
    match dice.below(if deep > 0 { 9 } else { 6 }) {
        0 => *text += *dice.pick(&["true", "false", "null", "\"\"", "[]", "{}"]),
        1 | 2 => *text += *dice.pick(&NUMBERS),
        3 => string(dice, 100, text),
        4 => string(dice, 10, text),
        5 => numbers(dice, text),
        6 => nested(dice, text),
        7 => {
            text.push('{');
            members(dice, text);
            text.push_str("\"z\":");
            value(dice, deep - 1, text);
            text.push('}');
        }
        _ => {
            text.push('[');
            for _ in 0..dice.below(3) {
                value(dice, deep - 1, text);
                text.push(',');
            }
            value(dice, deep - 1, text);
            text.push(']');
        }
    }
    blanks(dice, text);
}

/// Near the deepest there may be.
fn nested(dice: &mut Dice, text: &mut String) {
    let depth = if dice.one_in(3) {
        56 + dice.below(10)
    } else {
        dice.below(6)
    };
    *text += &"[".repeat(depth);
    *text += *dice.pick(&[
        "1",
        "[]",
        "{}",
        r#"{"x":[],"y":0}"#,
        r#"{"x":{},"y":0}"#,
        r#"{"x":"","y":0}"#,
    ]);
    *text += &"]".repeat(depth);
}

/// A list that is longer than what is looked at together.
fn numbers(dice: &mut Dice, text: &mut String) {
    text.push('[');
    for _ in 0..dice.below(60) {
        *text += *dice.pick(&NUMBERS[..6]);
        *text += if dice.one_in(12) {
            *dice.pick(&[", ", ",  ", " ,"])
        } else {
            ","
        };
    }
    text.push_str("0]");
}

fn string(dice: &mut Dice, most: usize, text: &mut String) {
    text.push('"');
    let plain = dice.below(3);
    for _ in 0..dice.below(most) {
        *text += if plain > 0 && !dice.one_in(20) {
            "a"
        } else {
            *dice.pick(&CHARACTERS)
        };
    }
    text.push('"');
}

fn parts(dice: &mut Dice, names: Names) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in ["file", "model", "other"] {
        if dice.one_in(5) {
            continue;
        }
        bytes.extend(
            format!("--b-1\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n").bytes(),
        );
        match field {
            "file" => bytes.extend(documents(dice, names)),
            "model" => bytes.extend(b"a-model"),
            _ => bytes.extend((0..dice.below(90)).map(|_| *dice.pick(b"aa-\r\n-b1"))),
        }
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"--b-1--\r\n");
    bytes
}

fn messages(dice: &mut Dice, fields: Fields) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..=dice.below(4) {
        let message = message(dice, fields.path);
        bytes.push(0);
        bytes.extend((message.len() as u32).to_be_bytes());
        bytes.extend(message);
    }
    bytes
}

fn message(dice: &mut Dice, path: &[Field]) -> Vec<u8> {
    let (number, inner) = match path {
        [Field::One(number) | Field::Each(number), rest @ ..] if !rest.is_empty() => {
            (*number, message(dice, rest))
        }
        [Field::One(number) | Field::Each(number), ..] => (*number, vec![b'm'; dice.below(20)]),
        [] => (1, Vec::new()),
    };
    let mut bytes = others(dice);
    for _ in 0..1 + usize::from(dice.one_in(8)) {
        bytes.push((number << 3 | 2) as u8);
        bytes.push(inner.len() as u8);
        bytes.extend(&inner);
    }
    bytes.extend(others(dice));
    bytes
}

/// Fields that do not matter.
fn others(dice: &mut Dice) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..dice.below(3) {
        bytes.extend(*dice.pick(&[
            &[32, 1][..],
            &[32, 0x80, 1],
            &[
                0x80, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
            ],
            &[33, 1, 2, 3, 4, 5, 6, 7, 8],
            &[37, 1, 2, 3, 4],
            &[34, 0],
            &[34, 3, 1, 2, 3],
        ]));
    }
    bytes
}
