//! Messages that name a model, messages that must not pass, and every split of each.

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

#[test]
fn refuses_what_decoders_disagree_on() {
    use ScanError::{Conflict, Malformed, Missing, NotAName};
    let long = [b"\x0a\x81\x02".as_slice(), &[b'a'; 257]].concat();
    for (message, error) in [
        (b"\x0a\x01a\x0a\x01a".as_slice(), Conflict),
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
        (&long, NotAName),
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
    ] {
        assert_eq!(one(NAME, message), Err(error), "{message:02x?}");
    }
    for (message, error) in [
        (b"\x0a\x03\x0a\x01a\x0a\x03\x0a\x01a".as_slice(), Conflict),
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
    ] {
        assert_eq!(one(SPEC, message), Err(error), "{message:02x?}");
    }
}

#[test]
fn reads_messages_as_they_are_framed() {
    use ScanError::{Compressed, Conflict, Malformed, Missing, TooLarge};
    let good = framed(b"\x0a\x01a");
    let twice = good.repeat(2);
    let largest = [b"\x0a\x01a\x3a\xe2\x07".as_slice(), &[0; 994]].concat();
    let too_large = [b"\x0a\x01a\x3a\xe3\x07".as_slice(), &[0; 995]].concat();
    for (calls, body, expected) in [
        (Calls::Unary, good.clone(), model("a")),
        (Calls::Stream, good.repeat(3), model("a")),
        (Calls::Unary, twice.clone(), Err(Malformed)),
        (
            Calls::Unary,
            [good.as_slice(), &[0]].concat(),
            Err(Malformed),
        ),
        (
            Calls::Stream,
            [good.as_slice(), &[0]].concat(),
            Err(Malformed),
        ),
        (
            Calls::Stream,
            [good.clone(), framed(b"\x0a\x01b")].concat(),
            Err(Conflict),
        ),
        (
            Calls::Stream,
            [good.clone(), framed(b"")].concat(),
            Err(Missing),
        ),
        (Calls::Stream, Vec::new(), Err(Malformed)),
        (Calls::Unary, Vec::new(), Err(Malformed)),
        (Calls::Unary, good[..7].to_vec(), Err(Malformed)),
        (
            Calls::Unary,
            b"\x01\x00\x00\x00\x03\x0a\x01a".to_vec(),
            Err(Compressed),
        ),
        (
            Calls::Unary,
            b"\x02\x00\x00\x00\x03\x0a\x01a".to_vec(),
            Err(Malformed),
        ),
        (
            Calls::Unary,
            b"{\"model_name\":\"a\"}".to_vec(),
            Err(Malformed),
        ),
        (
            Calls::Unary,
            b"\x00\xff\xff\xff\xff".to_vec(),
            Err(TooLarge),
        ),
        (Calls::Unary, framed(&largest), model("a")),
        (Calls::Stream, framed(&too_large), Err(TooLarge)),
    ] {
        assert_eq!(every_way(NAME, calls, &body), expected, "{body:02x?}");
    }
}

#[test]
fn a_stream_is_decided_by_its_first_message() {
    let mut scanner = Scanner::new(NAME, Calls::Stream, LIMIT);
    scanner.feed(b"\0\0\0\0\x05\x0a\x01a").unwrap();
    assert_eq!((scanner.model(), scanner.streamed()), (Some("a"), None));
    scanner.feed(b"\x12\x00").unwrap();
    assert_eq!(scanner.streamed(), Some("a"));
    assert_eq!(
        scanner.feed(b"\0\0\0\0\x09\x0a\x01b"),
        Err(ScanError::Conflict)
    );
    assert_eq!(scanner.feed(b"\0"), Err(ScanError::Conflict), "it stays");
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
