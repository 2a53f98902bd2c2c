//! HTTP/2 by hand (RFC 9113): one stream, frames as the case has them, header fields as literals, so that nothing is tidied up.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail};
use tests::cases::message::{Ending, Message};

use crate::backend::EARLY;
use crate::client::Answer;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const LARGEST_FRAME: usize = 16_384;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
/// The only stream there is.
pub const STREAM: u32 = 1;
/// `grpc-status` in the Huffman code of RFC 7541 appendix B, with its length
const GRPC_STATUS: &[u8] = &[0x88, 0x9a, 0xca, 0xc8, 0xb2, 0x12, 0x34, 0xda, 0x8f];
const CANCEL: u32 = 8;

/// Sends the message on a fresh connection and reads the answer.
pub fn exchange(stream: &mut (impl Read + Write), message: &Message) -> Result<Answer> {
    stream.write_all(&parts(message).concat())?;
    read(stream)
}

/// Preface and frames as they go out.
pub fn parts(message: &Message) -> Vec<Vec<u8>> {
    let mut parts = vec![PREFACE.to_vec(), frame(SETTINGS, 0, 0, &[])];
    parts.extend(frames(message));
    parts
}

fn frames(message: &Message) -> Vec<Vec<u8>> {
    let end = if message.body.is_none() {
        END_STREAM
    } else {
        0
    };
    let mut frames = vec![frame(HEADERS, END_HEADERS | end, STREAM, &head(message))];
    let pieces: Vec<&[u8]> = message
        .body
        .iter()
        .flatten()
        .flat_map(|piece| piece.chunks(LARGEST_FRAME))
        .collect();
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.iter().enumerate() {
        let end = at == last && message.ending == Ending::Data;
        frames.push(frame(DATA, u8::from(end) * END_STREAM, STREAM, piece));
    }
    match message.ending {
        Ending::Empty => frames.push(frame(DATA, END_STREAM, STREAM, &[])),
        Ending::Trailers => {
            let fields: Vec<u8> = message.trailers.iter().flat_map(literal).collect();
            frames.push(frame(HEADERS, END_HEADERS | END_STREAM, STREAM, &fields));
        }
        Ending::Reset => frames.push(frame(RST_STREAM, 0, STREAM, &CANCEL.to_be_bytes())),
        Ending::Data | Ending::Never => {}
    }
    frames
}

fn head(message: &Message) -> Vec<u8> {
    let field = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
    let mut fields = vec![
        field(":method", &message.method),
        field(":scheme", b"http"),
        field(":authority", &message.authority),
        field(":path", &message.path),
    ];
    fields.extend(message.headers.clone());
    if message.early {
        fields.push(field(EARLY, b"1"));
    }
    fields.iter().flat_map(literal).collect()
}

/// One frame, as RFC 9113 section 4.1 has it.
pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .expect("a short frame")
        .to_be_bytes();
    let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
    [head.as_slice(), payload].concat()
}

/// A literal field that is never indexed (RFC 7541 section 6.2.3), without Huffman coding.
fn literal((name, value): &(Vec<u8>, Vec<u8>)) -> Vec<u8> {
    [&[0x10], string(name).as_slice(), string(value).as_slice()].concat()
}

/// RFC 7541 sections 5.1 and 5.2.
fn string(bytes: &[u8]) -> Vec<u8> {
    let mut coded = Vec::new();
    match u8::try_from(bytes.len()) {
        Ok(length) if length < 127 => coded.push(length),
        _ => {
            coded.push(127);
            let mut rest = bytes.len() - 127;
            while rest >= 128 {
                coded.push(u8::try_from(rest % 128).expect("below 128") | 128);
                rest /= 128;
            }
            coded.push(u8::try_from(rest).expect("below 128"));
        }
    }
    coded.extend(bytes);
    coded
}

/// Reads frames until the stream ends; nothing within the time limit is no answer.
fn read(stream: &mut impl Read) -> Result<Answer> {
    let mut answer = Answer::NOTHING;
    loop {
        let mut head = [0; 9];
        if stream.read_exact(&mut head).is_err() {
            return Ok(answer);
        }
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let mut payload = vec![0; length];
        stream.read_exact(&mut payload)?;
        let (kind, flags) = (head[3], head[4]);
        match kind {
            HEADERS if answer.status == 0 => {
                answer.status = status(&payload, flags)?;
                answer.grpc_status = grpc_status(&payload)?;
            }
            DATA => answer.body.extend(payload),
            RST_STREAM | GOAWAY => return Ok(answer),
            _ => {}
        }
        if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
            return Ok(answer);
        }
    }
}

/// `:status` comes first: an entry of the static table (RFC 7541 appendix A), or a literal with its name.
fn status(block: &[u8], flags: u8) -> Result<u16> {
    let known = [200, 204, 206, 304, 400, 404, 500];
    match block {
        _ if flags & PADDED != 0 => bail!("a padded head"),
        [index @ 0x88..=0x8e, ..] => Ok(known[usize::from(index - 0x88)]),
        [0x08 | 0x18 | 0x48, value @ ..] => number(value),
        _ => bail!("the head does not begin with `:status`: {block:02x?}"),
    }
}

/// A literal with the name `grpc-status`, wherever it is: names are coded by bytes, so that nothing else looks like it.
fn grpc_status(block: &[u8]) -> Result<Option<u16>> {
    let Some(at) = block
        .windows(GRPC_STATUS.len())
        .position(|part| part == GRPC_STATUS)
    else {
        return Ok(None);
    };
    number(&block[at + GRPC_STATUS.len()..]).map(Some)
}

/// The number that a literal value holds (RFC 7541 section 5.2): its length, with the highest bit for a coded one, then its text.
fn number(value: &[u8]) -> Result<u16> {
    let (length, rest) = value.split_first().context("a cut head")?;
    let text = rest
        .get(..usize::from(length & 0x7f))
        .context("a cut head")?;
    let digits = match length & 0x80 {
        0 => text.to_vec(),
        _ => digits(text)?,
    };
    Ok(String::from_utf8(digits)?.parse()?)
}

/// At most three digits in the Huffman code of RFC 7541 appendix B: `0` to `2` have five bits, `3` to `9` six; what is left of
/// the last byte are ones.
fn digits(coded: &[u8]) -> Result<Vec<u8>> {
    let bits: Vec<u8> = coded
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1))
        .collect();
    let number = |bits: &[u8]| bits.iter().fold(0, |number, bit| number << 1 | bit);
    let mut rest = bits.as_slice();
    let mut found = Vec::new();
    while found.len() < 3 && rest.contains(&0) {
        let short = number(rest.get(..5).context("a cut digit")?);
        if short < 3 {
            found.push(b'0' + short);
            rest = &rest[5..];
        } else {
            let long = number(rest.get(..6).context("a cut digit")?);
            found.push(b'3' + long.checked_sub(0b01_1001).context("not a digit")?);
            rest = &rest[6..];
        }
    }
    Ok(found)
}
