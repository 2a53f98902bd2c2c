//! How the head describes the body. Servers choose their decoder by it, and Envoy the form of its answers.

use crate::decision::Reason;
use crate::head::Head;
use crate::profile::{Operation, Source};

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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// protobuf messages, by either name
    Grpc,
    /// gRPC in another form (`-web`, `+json`), or in another spelling: servers differ in what they take it for
    AlmostGrpc,
    Other,
}

impl Content {
    pub(super) fn read(head: &Head) -> Result<Self, Reason> {
        let kind = head.only("content-type")?.map_or(Kind::Other, kind);
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

    /// Whether it is what the operation takes.
    pub(super) fn fits(&self, operation: &Operation) -> Result<(), Reason> {
        let kind = if operation.grpc {
            self.kind == Kind::Grpc
        } else {
            self.kind == Kind::Other
        };
        let readable = match operation.model {
            Source::Route | Source::Path => true,
            Source::Body => !self.encoded,
            Source::Message(_) | Source::Messages(_) => !self.encoded && !self.messages_encoded,
        };
        if kind && readable {
            Ok(())
        } else {
            Err(Reason::EncodingRefused)
        }
    }
}

/// Whether the client calls with gRPC, as Envoy sees it, and expects an answer in its form.
pub(super) fn is_grpc_call(head: &Head) -> bool {
    let called = |value: &[u8]| matches!(value.strip_prefix(GRPC), Some([] | [b'+', ..]));
    head.only("content-type")
        .is_ok_and(|value| value.is_some_and(called))
}

fn kind(value: &[u8]) -> Kind {
    let beginning = value.get(..GRPC.len()).unwrap_or_default();
    match value.strip_prefix(GRPC) {
        Some(b"" | b"+proto") => Kind::Grpc,
        _ if beginning.eq_ignore_ascii_case(GRPC) => Kind::AlmostGrpc,
        _ => Kind::Other,
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
