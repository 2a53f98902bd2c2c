//! The names that a body was found to name, until somebody asks for them.

use super::ScanError;

/// Names in the order of the body.
#[derive(Debug, Default)]
pub(super) struct Models {
    found: Vec<String>,
    /// the last one found, taken or not
    last: Option<String>,
}

impl Models {
    /// One more name; nothing, where the last one was the same.
    pub(super) fn note(&mut self, name: &[u8]) -> Result<(), ScanError> {
        if self
            .last
            .as_ref()
            .is_some_and(|last| last.as_bytes() == name)
        {
            return Ok(());
        }
        let name = std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.found.push(name.to_owned());
        self.last = Some(name.to_owned());
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        let names = self.found.iter().chain(&self.last);
        let list = self.found.capacity().saturating_mul(size_of::<String>());
        names.fold(list, |sum, name| sum.saturating_add(name.capacity()))
    }
}
