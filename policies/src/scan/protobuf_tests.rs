//! Messages that name a model, messages that must not pass, and every split of each.

use super::ScanError::{Compressed, Conflict, Malformed, Missing, NotAName, TooLarge};
use super::*;

const NAME: &[u32] = &[1];
const SPEC: &[u32] = &[1, 1];
const LIMIT: u64 = 1000;

/// The model, or why not.
type Answer = Result<String, ScanError>;

fn scan(path: &'static [u32], calls: Calls, chunks: &[&[u8]]) -> Answer {
    let mut scanner = Scanner::new(path, calls, LIMIT);
    for chunk in chunks {
        scanner.feed(chunk)?;
    }
    scanner.finish().map(str::to_owned)
}

#[expect(
    clippy::panic_in_result_fn,
    reason = "it asserts, and returns what the cases compare"
)]
/// Whole, byte by byte, and at every single split: all must agree.
fn every_way(path: &'static [u32], calls: Calls, body: &[u8]) -> Answer {
    let whole = scan(path, calls, &[body]);
    let bytes: Vec<&[u8]> = body.chunks(1).collect();
    assert_eq!(scan(path, calls, &bytes), whole);
    for at in 0..body.len() {
        let (a, b) = body.split_at(at);
        assert_eq!(scan(path, calls, &[a, b]), whole);
    }
    whole
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

fn one(path: &'static [u32], message: &[u8]) -> Answer {
    every_way(path, Calls::Unary, &framed(message))
}

fn model(name: &str) -> Answer {
    Ok(name.to_owned())
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
        assert_eq!(one(NAME, message), model(name), "{message:02x?}");
    }
    for message in [
        b"\x0a\x03\x0a\x01a".as_slice(),
        b"\x12\x03\x0a\x01b\x0a\x07\x12\x00\x0a\x01a\x18\x00\x1a\x00",
    ] {
        assert_eq!(one(SPEC, message), model("a"), "{message:02x?}");
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
        assert_eq!(one(NAME, message), Err(*error), "{message:02x?}");
    }
    for (message, error) in NOT_A_SPEC {
        assert_eq!(one(SPEC, message), Err(*error), "{message:02x?}");
    }
    let long = [b"\x0a\x81\x02".as_slice(), &[b'a'; 257]].concat();
    assert_eq!(one(NAME, &long), Err(NotAName));
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
        assert_eq!(every_way(NAME, calls, &body), model("a"), "{body:02x?}");
    }
}

/// What comes after one good message.
const NO_SECOND: &[(Calls, &[u8], ScanError)] = &[
    (Calls::Unary, b"\0\0\0\0\x03\x0a\x01a", Malformed),
    (Calls::Unary, b"\0", Malformed),
    (Calls::Stream, b"\0", Malformed),
    (Calls::Stream, b"\0\0\0\0\x03\x0a\x01b", Conflict),
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
        assert_eq!(every_way(NAME, *calls, &body), Err(*error), "{body:02x?}");
    }
    for (body, error) in NO_CALL {
        for calls in [Calls::Unary, Calls::Stream] {
            assert_eq!(every_way(NAME, calls, body), Err(*error), "{body:02x?}");
        }
    }
}

#[test]
fn a_stream_is_decided_by_its_first_message() {
    let mut scanner = Scanner::new(NAME, Calls::Stream, LIMIT);
    scanner.feed(b"\0\0\0\0\x05\x0a\x01a").unwrap();
    assert_eq!((scanner.model(), scanner.streamed()), (Some("a"), None));
    scanner.feed(b"\x12\x00").unwrap();
    assert_eq!(scanner.streamed(), Some("a"));
    assert_eq!(scanner.feed(b"\0\0\0\0\x09\x0a\x01b"), Err(Conflict));
    assert_eq!(scanner.feed(b"\0"), Err(Conflict), "it stays");
}

/// Bytes of no meaning, and good messages with one byte changed: nothing panics, and every chunking gives the same answer.
#[test]
fn random_bytes_have_one_answer() {
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap()
    };
    let good = framed(b"\x0a\x05\x0a\x01a\x12\x00\x18\x80\x01\x2a\x03abc").repeat(2);
    for round in 0..4000 {
        let mut body = if round % 2 == 0 {
            let message: Vec<u8> = (0..random() % 40)
                .map(|_| random().to_le_bytes()[0] & 0x1f)
                .collect();
            framed(&message)
        } else {
            good.clone()
        };
        let at = random() % body.len();
        body[at] = random().to_le_bytes()[0];
        for path in [NAME, SPEC] {
            let whole = scan(path, Calls::Stream, &[&body]);
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            assert_eq!(scan(path, Calls::Stream, &bytes), whole, "{body:02x?}");
        }
    }
}
