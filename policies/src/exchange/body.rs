//! A request body on its way through the scanner, counted against the bundle's limit.

use crate::decision::Reason;
use crate::scan::json::{ScanError, Scanner};

/// What was read so far.
#[derive(Debug)]
pub(super) struct Body {
    scanner: Scanner,
    read: u64,
    /// `content-length`: who has read so many bytes has the whole request, whether or not its end was said
    declared: Option<u64>,
}

impl Body {
    pub(super) fn new(declared: Option<u64>) -> Self {
        Self {
            scanner: Scanner::new(),
            read: 0,
            declared,
        }
    }

    /// Reads the next bytes. At the end, said by `end` or by the length, the body must be complete and name exactly one model.
    /// Answers whether that was the end.
    pub(super) fn feed(&mut self, chunk: &[u8], end: bool, limit: u64) -> Result<bool, Reason> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(length);
        if self.read > limit {
            return Err(Reason::BodyTooLarge);
        }
        self.scanner.feed(chunk).map_err(reason)?;
        let end = end || self.declared.is_some_and(|declared| self.read >= declared);
        if end {
            self.scanner.finish().map_err(reason)?;
        }
        Ok(end)
    }

    /// The model, once its value is complete.
    pub(super) fn model(&self) -> Option<String> {
        self.scanner.model().map(str::to_owned)
    }
}

const fn reason(error: ScanError) -> Reason {
    match error {
        ScanError::Malformed => Reason::BodyMalformed,
        ScanError::Missing => Reason::ModelMissing,
        ScanError::NotAName => Reason::ModelMalformed,
        ScanError::Conflict => Reason::ModelConflict,
    }
}
