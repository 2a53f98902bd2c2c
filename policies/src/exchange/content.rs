//! How the head describes the body. Servers choose their decoder by it, and Envoy the form of its answers.

use crate::decision::Reason;
use crate::head::Head;
use crate::profile::{BodyKind, Operation, Source};
use scan::multipart;

const GRPC: &[u8] = b"application/grpc";

/// What the head says of the body.
#[derive(Debug)]
pub(super) struct Content {
    kind: Kind,
    encoded: bool,
    /// messages inside the body may be compressed, where they say so
    messages_encoded: bool,
    pub(super) length: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// protobuf messages, by either name
    Grpc,
    /// gRPC in another form (`-web`, `+json`), or in another spelling: servers differ in what they take it for
    AlmostGrpc,
    /// a form with parts, between lines with these bytes
    Form(Vec<u8>),
    /// JSON in UTF-8, or nothing is said
    Json,
    Other,
}

impl Content {
    #[inline(never)]
    pub(super) fn read(head: &Head) -> Result<Self, Reason> {
        let kind = head.only("content-type")?.map_or(Kind::Json, kind);
        let encoded = |name| {
            let value = head.only(name)?;
            Ok(value.is_some_and(|value| !value.eq_ignore_ascii_case(b"identity")))
        };
        Ok(Self {
            kind,
            encoded: encoded("content-encoding")?,
            messages_encoded: encoded("grpc-encoding")?,
            length: head.only("content-length")?.map(number).transpose()?,
        })
    }

    /// What a profile's lines go by.
    pub(super) const fn body(&self) -> BodyKind {
        match self.kind {
            Kind::Grpc | Kind::AlmostGrpc => BodyKind::Grpc,
            Kind::Form(_) => BodyKind::Form,
            Kind::Json | Kind::Other => BodyKind::Other,
        }
    }

    /// Whether it is what the operation takes. A body that names a model must be called what it is read as: a server that takes
    /// the same bytes for a form, or for other characters, could find another name.
    pub(super) fn fits(&self, operation: &Operation) -> Result<(), Reason> {
        let calls = matches!(self.kind, Kind::Grpc | Kind::AlmostGrpc);
        let kind = match operation.model {
            _ if operation.grpc => self.kind == Kind::Grpc,
            Source::Json(_) | Source::PathAndBody | Source::ServerAndBody => {
                self.kind == Kind::Json
            }
            Source::Form(_) | Source::PathAndForm => matches!(self.kind, Kind::Form(_)),
            _ => !calls,
        };
        let readable = match operation.model {
            Source::Route | Source::Server | Source::List(_) | Source::Path => true,
            Source::Json(_)
            | Source::PathAndBody
            | Source::ServerAndBody
            | Source::Form(_)
            | Source::PathAndForm => !self.encoded,
            Source::Message(_) | Source::Messages(_) => !self.encoded && !self.messages_encoded,
        };
        if kind && readable {
            Ok(())
        } else {
            Err(Reason::EncodingRefused)
        }
    }

    /// What stands between the parts of a form.
    pub(super) fn boundary(self) -> Option<Vec<u8>> {
        match self.kind {
            Kind::Form(boundary) => Some(boundary),
            _ => None,
        }
    }
}

/// Whether the client calls with gRPC, as Envoy sees it, and expects an answer in its form.
pub(super) fn is_grpc_call(head: &Head) -> bool {
    let called = |value: &[u8]| matches!(value.strip_prefix(GRPC), Some([] | [b'+', ..]));
    head.only("content-type")
        .is_ok_and(|value| value.is_some_and(called))
}

/// Whether these bytes are JSON, and their characters UTF-8: `application/json`, with no parameter but `charset=utf-8`.
pub(super) fn is_json(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let utf8 = |parameter: &[u8]| {
        matches!(
            parameter,
            b"" | b"charset=utf-8" | b"charset=\"utf-8\"" | b"charset=utf8"
        )
    };
    parts.next() == Some(b"application/json") && parts.all(utf8)
}

fn kind(value: &[u8]) -> Kind {
    let beginning = value.get(..GRPC.len()).unwrap_or_default();
    match value.strip_prefix(GRPC) {
        Some(b"" | b"+proto") => Kind::Grpc,
        _ if beginning.eq_ignore_ascii_case(GRPC) => Kind::AlmostGrpc,
        _ if is_json(value) => Kind::Json,
        _ => multipart::boundary(value).map_or(Kind::Other, Kind::Form),
    }
}

/// RFC 9110 section 8.6: digits, nothing else.
fn number(text: &[u8]) -> Result<u64, Reason> {
    let digits = text.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(text).ok().filter(|_| digits);
    number
        .and_then(|number| number.parse().ok())
        .ok_or(Reason::HeaderRefused)
}
