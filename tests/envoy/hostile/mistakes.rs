//! A valid request with mistakes in it: in the token, in the body, in the fields, in the framing, in any byte.

use serde_json::{Map, Value};
use tests::cases::message::Message;
use tests::mutation::{Dice, mutated};

use crate::{client, http2};

/// Bytes that mean something to some reader.
const BYTES: &[u8] = b"\0\r\n\t :;,%/\\\"{}[]()<>=&?#@.-_+0Aaf9\x7f\x80\xc3\xe2\xff";
/// Fields that change how a request is read.
const FIELDS: [(&str, &str); 16] = [
    ("content-length", "5"),
    ("content-length", "-1"),
    ("content-length", "99999999999999999999"),
    ("transfer-encoding", "chunked"),
    ("transfer-encoding", "gzip, chunked"),
    ("content-type", "application/grpc"),
    ("content-type", "multipart/form-data; boundary=x"),
    ("content-encoding", "gzip"),
    ("expect", "100-continue"),
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("host", "other.example.com"),
    ("authorization", "Bearer a.b.c"),
    ("x-model", "other"),
    ("te", "trailers"),
    ("x-envoy-original-path", "/"),
];

/// What is written, piece by piece.
pub fn parts(good: &Message, dice: &mut Dice) -> Vec<Vec<u8>> {
    let mut message = good.clone();
    for _ in 0..=dice.below(2) {
        in_the_message(&mut message, dice);
    }
    let two = message.http == 2 || dice.below(3) == 0;
    let mut parts = if two {
        http2::parts(&message)
    } else {
        http1(&message)
    };
    // half of the requests are well-formed to the proxy, so that their mistakes come to the filter
    if dice.below(2) == 0 {
        in_the_bytes(&mut parts, two, dice);
    }
    parts
}

/// Head and body as they go out.
pub fn http1(message: &Message) -> Vec<Vec<u8>> {
    client::parts(message)
}

fn in_the_message(message: &mut Message, dice: &mut Dice) {
    match dice.below(8) {
        0 => in_the_token(message, dice),
        1 | 2 => in_the_body(message, dice),
        3 => change(&mut message.path, dice),
        4 => change(&mut message.authority, dice),
        5 => change(&mut message.method, dice),
        6 => {
            let (name, value) = *dice.pick(&FIELDS);
            message.headers.push((name.into(), value.into()));
        }
        _ => {
            let at = dice.below(message.headers.len());
            let again = message.headers.get(at).cloned();
            message.headers.extend(again);
            if let Some((_, value)) = message.headers.get_mut(at) {
                change(value, dice);
            }
        }
    }
}

fn in_the_token(message: &mut Message, dice: &mut Dice) {
    let mut fields = message.headers.iter_mut();
    let Some((_, value)) = fields.find(|(name, _)| name == b"authorization") else {
        return;
    };
    let token = String::from_utf8_lossy(value).into_owned();
    // one that is none already has no members to exchange
    match token
        .strip_prefix("Bearer ")
        .filter(|token| is_token(token))
    {
        Some(token) => *value = [b"Bearer ".as_slice(), &mutated(token, dice)].concat(),
        None => change(value, dice),
    }
}

fn is_token(text: &str) -> bool {
    let object = |part: &str| {
        let bytes = policies::base64url::decode(part.as_bytes()).unwrap_or_default();
        let object: Option<Map<String, Value>> = serde_json::from_slice(&bytes).ok();
        object.is_some_and(|object| !object.is_empty())
    };
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().take(2).all(|part| object(part))
}

fn in_the_body(message: &mut Message, dice: &mut Dice) {
    let Some(pieces) = &mut message.body else {
        message.body = Some(vec![vec![0; dice.below(2000)]]);
        return;
    };
    let Some(piece) = pieces.first_mut() else {
        return;
    };
    match dice.below(6) {
        0 => *piece = piece.repeat(1 + dice.below(40)),
        1 => {
            let (at, deep) = (dice.below(piece.len() + 1), dice.below(3000));
            let open = dice
                .pick(&[b"[".as_slice(), b"{\"a\":", b"\x0a\x7f", b"\r\n--"])
                .repeat(deep);
            piece.splice(at..at, open);
        }
        _ => (0..=dice.below(4)).for_each(|_| change(piece, dice)),
    }
    let whole: Vec<u8> = pieces.concat();
    let size = 1 + dice.below(whole.len() + 1);
    *pieces = whole.chunks(size).take(200).map(<[u8]>::to_vec).collect();
}

/// Over the whole connection: bytes, whole pieces, the end.
fn in_the_bytes(parts: &mut Vec<Vec<u8>>, two: bool, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(parts.len());
        match dice.below(6) {
            0 | 1 => change(&mut parts[at], dice),
            2 => parts.truncate(at + 1),
            3 => parts.insert(at, parts[at].clone()),
            4 if two => parts.insert(at + 1, odd_frame(dice)),
            4 => parts.insert(at, b"0\r\n\r\n".to_vec()),
            _ => {
                let cut = dice.below(parts[at].len() + 1);
                parts[at].truncate(cut);
            }
        }
    }
}

fn change(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.below(bytes.len());
    let byte = *dice.pick(BYTES);
    match dice.below(5) {
        _ if bytes.is_empty() => bytes.push(byte),
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes.insert(at, byte),
        2 => drop(bytes.remove(at)),
        3 => bytes.truncate(at),
        _ => bytes[at] = byte,
    }
}

/// A frame of any kind with anything in it, often on the request's stream.
fn odd_frame(dice: &mut Dice) -> Vec<u8> {
    let kind = u8::try_from(dice.below(12)).unwrap_or_default();
    let flags = u8::try_from(dice.below(256)).unwrap_or_default();
    let stream = *dice.pick(&[http2::STREAM, http2::STREAM, 0, 2, 3, u32::MAX]);
    let payload: Vec<u8> = (0..*dice.pick(&[0, 4, 5, 8, 40]))
        .map(|_| u8::try_from(dice.below(256)).unwrap_or_default())
        .collect();
    http2::frame(kind, flags, stream, &payload)
}
