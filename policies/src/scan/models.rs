//! The names that a body was found to name, until somebody asks for them.

use super::{Named, ScanError};

/// Names in the order of the body.
#[derive(Debug, Default)]
pub(super) struct Models {
    found: Vec<Named>,
    /// the last one found, taken or not
    last: Option<Vec<u8>>,
    /// and its version
    version: Option<String>,
}

impl Models {
    /// One more name; nothing, where the last one was the same.
    pub(super) fn note(&mut self, name: &[u8], version: Option<String>) -> Result<(), ScanError> {
        if self.last.as_deref() == Some(name) && self.version == version {
            return Ok(());
        }
        let text = std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.found.push(Named {
            model: text.to_owned(),
            version: version.clone(),
        });
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(name);
        self.version = version;
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    pub(super) fn take(&mut self) -> Vec<Named> {
        std::mem::take(&mut self.found)
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        let version = |version: &Option<String>| version.as_ref().map_or(0, String::capacity);
        let last = self.last.as_ref().map_or(0, Vec::capacity);
        let list = self.found.capacity().saturating_mul(size_of::<Named>());
        let own = [list, last, version(&self.version)];
        let found = self.found.iter();
        let names = found.flat_map(|named| [named.model.capacity(), version(&named.version)]);
        own.into_iter().chain(names).fold(0, usize::saturating_add)
    }
}
