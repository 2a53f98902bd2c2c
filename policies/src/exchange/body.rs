//! A request body on its way through the scanner of its profile.

use crate::bundle::{BodyMode, BodyPolicy};
use crate::decision::Reason;
use crate::profile::Source;
use scan::json::{self, Documents, Names};
use scan::multipart::{self, Form};
use scan::protobuf::{self, Calls};
use scan::{Models, ScanError};

/// Longest message of a gRPC stream whose bytes are not held: what its length can say.
const LONGEST_MESSAGE: u64 = i32::MAX as u64;
/// `model` beside a model in the path
const OPTIONAL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: false,
};
const OPTIONAL_PART: Form = Form {
    field: "model",
    json: None,
    required: false,
};

/// What was read so far.
#[derive(Debug)]
pub(super) struct Body {
    scanner: Scanner,
    policy: BodyPolicy,
    read: u64,
    /// `content-length`: who has read so many bytes has the whole request, whether or not its end was said
    declared: Option<u64>,
    /// each message is acted on as it comes
    streams: bool,
    ended: bool,
}

#[derive(Debug)]
enum Scanner {
    Json(json::Scanner),
    Form(Box<multipart::Scanner>),
    Messages(protobuf::Scanner),
}

impl Body {
    /// A body before its first byte, where it can name a model.
    pub(super) fn new(
        source: Source,
        boundary: Option<&[u8]>,
        policy: BodyPolicy,
        declared: Option<u64>,
    ) -> Option<Self> {
        // a form without a boundary does not fit the operation, and does not come here
        let boundary = boundary.unwrap_or_default();
        let form = |form| Scanner::Form(Box::new(multipart::Scanner::new(form, boundary)));
        let longest = match policy.mode {
            BodyMode::Hold => policy.limit,
            BodyMode::Stream => LONGEST_MESSAGE,
        };
        let messages =
            |fields, calls| Scanner::Messages(protobuf::Scanner::new(fields, calls, longest));
        let scanner = match source {
            Source::Route | Source::Server | Source::List(_) | Source::Path => return None,
            Source::PathAndBody | Source::ServerAndBody => {
                Scanner::Json(json::Scanner::new(OPTIONAL))
            }
            Source::Json(names) => Scanner::Json(json::Scanner::new(names)),
            Source::PathAndForm => form(OPTIONAL_PART),
            Source::Form(parts) => form(parts),
            Source::Message(fields) => messages(fields, Calls::Unary),
            Source::Messages(fields) => messages(fields, Calls::Stream),
        };
        Some(Self {
            scanner,
            policy,
            read: 0,
            declared,
            streams: matches!(source, Source::Messages(_)),
            ended: false,
        })
    }

    /// Reads the next bytes: the models that they complete the names of. At the end, said by `end` or by the length, the body must
    /// be whole and have named what it must.
    pub(super) fn feed(&mut self, chunk: &[u8], end: bool) -> Result<Models, Reason> {
        let models = self.scan(chunk)?;
        self.ended = end || self.declared.is_some_and(|declared| self.read >= declared);
        if self.ended {
            self.finish().map_err(reason)?;
        }
        Ok(models)
    }

    /// Whether it is one thing, and not messages that go on for as long as somebody likes.
    pub(super) const fn is_document(&self) -> bool {
        matches!(self.scanner, Scanner::Json(_) | Scanner::Form(_))
    }

    /// Whether all of it was read.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Whether what was read may leave as soon as all that it names is allowed. In body mode `hold` a body that ended may, and of a
    /// stream of messages, which need not end, each whole one.
    pub(super) fn may_leave(&self) -> bool {
        match (self.policy.mode, &self.scanner) {
            (BodyMode::Stream, _) => true,
            (BodyMode::Hold, Scanner::Messages(scanner)) => {
                self.ended || (self.streams && scanner.is_between())
            }
            (BodyMode::Hold, _) => self.ended,
        }
    }

    /// Whether something may leave of which nothing was judged yet.
    pub(super) fn leaves_unjudged(&self) -> bool {
        self.policy.mode == BodyMode::Stream
    }

    /// What is held is bounded: as a whole, or where there are messages, each of them. What is within the bound is read first, so
    /// that no way of cutting a body changes its answer.
    fn scan(&mut self, chunk: &[u8]) -> Result<Models, Reason> {
        let room = match (self.policy.mode, &self.scanner) {
            (BodyMode::Hold, Scanner::Json(_) | Scanner::Form(_)) => {
                usize::try_from(self.policy.limit.saturating_sub(self.read)).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        };
        let within = chunk.get(..room).unwrap_or(chunk);
        let read = match &mut self.scanner {
            Scanner::Json(scanner) => scanner.feed(within).map(|()| scanner.take_models()),
            Scanner::Form(scanner) => scanner.feed(within).map(|()| scanner.take_models()),
            Scanner::Messages(scanner) => scanner.feed(within).map(|()| scanner.take_models()),
        };
        let models = read.map_err(reason)?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(length);
        if within.len() < chunk.len() {
            return Err(Reason::BodyTooLarge);
        }
        Ok(models)
    }

    fn finish(&self) -> Result<(), ScanError> {
        match &self.scanner {
            Scanner::Json(scanner) => scanner.finish(),
            Scanner::Form(scanner) => scanner.finish(),
            Scanner::Messages(scanner) => scanner.finish(),
        }
    }
}

const fn reason(error: ScanError) -> Reason {
    match error {
        ScanError::Malformed => Reason::BodyMalformed,
        ScanError::Compressed => Reason::EncodingRefused,
        ScanError::TooLarge | ScanError::TooMany => Reason::BodyTooLarge,
        ScanError::Missing => Reason::ModelMissing,
        ScanError::NotAName => Reason::ModelMalformed,
        ScanError::Conflict => Reason::ModelConflict,
    }
}
