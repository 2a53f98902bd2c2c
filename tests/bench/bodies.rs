//! Bodies of a megabyte that are accepted, each built to cost the most of one part of the scanners.

#[path = "../../policies/scan/examples/worst_bodies/documents.rs"]
mod documents;

use documents::{MEGABYTE, repeated};
use policies::scan::json::{MAX_BESIDE, MAX_NAMES, MAX_ODD_KEYS};

const MESSAGES: usize = 10_000;
const CHAT: &str = "{ like: chat, bodiless: true }";
const STREAM: &str = "{ like: grpc-stream, bodiless: true }";
const BATCH: &str = "{ like: batch, bodiless: true }";

/// A body, and who sends it where.
pub struct Body {
    pub name: &'static str,
    pub who: &'static str,
    pub like: &'static str,
    pub bytes: Vec<u8>,
    /// sent in pieces of so many bytes, without a length
    pub piece: Option<usize>,
}

/// All of them.
pub fn bodies() -> Vec<Body> {
    let body = |name, who, like, bytes| Body {
        name,
        who,
        like,
        bytes,
        piece: None,
    };
    let chat = |(name, text): (&'static str, String)| body(name, "sam", CHAT, text.into_bytes());
    let batch = |(name, text): (&'static str, String)| body(name, "kim", BATCH, text.into_bytes());
    // two that are known again, as many as may be asked, and then the two by turns
    let foxes = |number: u64| match number {
        100..1080 => [format!("fox-{number}"), String::from("fox-two")],
        _ => [String::from("fox-one"), String::from("fox-two")],
    };
    let short = repeated(r#""x":1,"#);
    let short = format!(r#"{{"a":{{{short}"y":1}},"model":"assistant-small"}}"#);
    let mut pieces = chat(("short members in pieces of 1 KiB", short));
    pieces.piece = Some(1024);
    let mut bodies: Vec<Body> = documents::documents("assistant-small", MAX_BESIDE, MAX_ODD_KEYS)
        .into_iter()
        .map(chat)
        .collect();
    bodies.extend(
        documents::batches("anthropic-cat", MAX_NAMES, foxes)
            .into_iter()
            .map(batch),
    );
    bodies.extend([
        pieces,
        body(
            "10,000 gRPC messages, each of a model",
            "ana",
            STREAM,
            messages(),
        ),
        body(
            "fields of two bytes in a gRPC message",
            "ana",
            STREAM,
            fields(),
        ),
    ]);
    bodies
}

/// Each is 15 bytes that name another model.
fn messages() -> Vec<u8> {
    let message = |number: usize| {
        let name = format!("vision-{number:06}");
        framed(&[&[10, 13], name.as_bytes()].concat())
    };
    (0..MESSAGES).flat_map(message).collect()
}

/// One message with as many fields as there is room for.
fn fields() -> Vec<u8> {
    let fields = [0xa2, 6, 0, 24, 1, 26, 0].repeat(MEGABYTE / 7);
    framed(&[b"\x0a\x0dvision-000001", fields.as_slice()].concat())
}

fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], length.to_be_bytes().as_slice(), message].concat()
}
