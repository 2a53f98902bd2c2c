//! The names that a body was found to name, until somebody asks for them.

use super::ScanError;

/// A model that a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// by its name
    pub model: &'a str,
    /// the version that is named with it; a text of at most [`super::MAX_VERSION`] bytes, not empty
    pub version: Option<&'a str>,
}

/// Names in the order of the body, each with its version behind it, one behind the other in one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Models {
    text: String,
    /// where each of them ends, and its version
    ends: Vec<(usize, usize)>,
}

/// What was found and not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Found {
    models: Models,
    /// the last one that was taken, alone
    taken: Option<Box<Models>>,
}

impl Models {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Named<'_>> {
        let mut from = 0;
        self.ends.iter().map(move |ends| {
            let named = self.named(from, *ends);
            (_, from) = *ends;
            named
        })
    }

    /// There are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn named(&self, from: usize, (name, version): (usize, usize)) -> Named<'_> {
        let text = |from, to| self.text.get(from..to).unwrap_or_default();
        Named {
            model: text(from, name),
            version: Some(text(name, version)).filter(|version| !version.is_empty()),
        }
    }

    fn last(&self) -> Option<Named<'_>> {
        let (last, before) = self.ends.split_last()?;
        let from = before.last().map_or(0, |(_, end)| *end);
        Some(self.named(from, *last))
    }

    fn push(&mut self, named: Named<'_>) {
        self.text.push_str(named.model);
        let end = self.text.len();
        self.text.push_str(named.version.unwrap_or_default());
        self.ends.push((end, self.text.len()));
    }

    fn held(&self) -> usize {
        let ends = self.ends.capacity();
        let ends = ends.saturating_mul(size_of::<(usize, usize)>());
        ends.saturating_add(self.text.capacity())
    }
}

impl Found {
    /// One more name; nothing, where the last one was the same.
    #[inline(always)]
    pub(crate) fn note(&mut self, name: &[u8], version: Option<&str>) -> Result<(), ScanError> {
        let taken = || self.taken.as_ref().and_then(|taken| taken.last());
        let last = self.models.last().or_else(taken);
        let same = |last: Named<'_>| last.model.as_bytes() == name && last.version == version;
        if last.is_some_and(same) {
            return Ok(());
        }
        let model = std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.models.push(Named { model, version });
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    pub(crate) fn take(&mut self) -> Models {
        if let Some(last) = self.models.last() {
            let mut alone = Models::default();
            alone.push(last);
            self.taken = Some(Box::new(alone));
        }
        std::mem::take(&mut self.models)
    }

    /// Bytes on the heap.
    pub(crate) fn held(&self) -> usize {
        let alone = |taken: &Models| taken.held().saturating_add(size_of::<Models>());
        let taken = self.taken.as_deref().map_or(0, alone);
        taken.saturating_add(self.models.held())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(models: &Models) -> Vec<(&str, Option<&str>)> {
        models.iter().map(|it| (it.model, it.version)).collect()
    }

    #[test]
    fn names_are_each_once_in_a_row() {
        let mut found = Found::default();
        for name in ["", "", "a", "ab", "ab"] {
            found.note(name.as_bytes(), None).unwrap();
        }
        let models = found.take();
        assert_eq!(shown(&models), [("", None), ("a", None), ("ab", None)]);
        assert!(!models.is_empty());
        found.note(b"ab", None).unwrap();
        assert!(found.take().is_empty());
        found.note(b"a", None).unwrap();
        assert_eq!(shown(&found.take()), [("a", None)]);
        assert_eq!(found.note(b"\xff", None), Err(ScanError::NotAName));
        found.note(b"a", None).unwrap();
        assert!(found.take().is_empty());
    }

    #[test]
    fn another_version_is_another_name() {
        let mut found = Found::default();
        for version in [None, Some("1"), Some("1"), Some("2"), None] {
            found.note(b"a", version).unwrap();
        }
        // no name and version is taken for another name
        found.note(b"a1", None).unwrap();
        let of_a = [None, Some("1"), Some("2"), None].map(|version| ("a", version));
        assert_eq!(shown(&found.take()), [&of_a[..], &[("a1", None)]].concat());
        found.note(b"a", Some("1")).unwrap();
        assert_eq!(shown(&found.take()), [("a", Some("1"))]);
        found.note(b"a", Some("1")).unwrap();
        assert!(found.take().is_empty());
    }
}
