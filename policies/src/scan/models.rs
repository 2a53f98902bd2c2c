//! The names that a body was found to name, until somebody asks for them.

use super::ScanError;

/// Names in the order of the body.
#[derive(Debug, Default)]
pub(super) struct Models {
    found: Vec<String>,
    /// the last one found, taken or not
    last: Option<Vec<u8>>,
}

impl Models {
    /// One more name; nothing, where the last one was the same.
    pub(super) fn note(&mut self, name: &[u8]) -> Result<(), ScanError> {
        if self.last.as_deref() == Some(name) {
            return Ok(());
        }
        let text = std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.found.push(text.to_owned());
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(name);
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    pub(super) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        let last = self.last.as_ref().map_or(0, Vec::capacity);
        let list = self.found.capacity().saturating_mul(size_of::<String>());
        let names = self.found.iter().map(String::capacity);
        names.fold(list.saturating_add(last), usize::saturating_add)
    }
}
