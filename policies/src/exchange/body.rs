//! A request body on its way through the scanner of its profile, counted against the bundle's limit.

use crate::bundle::{BodyMode, BodyPolicy};
use crate::decision::Reason;
use crate::profile::Source;
use crate::scan::ScanError;
use crate::scan::json::{self, Documents, Names};
use crate::scan::protobuf::{self, Calls, Field, Fields};

const MODEL: Names = Names {
    path: &["model"],
    documents: Documents::One,
    required: true,
};

/// What was read so far.
#[derive(Debug)]
pub(super) struct Body {
    scanner: Scanner,
    policy: BodyPolicy,
    read: u64,
    /// `content-length`: who has read so many bytes has the whole request, whether or not its end was said
    declared: Option<u64>,
    ended: bool,
    model: Option<String>,
    /// a server that takes messages one by one has something to act on
    streamed: bool,
}

#[derive(Debug)]
enum Scanner {
    Json(json::Scanner),
    Messages(protobuf::Scanner, Calls),
}

impl Body {
    /// A body before its first byte, where it names the model.
    pub(super) fn new(source: Source, policy: BodyPolicy, declared: Option<u64>) -> Option<Self> {
        let messages = |path, calls| {
            let scanner = protobuf::Scanner::new(fields(path), calls, policy.limit);
            Scanner::Messages(scanner, calls)
        };
        let scanner = match source {
            Source::Route | Source::Path => return None,
            Source::Body => Scanner::Json(json::Scanner::new(MODEL)),
            Source::Message(path) => messages(path, Calls::Unary),
            Source::Messages(path) => messages(path, Calls::Stream),
        };
        Some(Self {
            scanner,
            policy,
            read: 0,
            declared,
            ended: false,
            model: None,
            streamed: false,
        })
    }

    /// Reads the next bytes. At the end, said by `end` or by the length, the body must be complete and name exactly one model.
    pub(super) fn feed(&mut self, chunk: &[u8], end: bool) -> Result<(), Reason> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(length);
        self.scan(chunk)?;
        self.note_models().map_err(reason)?;
        self.ended = end || self.declared.is_some_and(|declared| self.read >= declared);
        if self.ended {
            self.finish().map_err(reason)?;
        }
        Ok(())
    }

    /// Whether all of it was read.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// The model, as soon as it may be decided on: in body mode `hold` by a body that ended. A stream of messages need not end, and
    /// its server acts on the first: that one is what is held.
    pub(super) fn model(&self) -> Option<String> {
        let decides = match self.policy.mode {
            BodyMode::Stream => true,
            BodyMode::Hold => self.ended || self.streamed,
        };
        self.model.clone().filter(|_| decides)
    }

    /// One body names one model.
    fn note_models(&mut self) -> Result<(), ScanError> {
        let models = match &mut self.scanner {
            Scanner::Json(scanner) => scanner.take_models(),
            Scanner::Messages(scanner, _) => scanner.take_models(),
        };
        for model in models {
            match &self.model {
                Some(known) if *known != model => return Err(ScanError::Conflict),
                Some(_) => {}
                None => self.model = Some(model),
            }
        }
        if let Scanner::Messages(scanner, Calls::Stream) = &self.scanner {
            self.streamed |= scanner.is_between() && self.model.is_some();
        }
        Ok(())
    }

    /// The limit is one message's, where there are messages.
    fn scan(&mut self, chunk: &[u8]) -> Result<(), Reason> {
        match &mut self.scanner {
            Scanner::Json(_) if self.read > self.policy.limit => Err(Reason::BodyTooLarge),
            Scanner::Json(scanner) => scanner.feed(chunk).map_err(reason),
            Scanner::Messages(scanner, _) => scanner.feed(chunk).map_err(reason),
        }
    }

    fn finish(&self) -> Result<(), ScanError> {
        match &self.scanner {
            Scanner::Json(scanner) => scanner.finish(),
            Scanner::Messages(scanner, _) => scanner.finish(),
        }
    }
}

/// The profiles know one path. A path of no field is never found, and its messages are refused.
const fn fields(path: &[u32]) -> Fields {
    Fields {
        path: match path {
            [1] => &[Field::One(1)],
            _ => &[],
        },
        refused: &[],
    }
}

const fn reason(error: ScanError) -> Reason {
    match error {
        ScanError::Malformed => Reason::BodyMalformed,
        ScanError::Compressed => Reason::EncodingRefused,
        ScanError::TooLarge => Reason::BodyTooLarge,
        ScanError::Missing => Reason::ModelMissing,
        ScanError::NotAName => Reason::ModelMalformed,
        ScanError::Conflict => Reason::ModelConflict,
    }
}
