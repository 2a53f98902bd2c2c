//! Changes of a request, by a seeded generator: up to three of them, each of which some server, proxy or gateway reads in another
//! way than its neighbour.

use serde::Deserialize;
use tests::cases::message::{Ending, Message};
use tests::mutation::Dice;

mod gzip;
mod headers;
mod json;
mod protobuf;
mod target;

/// Names that requests are changed with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Words {
    /// models that the caller may use, as the audit event names them
    pub mine: Vec<String>,
    /// a model that the caller may not use
    pub theirs: String,
    /// hosts of other servers
    pub hosts: Vec<String>,
    /// paths, or other endings of a path, that some server has
    pub paths: Vec<String>,
}

/// What is wrapped around every change: the request, the names, and the generator.
type Change = fn(&mut Message, &Words, &mut Dice);

/// The message with none to three changes.
pub fn changed(mut message: Message, words: &Words, dice: &mut Dice) -> Message {
    let grpc = message.http == 2;
    for _ in 0..dice.below(4) {
        let change: &[Change] = match dice.below(5) {
            0 | 1 => target::CHANGES,
            2 => headers::CHANGES,
            _ if grpc => protobuf::CHANGES,
            _ => json::CHANGES,
        };
        dice.pick(change)(&mut message, words, dice);
    }
    if message.body.is_some() && dice.below(6) == 0 {
        in_pieces(&mut message, dice);
    }
    framed(message)
}

/// The body arrives bit by bit.
fn in_pieces(message: &mut Message, dice: &mut Dice) {
    let mut rest = message.whole_body();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let cut = (1 + dice.below(24)).min(rest.len());
        let tail = rest.split_off(cut);
        pieces.push(rest);
        rest = tail;
    }
    message.body = Some(pieces);
}

/// Says how long its body is where it is one piece, so that only what is meant to be confusing is.
fn framed(mut message: Message) -> Message {
    let framing: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
    message
        .headers
        .retain(|(name, _)| !framing.iter().any(|field| name.eq_ignore_ascii_case(field)));
    if let Some([whole]) = message.body.as_deref() {
        let length = whole.len().to_string().into_bytes();
        message.headers.push((b"content-length".to_vec(), length));
    }
    message.ending = Ending::Data;
    message
}

/// The text with the first `old` replaced.
fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    match text.windows(old.len().max(1)).position(|part| part == old) {
        Some(at) if !old.is_empty() => [&text[..at], new, &text[at + old.len()..]].concat(),
        _ => text.to_vec(),
    }
}

/// One of the models in a text, if one is there.
fn named<'w>(text: &[u8], words: &'w Words) -> Option<&'w str> {
    let names = words.mine.iter().chain([&words.theirs]);
    names
        .map(String::as_str)
        .find(|name| crate::record::holds(text, name.as_bytes()))
}

/// Any of the models.
fn any_name<'w>(words: &'w Words, dice: &mut Dice) -> &'w str {
    let at = dice.below(words.mine.len() + 1);
    words.mine.get(at).unwrap_or(&words.theirs)
}
