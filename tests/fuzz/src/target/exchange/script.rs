//! An input as a play: which world, who is believed, what is called in which order, and the request itself as text.

use std::sync::LazyLock;

use policies::head::Head;
use tests::cases::Case;
use tests::cases::message::Message;

use super::super::head::fields;
use crate::input::Input;
use crate::target::NOON;

/// Callers that cases know, with their tokens; `@3` stands for the fourth in a field.
pub static TOKENS: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| CALLERS.iter().map(|who| token(who)).collect());
const CALLERS: [&str; 18] = [
    "ana",
    "ana-ec",
    "lena",
    "carl",
    "olga",
    "sam",
    "rita",
    "rolf",
    "reader",
    "checkout",
    "newsletter",
    "pia",
    "lea",
    "lisa",
    "checkout-pod",
    "kim",
    "vic",
    "nightly-report",
];
const PEERS: [Option<&[u8]>; 4] = [
    None,
    Some(b"spiffe://cluster.local/ns/payments/sa/checkout"),
    Some(b"spiffe://cluster.local/ns/nowhere/sa/nobody"),
    Some(b"spiffe://cluster.local/ns/%/\xff"),
];
/// Lengths of pieces.
const SIZES: [usize; 8] = [1, 2, 3, 7, 16, 61, 255, 1024];

/// One call of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callback {
    /// the head; once more, where it came already
    Head,
    /// so many bytes of the body, and whether their end is said with the last
    Body(usize, bool),
    /// what is left of the body, and its end
    Rest,
    /// trailers
    Trailers,
    /// the model server answers
    Response(u8),
    /// a signature that nobody asked for, or was
    Signature(bool),
    /// keys that nobody asked for, or were
    Keys,
    /// the host failed
    Refuse,
}

/// The play.
#[derive(Debug)]
pub struct Script {
    /// which policy and body mode
    pub world: usize,
    /// URI SAN of the connection's certificate
    pub peer: Option<&'static [u8]>,
    /// what the verifier says of each key that is tried
    pub valid: [bool; 2],
    /// in this order
    pub callbacks: Vec<Callback>,
    /// lengths of pieces, where the body is cut
    pub sizes: Vec<u8>,
    /// the request's head
    pub head: Head,
    /// no more of it than the head promises
    pub body: Vec<u8>,
}

impl Script {
    /// A byte for world, peer and verifier, a number of callbacks, these, then fields as text, a blank line, the body.
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut input = Input(data);
        let setting = input.byte();
        let count = usize::from(input.byte() & 31);
        let calls = input.take(count);
        let text = input.until(b"\n\n");
        let head = Head::new(fields(text).into_iter().map(with_token));
        let length = declared(&head);
        let body = input
            .0
            .get(..length.unwrap_or(usize::MAX))
            .unwrap_or(input.0);
        Some(Self {
            world: usize::from(setting & 3),
            peer: PEERS[usize::from(setting >> 2 & 3)],
            valid: [setting & 16 == 0, setting & 32 == 0],
            callbacks: calls.iter().map(|call| callback(*call)).collect(),
            sizes: calls.to_vec(),
            head,
            body: body.to_vec(),
        })
    }

    /// Whether it looks like a call of gRPC, whose messages are acted on as they come.
    pub fn calls(&self) -> bool {
        self.head
            .values("content-type")
            .any(|value| value.starts_with(b"application/grpc"))
    }

    /// Whether all bytes that the head promises are there: a request that is cut short never ends.
    pub fn is_whole(&self) -> bool {
        declared(&self.head).is_none_or(|length| length == self.body.len())
    }
}

fn callback(byte: u8) -> Callback {
    let size = SIZES[usize::from(byte >> 4 & 7)];
    match (byte & 7, byte >> 3) {
        (0, _) => Callback::Head,
        (1, _) => Callback::Body(size, false),
        (2, _) => Callback::Body(size, true),
        (3, _) => Callback::Rest,
        (4, _) => Callback::Trailers,
        (5, kind) => Callback::Response(kind),
        (6, valid) => Callback::Signature(valid & 1 == 0),
        (_, 0..8) => Callback::Keys,
        _ => Callback::Refuse,
    }
}

fn declared(head: &Head) -> Option<usize> {
    let value = head.values("content-length").next()?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn with_token((name, value): (Vec<u8>, Vec<u8>)) -> (Vec<u8>, Vec<u8>) {
    let number = value
        .strip_prefix(b"Bearer @")
        .filter(|_| name == b"authorization");
    let number = number.and_then(|number| std::str::from_utf8(number).ok()?.parse::<usize>().ok());
    match number.and_then(|number| TOKENS.get(number)) {
        Some(token) => (name, [b"Bearer ", token.as_slice()].concat()),
        None => (name, value),
    }
}

/// A case's message as an input, with these callbacks; tokens of known callers by their number.
pub fn encode(setting: u8, callbacks: &[u8], message: &Message) -> Vec<u8> {
    let count = u8::try_from(callbacks.len() & 31).unwrap_or_default();
    let mut data = [&[setting, count], callbacks].concat();
    let mut field = |name: &[u8], value: &[u8]| data.extend([name, b": ", value, b"\n"].concat());
    field(b":method", &message.method);
    field(b":authority", &message.authority);
    field(b":path", &message.path);
    for (name, value) in &message.headers {
        let known = TOKENS.iter().position(|token| value.ends_with(token));
        match known {
            Some(number) => field(name, format!("Bearer @{number}").as_bytes()),
            None => field(name, value),
        }
    }
    data.extend(b"\n");
    data.extend(message.whole_body());
    data
}

fn token(who: &str) -> Vec<u8> {
    let case =
        format!(r#"{{"name":"any","who":"{who}","expect":{{"verdict":"allow","status":200}}}}"#);
    let case: Case = serde_json::from_str(&case).expect("a case");
    let message = Message::of(&case, NOON, "fuzz");
    let mut fields = message.headers.iter();
    let found = fields.find(|(name, _)| name == b"authorization");
    let (_, value) = found.expect("a caller has a token");
    value.strip_prefix(b"Bearer ").unwrap_or(value).to_vec()
}
