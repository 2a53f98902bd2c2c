//! What a case sends: a head, a body in pieces, and how it ends.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use anyhow::{Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Case;
use super::expand::expand;
use crate::backend::ANSWER;

/// The requests that cases start from.
static KNOWN: LazyLock<BTreeMap<String, Request>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../cases/known/requests.yaml"))
        .expect("known/requests.yaml parses")
});
const DEFAULT: &str = "predict";

/// `request` of a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// known request to start from
    like: Option<String>,
    method: Option<Bytes>,
    host: Option<Bytes>,
    path: Option<Bytes>,
    /// after those that every request has, in this order; repeated where repeated here
    #[serde(default)]
    headers: Vec<(Bytes, Bytes)>,
    body: Option<Bytes>,
    /// the body in pieces, instead of `body`
    chunks: Option<Vec<Bytes>>,
    /// no body at all
    #[serde(default)]
    bodiless: bool,
    #[serde(default)]
    ending: Ending,
    #[serde(default)]
    trailers: Vec<(Bytes, Bytes)>,
    /// the backend answers as soon as it sees the head
    #[serde(default)]
    early: bool,
    /// the body comes without its head, which must not occur
    #[serde(default)]
    headless: bool,
    /// where it comes from, as no client of this Envoy does
    address: Option<String>,
    /// what the backend answers, instead of a plain text
    answer: Option<Answer>,
    /// version of HTTP that it goes to Envoy with: 1 unless given
    http: Option<u8>,
}

/// What a backend answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// status
    #[serde(default = "ok")]
    pub status: u16,
    /// fields besides those of the body's length
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// the body, as text
    pub body: String,
}

const fn ok() -> u16 {
    200
}

/// Text with marks, or bytes that are no UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Bytes {
    /// with marks as in [`super::expand`]
    Text(String),
    /// anything
    Base64 {
        /// with padding
        base64: String,
    },
    /// anything, in two notations
    Hex {
        /// pairs of hex digits, and texts between `"`; blanks do not count
        hex: String,
    },
    /// a gRPC message, framed: uncompressed, with its length
    Grpc {
        /// as `hex`
        grpc: String,
    },
}

/// How the request ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// the last bytes of the body say so
    #[default]
    Data,
    /// an empty last piece says so
    Empty,
    /// trailers
    Trailers,
    /// not at all: the client waits
    Never,
    /// the client breaks it off
    Reset,
}

/// A request, ready to be sent.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// `:method`
    pub method: Vec<u8>,
    /// `:authority`
    pub authority: Vec<u8>,
    /// `:path`
    pub path: Vec<u8>,
    /// all others, in order
    pub headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// `None`: the head ends the request
    pub body: Option<Vec<Vec<u8>>>,
    /// how it ends, where it has a body
    pub ending: Ending,
    /// fields of the trailers
    pub trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// URI SAN of the connection's certificate
    pub peer: Option<Vec<u8>>,
    /// the backend answers as soon as it sees the head
    pub early: bool,
    /// the body comes without its head
    pub headless: bool,
    /// where it comes from, if not from here
    pub address: Option<String>,
    /// what the backend answers, instead of a plain text
    pub answer: Option<Answer>,
    /// 1 or 2
    pub http: u8,
}

impl Message {
    /// The message of a case at `now`, with this request id.
    #[must_use]
    pub fn of(case: &Case, now: u64, id: &str) -> Self {
        let request = case.request.whole();
        let bytes = |bytes: &Option<Bytes>| bytes.as_ref().map_or(Vec::new(), |it| it.get(now));
        let mut headers = vec![(b"x-request-id".to_vec(), id.as_bytes().to_vec())];
        let authorization = case.who.authorization(now);
        headers.extend(
            authorization
                .into_iter()
                .map(|value| (b"authorization".to_vec(), value.into_bytes())),
        );
        headers.extend(pairs(&request.headers, now));
        if let Some(answer) = &request.answer {
            headers.push((ANSWER.into(), answer.to_header().into_bytes()));
        }
        let body = request.pieces(now);
        if let Some(length) = request.length(&headers, body.as_deref()) {
            headers.push((b"content-length".to_vec(), length.to_string().into_bytes()));
        }
        Self {
            method: bytes(&request.method),
            authority: bytes(&request.host),
            path: bytes(&request.path),
            headers,
            body,
            ending: request.ending,
            trailers: pairs(&request.trailers, now),
            peer: case.who.peer().map(String::into_bytes),
            early: request.early,
            headless: request.headless,
            address: request.address,
            answer: request.answer,
            http: request.http.unwrap_or(1),
        }
    }

    /// What `content-length` says: a server that has so many bytes has the whole request.
    #[must_use]
    pub fn length(&self) -> Option<usize> {
        let mut fields = self.headers.iter();
        let (_, value) = fields.find(|(name, _)| name == b"content-length")?;
        String::from_utf8_lossy(value).parse().ok()
    }

    /// The client's address as Envoy has it, where it believes what is before it: the last that `x-forwarded-for` names.
    #[must_use]
    pub fn address(&self) -> String {
        if let Some(address) = &self.address {
            return address.clone();
        }
        let forwarded = self.headers.iter().rev();
        let mut forwarded = forwarded.filter(|(name, _)| name == b"x-forwarded-for");
        let last = forwarded.next().and_then(|(_, value)| {
            let value = String::from_utf8_lossy(value);
            let last = value.rsplit(',').next().unwrap_or_default();
            last.trim().parse::<IpAddr>().ok()
        });
        let client = SocketAddr::from(([127, 0, 0, 1], 40_000));
        let address = last.map_or(client, |address| SocketAddr::new(address, 0));
        address.to_string()
    }

    /// Whether it is a gRPC call, as its client and Envoy see it.
    #[must_use]
    pub fn is_grpc_call(&self) -> bool {
        let mut types = self
            .headers
            .iter()
            .filter(|(name, _)| name == b"content-type");
        let called =
            |value: &[u8]| value == b"application/grpc" || value.starts_with(b"application/grpc+");
        matches!((types.next(), types.next()), (Some((_, value)), None) if called(value))
    }

    /// The whole body.
    #[must_use]
    pub fn whole_body(&self) -> Vec<u8> {
        self.body
            .as_ref()
            .map(|body| body.concat())
            .unwrap_or_default()
    }
}

impl Answer {
    /// As a request tells it to the backend.
    #[must_use]
    pub fn to_header(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).expect("texts and numbers"))
    }

    /// From what a request told.
    #[must_use]
    pub fn of_header(value: &str) -> Option<Self> {
        serde_json::from_slice(&STANDARD.decode(value).ok()?).ok()
    }

    /// The value of a field.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers.iter();
        fields
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }
}

impl Request {
    pub(super) fn check(&self) -> Result<()> {
        if let Some(name) = &self.like
            && !KNOWN.contains_key(name)
        {
            bail!("no request is called `{name}`");
        }
        if self.body.is_some() && self.chunks.is_some() {
            bail!("`body` and `chunks`: take one");
        }
        if (self.ending == Ending::Trailers) == self.trailers.is_empty() {
            bail!("`ending: trailers` needs `trailers`, and they it");
        }
        Ok(())
    }

    /// With everything that the known request has and this one does not say.
    fn whole(&self) -> Self {
        let name = self.like.as_deref().unwrap_or(DEFAULT);
        let known = KNOWN.get(name).cloned().unwrap_or_default();
        let own = self.clone();
        let overridden = |name: &Bytes| own.headers.iter().any(|(own, _)| own == name);
        let mut headers = known.headers;
        headers.retain(|(name, _)| !overridden(name));
        headers.extend(own.headers);
        Self {
            headers,
            http: own.http.or(known.http),
            method: own.method.or(known.method),
            host: own.host.or(known.host),
            path: own.path.or(known.path),
            body: own.body.or(known.body),
            ..self.clone()
        }
    }

    /// What `content-length` says: a body in one piece has one, unless the case says otherwise.
    fn length(&self, headers: &[(Vec<u8>, Vec<u8>)], body: Option<&[Vec<u8>]>) -> Option<usize> {
        let framing: [&[u8]; 2] = [b"content-length", b"transfer-encoding"];
        let framed = headers
            .iter()
            .any(|(name, _)| framing.iter().any(|field| name.eq_ignore_ascii_case(field)));
        let one_piece = self.ending == Ending::Data && self.chunks.is_none() && !framed;
        body.filter(|_| one_piece).map(|body| body.concat().len())
    }

    fn pieces(&self, now: u64) -> Option<Vec<Vec<u8>>> {
        if self.bodiless {
            return None;
        }
        match (&self.chunks, &self.body) {
            (Some(chunks), _) => Some(chunks.iter().map(|chunk| chunk.get(now)).collect()),
            (None, body) => body.as_ref().map(|body| vec![body.get(now)]),
        }
    }
}

impl Bytes {
    fn get(&self, now: u64) -> Vec<u8> {
        match self {
            Self::Text(text) => expand(text, now, &|_| None).into_bytes(),
            Self::Base64 { base64 } => STANDARD.decode(base64).expect("base64 in a case"),
            Self::Hex { hex } => plain(hex, now),
            Self::Grpc { grpc } => {
                let message = plain(grpc, now);
                let length = u32::try_from(message.len()).expect("a short message");
                [&[0], length.to_be_bytes().as_slice(), &message].concat()
            }
        }
    }
}

/// Hex digits and quoted texts by turns.
fn plain(text: &str, now: u64) -> Vec<u8> {
    let text = expand(text, now, &|_| None);
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => digits(part),
        _ => part.as_bytes().to_vec(),
    };
    text.split('"').enumerate().flat_map(part).collect()
}

fn digits(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text
        .chars()
        .filter(|digit| !digit.is_whitespace())
        .collect();
    let value = |digit: &char| digit.to_digit(16).expect("hex digits in a case");
    let byte = |pair: &[char]| pair.iter().fold(0, |byte, digit| byte * 16 + value(digit));
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::try_from(byte(pair)).expect("two digits"))
        .collect()
}

fn pairs(fields: &[(Bytes, Bytes)], now: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pair = |(name, value): &(Bytes, Bytes)| (name.get(now), value.get(now));
    fields.iter().map(pair).collect()
}
