//! A request body on its way through the scanner, counted against the bundle's limit.

use crate::decision::Reason;
use crate::scan::json::{ScanError, Scanner};

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Body {
    scanner: Scanner,
    read: u64,
}

impl Body {
    /// Reads the next bytes; with `end` the body must be complete and name exactly one model.
    pub(super) fn feed(&mut self, chunk: &[u8], end: bool, limit: u64) -> Result<(), Reason> {
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.read = self.read.saturating_add(length);
        if self.read > limit {
            return Err(Reason::BodyTooLarge);
        }
        self.scanner.feed(chunk).map_err(reason)?;
        if end {
            self.scanner.finish().map(|_| ()).map_err(reason)
        } else {
            Ok(())
        }
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
