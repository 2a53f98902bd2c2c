//! Messages that name a model, messages that must not pass, and every split of each.

use super::super::chunkings::{self, Answer, Dice, held_after, mistakes, names};
use super::ScanError::{Compressed, Conflict, Malformed, Missing, NotAName, TooLarge};
use super::*;

const NAME: Fields = Fields {
    path: &[Field::One(1)],
    refused: &[],
    version: None,
};
const SPEC: Fields = Fields {
    path: &[Field::One(1), Field::One(1)],
    refused: &[],
    version: None,
};
/// `MultiInferenceRequest` of TensorFlow Serving
const TASKS: Fields = Fields {
    path: &[Field::Each(1), Field::One(1), Field::One(1)],
    refused: &[],
    version: None,
};
/// `RepositoryModelLoadRequest` of `KServe`, where others have the model in field 2
const LOAD: Fields = Fields {
    path: &[Field::One(1)],
    refused: &[2, 9],
    version: None,
};
const LIMIT: u64 = 1000;

fn every_way(fields: Fields, calls: Calls, body: &[u8]) -> Answer {
    chunkings::every_way(|| Scanner::new(fields, calls, LIMIT), body)
}

/// The problem of a call that has one.
fn problem(fields: Fields, calls: Calls, body: &[u8]) -> ScanError {
    every_way(fields, calls, body).1.unwrap_err()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

fn one(fields: Fields, message: &[u8]) -> Answer {
    every_way(fields, Calls::Unary, &framed(message))
}

fn bad(fields: Fields, message: &[u8]) -> ScanError {
    problem(fields, Calls::Unary, &framed(message))
}

#[test]
fn finds_the_model() {
    let long = [b"\x0a\x80\x02".as_slice(), &[b'a'; 256]].concat();
    let after_much = [b"\x3a\xc8\x01".as_slice(), &[0x0a; 200], b"\x0a\x01a"].concat();
    for (message, name) in [
        (b"\x0a\x01a".as_slice(), "a"),
        (&long, &"a".repeat(256)),
        (&after_much, "a"),
        // fields of every kind around it, and a number of ten bytes
        (b"\x12\x00\x18\x80\x01\x21\x01\x02\x03\x04\x05\x06\x07\x08\x0a\x02bc\x2d\x01\x02\x03\x04", "bc"),
        (b"\x0a\x01a\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a"),
        // the largest field number
        (b"\x0a\x01a\xf8\xff\xff\xff\x0f\x00", "a"),
        // what looks like the name inside of another field is none
        (b"\x2a\x03\x0a\x01b\x0a\x01a", "a"),
    ] {
        assert_eq!(one(NAME, message), names(&[name]), "{message:02x?}");
    }
    for message in [
        b"\x0a\x03\x0a\x01a".as_slice(),
        b"\x12\x03\x0a\x01b\x0a\x07\x12\x00\x0a\x01a\x18\x00\x1a\x00",
    ] {
        assert_eq!(one(SPEC, message), names(&["a"]), "{message:02x?}");
    }
}

/// Messages whose field 1 would be the name, and why they are refused.
const NOT_A_NAME: &[(&[u8], ScanError)] = &[
    (b"\x0a\x01a\x0a\x01a", Conflict),
    (b"\x0a\x01a\x12\x00\x0a\x01b", Conflict),
    (b"\x0a\x00\x0a\x01a", Conflict),
    (b"\x0a\x01a\x0a\x00", Conflict),
    (b"", Missing),
    (b"\x0a\x00", Missing),
    (b"\x12\x01a", Missing),
    // wrong wire types, each with a good one behind it
    (b"\x08\x01\x0a\x01a", NotAName),
    (b"\x0d\x01\x02\x03\x04\x0a\x01a", NotAName),
    (b"\x09\x01\x02\x03\x04\x05\x06\x07\x08\x0a\x01a", NotAName),
    (b"\x0b\x0c\x0a\x01a", NotAName),
    (b"\x0a\x01\xff", NotAName),
    // overlong tag, overlong length, a tag and a length beyond 32 bits
    (b"\x8a\x00\x01a", Malformed),
    (b"\x0a\x81\x00a", Malformed),
    (b"\x8a\x80\x80\x80\x10\x01a", Malformed),
    (b"\x0a\x81\x80\x80\x80\x10a", Malformed),
    // a number of eleven bytes, and of more than 64 bits
    (
        b"\x0a\x01a\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00",
        Malformed,
    ),
    (
        b"\x0a\x01a\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        Malformed,
    ),
    // field 0, groups, wire types that there are not
    (b"\x02\x00\x0a\x01a", Malformed),
    (b"\x13\x14\x0a\x01a", Malformed),
    (b"\x0a\x01a\x14", Malformed),
    (b"\x16\x0a\x01a", Malformed),
    (b"\x17\x0a\x01a", Malformed),
    // beyond the message's end: name, field, number, fixed, tag, length
    (b"\x0a\x02a", Malformed),
    (b"\x0a\x01a\x12\x01", Malformed),
    (b"\x0a\x01a\x10", Malformed),
    (b"\x0a\x01a\x10\x80", Malformed),
    (b"\x0a\x01a\x15\x00\x00\x00", Malformed),
    (b"\x0a\x01a\x92", Malformed),
    (b"\x0a\x01a\x12", Malformed),
    (b"\x0a\x01a\x12\xff\xff\xff\xff\x0f", Malformed),
];

/// Messages whose field 1 would be a message with the name in its field 1.
const NOT_A_SPEC: &[(&[u8], ScanError)] = &[
    (b"\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a", Conflict),
    (b"\x0a\x00\x0a\x03\x0a\x01a", Conflict),
    (b"\x0a\x06\x0a\x01a\x0a\x01a", Conflict),
    (b"\x0a\x02\x12\x00", Missing),
    (b"\x0a\x00", Missing),
    (b"\x08\x00\x0a\x03\x0a\x01a", NotAName),
    (b"\x0a\x05\x08\x00\x0a\x01a", NotAName),
    // the inner name reaches beyond the inner message, and not beyond the outer one
    (b"\x0a\x02\x0a\x01a", Malformed),
    (b"\x0a\x01\x0a\x01a", Malformed),
    (b"\x0a\x05\x0a\x01a", Malformed),
];

#[test]
fn refuses_what_decoders_disagree_on() {
    for (message, error) in NOT_A_NAME {
        assert_eq!(bad(NAME, message), *error, "{message:02x?}");
    }
    for (message, error) in NOT_A_SPEC {
        assert_eq!(bad(SPEC, message), *error, "{message:02x?}");
    }
    let long = [b"\x0a\x81\x02".as_slice(), &[b'a'; 257]].concat();
    assert_eq!(bad(NAME, &long), NotAName);
}

#[test]
fn reads_messages_as_they_are_framed() {
    let good = framed(b"\x0a\x01a");
    let largest = [b"\x0a\x01a\x3a\xe2\x07".as_slice(), &[0; 994]].concat();
    for (calls, body) in [
        (Calls::Unary, good.clone()),
        (Calls::Stream, good.repeat(3)),
        (Calls::Unary, framed(&largest)),
    ] {
        assert_eq!(every_way(NAME, calls, &body), names(&["a"]), "{body:02x?}");
    }
}

/// What comes after one good message.
const NO_SECOND: &[(Calls, &[u8], ScanError)] = &[
    (Calls::Unary, b"\0\0\0\0\x03\x0a\x01a", Malformed),
    (Calls::Unary, b"\0", Malformed),
    (Calls::Stream, b"\0", Malformed),
    (Calls::Stream, b"\0\0\0\0\0", Missing),
    (Calls::Stream, b"\x01\0\0\0\x03\x0a\x01a", Compressed),
];

/// What is no call.
const NO_CALL: &[(&[u8], ScanError)] = &[
    (b"", Malformed),
    (b"\0\0\0\0\x03\x0a\x01", Malformed),
    (b"\x01\0\0\0\x03\x0a\x01a", Compressed),
    (b"\x02\0\0\0\x03\x0a\x01a", Malformed),
    (b"{\"model_name\":\"a\"}", Malformed),
    (b"\0\xff\xff\xff\xff", TooLarge),
    // one byte above the limit
    (b"\0\0\0\x03\xe9\x0a\x01a", TooLarge),
];

#[test]
fn refuses_what_is_framed_otherwise() {
    for (calls, second, error) in NO_SECOND {
        let body = [framed(b"\x0a\x01a").as_slice(), second].concat();
        assert_eq!(problem(NAME, *calls, &body), *error, "{body:02x?}");
    }
    for (body, error) in NO_CALL {
        for calls in [Calls::Unary, Calls::Stream] {
            assert_eq!(problem(NAME, calls, body), *error, "{body:02x?}");
        }
    }
}

#[test]
fn finds_every_model_of_a_call() {
    let stream = [
        &b"\x0a\x01a"[..],
        b"\x0a\x01b",
        b"\x12\x00\x0a\x01b",
        b"\x0a\x01a",
    ]
    .map(framed);
    let all = names(&["a", "b", "a"]);
    assert_eq!(every_way(NAME, Calls::Stream, &stream.concat()), all);
    for (fields, message, models) in [
        (TASKS, b"\x0a\x05\x0a\x03\x0a\x01a".as_slice(), &["a"][..]),
        (
            TASKS,
            b"\x0a\x05\x0a\x03\x0a\x01a\x12\x00\x0a\x07\x12\x00\x0a\x03\x0a\x01b\x0a\x05\x0a\x03\x0a\x01b",
            &["a", "b"],
        ),
        (Fields { path: &[Field::Each(3)], ..NAME }, b"\x1a\x01a\x0a\x00\x1a\x01b", &["a", "b"]),
        (LOAD, b"\x0a\x01a\x18\x02", &["a"]),
        // only an outermost field is refused
        (Fields { refused: &[2], ..SPEC }, b"\x0a\x05\x12\x00\x0a\x01a", &["a"]),
    ] {
        assert_eq!(one(fields, message), names(models), "{message:02x?}");
    }
}

#[test]
fn refuses_a_task_without_a_model_and_fields_of_others() {
    for (fields, message, error) in [
        (TASKS, b"".as_slice(), Missing),
        (TASKS, b"\x0a\x00", Missing),
        (TASKS, b"\x0a\x02\x0a\x00", Missing),
        (TASKS, b"\x0a\x05\x0a\x03\x0a\x01a\x0a\x00", Missing),
        (TASKS, b"\x0a\x00\x0a\x05\x0a\x03\x0a\x01a", Missing),
        (
            TASKS,
            b"\x0a\x04\x0a\x02\x0a\x00\x0a\x05\x0a\x03\x0a\x01a",
            Missing,
        ),
        (
            TASKS,
            b"\x0a\x0a\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a",
            Conflict,
        ),
        (TASKS, b"\x0a\x08\x0a\x06\x0a\x01a\x0a\x01b", Conflict),
        (TASKS, b"\x08\x00", NotAName),
        (TASKS, b"\x0a\x06\x0a\x03\x0a\x01a", Malformed),
        (
            Fields {
                path: &[Field::Each(3)],
                ..NAME
            },
            b"\x1a\x01a\x1a\x00",
            Missing,
        ),
        (Fields { path: &[], ..NAME }, b"\x0a\x01a", Missing),
        (LOAD, b"\x0a\x01a\x12\x01b", Conflict),
        (LOAD, b"\x12\x00\x0a\x01a", Conflict),
        (LOAD, b"\x10\x00\x0a\x01a", Conflict),
        (LOAD, b"\x0a\x01a\x4d\x00\x00\x00\x00", Conflict),
    ] {
        assert_eq!(bad(fields, message), error, "{message:02x?}");
    }
}

#[test]
fn is_between_where_nothing_is_under_way() {
    let body = [framed(b"\x0a\x01a\x12\x00"), framed(b"\x0a\x01b")].concat();
    let mut scanner = Scanner::new(NAME, Calls::Stream, LIMIT);
    assert!(scanner.is_between());
    for (at, byte) in body.iter().enumerate() {
        scanner.feed(&[*byte]).unwrap();
        assert_eq!(scanner.is_between(), [9, 17].contains(&at), "{at}");
        let named: &[&str] = match at {
            7 => &["a"],
            17 => &["b"],
            _ => &[],
        };
        let models = scanner.take_models();
        let found = models.iter().map(|named| named.model);
        assert!(found.eq(named.iter().copied()), "{at}");
    }
    assert_eq!(scanner.finish(), Ok(()));
    assert_eq!(scanner.feed(b"\x02"), Err(Malformed));
    assert!(!scanner.is_between());
}

/// A field that does not matter.
fn field(dice: &mut Dice) -> Vec<u8> {
    const FIELDS: &[&[u8]] = &[
        b"\x10\x00",
        b"\x18\x80\x01",
        b"\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\x2a\x00",
        b"\x2a\x05\x0a\x01b\x00\x00",
        b"\x2d\x01\x02\x03\x04",
        b"\x31\x01\x02\x03\x04\x05\x06\x07\x08",
        b"",
    ];
    dice.one_of(FIELDS).to_vec()
}

/// What leads to the name, with other fields around it.
fn around(dice: &mut Dice, inside: &[u8]) -> Vec<u8> {
    let length = u8::try_from(inside.len()).unwrap();
    [
        field(dice).as_slice(),
        &[0x0a, length],
        inside,
        &field(dice),
    ]
    .concat()
}

fn name(dice: &mut Dice) -> Vec<u8> {
    let name = dice.one_of(&["a", "b", "\u{e9}", "a/b"]);
    around(dice, name.as_bytes())
}

#[test]
fn every_chunking_gives_the_same_answer() {
    let bytes = b"\x00\x01\x02\x03\x05\x08\x0a\x0a\x0b\x10\x12\x1a\x7f\x80\xffab";
    let named = |dice: &mut Dice| framed(&name(dice));
    let stream = |dice: &mut Dice| [named(dice), named(dice), named(dice)].concat();
    let spec = |dice: &mut Dice| {
        let spec = name(dice);
        around(dice, &spec)
    };
    let tasks = |dice: &mut Dice| {
        let tasks: Vec<_> = (0..=dice.below(2))
            .flat_map(|_| {
                let spec = spec(dice);
                around(dice, &spec)
            })
            .collect();
        framed(&tasks)
    };
    let scanner = |fields, calls| move || Scanner::new(fields, calls, LIMIT);
    mistakes(scanner(NAME, Calls::Stream), stream, bytes);
    mistakes(
        scanner(SPEC, Calls::Unary),
        |dice| framed(&spec(dice)),
        bytes,
    );
    mistakes(scanner(TASKS, Calls::Unary), tasks, bytes);
}

/// Bytes of no meaning.
#[test]
fn random_bytes_have_one_answer() {
    let mut dice = Dice::new(7);
    for _ in 0..2000 {
        let message: Vec<u8> = (0..=dice.below(40))
            .map(|_| u8::try_from(dice.below(32)).unwrap())
            .collect();
        for fields in [NAME, SPEC, TASKS] {
            let (named, end) = every_way(fields, Calls::Stream, &framed(&message));
            assert!(end.is_err() || named.len() == 1 || fields == TASKS);
        }
    }
}

#[test]
fn memory_is_constant() {
    const BOUND: usize = 512;
    let tensor = b"\0\0\xff\xff\xff\x0a\x01a\x3a\xf0\xff\xfb\x07".as_slice();
    let numbers = b"\0\0\xff\xff\xff\x0a\x01a".as_slice();
    for (fields, start, unit) in [
        (NAME, tensor, b"\x0a\x01b\0".as_slice()),
        (NAME, numbers, b"\x10\xff\x01\x2a\x01b"),
        (NAME, b"", b"\0\0\0\0\x03\x0a\x01a"),
        (
            TASKS,
            b"\0\0\xff\xff\xff",
            b"\x0a\x05\x0a\x03\x0a\x01a\x0a\x05\x0a\x03\x0a\x01b",
        ),
    ] {
        let held = |total| {
            let mut scanner = Scanner::new(fields, Calls::Stream, u64::MAX);
            held_after(&mut scanner, start, unit, total)
        };
        assert_eq!(held(10_000_000), held(100_000), "{unit:02x?}");
        assert!(held(100_000) < BOUND, "{unit:02x?}: {}", held(100_000));
    }
}
