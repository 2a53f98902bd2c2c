//! The names that a body was found to name, until somebody asks for them.

use super::ScanError;

/// Names in the order of the body, one behind the other in one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    text: String,
    /// where each of them ends
    ends: Vec<usize>,
}

/// What was found and not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Found {
    models: Models,
    /// the last one that was taken
    taken: Option<Box<str>>,
}

impl Models {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let name = self.text.get(from..*end).unwrap_or_default();
            from = *end;
            name
        })
    }

    /// There are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn last(&self) -> Option<&str> {
        let (_, before) = self.ends.split_last()?;
        self.text.get(before.last().copied().unwrap_or_default()..)
    }
}

impl Found {
    /// One more name; nothing, where the last one was the same.
    #[inline(always)]
    pub(crate) fn note(&mut self, name: &[u8]) -> Result<(), ScanError> {
        let last = self.models.last().or(self.taken.as_deref());
        if last.is_some_and(|last| last.as_bytes() == name) {
            return Ok(());
        }
        let text = std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.models.text.push_str(text);
        self.models.ends.push(self.models.text.len());
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    pub(crate) fn take(&mut self) -> Models {
        if let Some(last) = self.models.last() {
            self.taken = Some(last.into());
        }
        std::mem::take(&mut self.models)
    }

    /// Bytes on the heap.
    pub(crate) fn held(&self) -> usize {
        let taken = self.taken.as_ref().map_or(0, |taken| taken.len());
        let ends = self
            .models
            .ends
            .capacity()
            .saturating_mul(size_of::<usize>());
        let text = self.models.text.capacity();
        taken.saturating_add(ends).saturating_add(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_each_once_in_a_row() {
        let mut found = Found::default();
        for name in ["", "", "a", "ab", "ab"] {
            found.note(name.as_bytes()).unwrap();
        }
        let models = found.take();
        assert_eq!(models.iter().collect::<Vec<_>>(), ["", "a", "ab"]);
        assert!(!models.is_empty());
        found.note(b"ab").unwrap();
        assert!(found.take().is_empty());
        found.note(b"a").unwrap();
        assert!(found.take().iter().eq(["a"]));
        assert_eq!(found.note(b"\xff"), Err(ScanError::NotAName));
        found.note(b"a").unwrap();
        assert!(found.take().is_empty());
    }
}
