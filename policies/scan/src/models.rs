//! The names that a body was found to name, until somebody asks for them.

use super::ScanError;
use super::lanes::{WIDTH, halves, padded};

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
    /// all of it is UTF-8
    text: Vec<u8>,
    /// as in [`Models`]
    ends: Vec<(usize, usize)>,
    last: Last,
    /// the text of the last one with its version, where it is long
    long: Vec<u8>,
}

/// What was found last, whether or not it was taken.
#[derive(Debug, Clone, Copy, Default)]
enum Last {
    #[default]
    Nothing,
    /// a name that fits, without a version
    Short(Short),
    /// where its version begins
    Long(usize),
}

/// A name of at most sixteen bytes.
#[derive(Debug, Clone, Copy)]
struct Short {
    /// its first eight letters, with zeros behind them
    low: u64,
    /// and its others
    high: u64,
    length: usize,
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
}

impl Found {
    /// One more name; nothing, where the last one was the same.
    #[inline(never)]
    pub(crate) fn note(&mut self, name: &[u8], version: Option<&str>) -> Result<(), ScanError> {
        if version.is_none() && name.len() <= WIDTH {
            return self.note_first(&padded(name), name.len());
        }
        let version = version.unwrap_or_default().as_bytes();
        let same = match self.last {
            Last::Long(end) => self.long.split_at_checked(end) == Some((name, version)),
            _ => false,
        };
        if same {
            return Ok(());
        }
        std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        self.last = Last::Long(name.len());
        self.long = [name, version].concat();
        let end = self.text.len().saturating_add(name.len());
        self.text.extend_from_slice(&self.long);
        self.ends.push((end, self.text.len()));
        Ok(())
    }

    /// The same, where so many of these bytes are a name without a version: no other than all of them are moved, and that is quick.
    #[inline(always)]
    pub(crate) fn note_first(
        &mut self,
        bytes: &[u8; WIDTH],
        length: usize,
    ) -> Result<(), ScanError> {
        let short = Short::of(bytes, length);
        if let Last::Short(last) = self.last
            && last.is(short)
        {
            return Ok(());
        }
        self.push_first(bytes, length, short.is_ascii())?;
        self.last = Last::Short(short);
        Ok(())
    }

    #[inline(never)]
    fn push_first(
        &mut self,
        bytes: &[u8; WIDTH],
        length: usize,
        ascii: bool,
    ) -> Result<(), ScanError> {
        if !ascii {
            let name = bytes.get(..length).unwrap_or_default();
            std::str::from_utf8(name).map_err(|_| ScanError::NotAName)?;
        }
        let end = self.text.len().saturating_add(length);
        self.text.extend_from_slice(bytes);
        self.text.truncate(end);
        self.ends.push((end, end));
        Ok(())
    }

    /// Those that were not taken yet. None: nothing is allocated.
    #[inline(never)]
    pub(crate) fn take(&mut self) -> Models {
        Models {
            text: String::from_utf8(std::mem::take(&mut self.text)).unwrap_or_default(),
            ends: std::mem::take(&mut self.ends),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn held(&self) -> usize {
        let ends = self.ends.capacity();
        let ends = ends.saturating_mul(size_of::<(usize, usize)>());
        ends.saturating_add(self.text.capacity())
            .saturating_add(self.long.capacity())
    }
}

impl Short {
    #[inline(always)]
    fn of(bytes: &[u8; WIDTH], length: usize) -> Self {
        let [low, high] = halves(bytes);
        Self {
            low: low & first(length.min(8)),
            high: high & first(length.saturating_sub(8)),
            length,
        }
    }

    /// Word by word: as an array they would be written to memory, and read from there before they have arrived.
    #[inline(always)]
    const fn is(self, other: Self) -> bool {
        let differ = (self.low ^ other.low) | (self.high ^ other.high);
        differ == 0 && self.length == other.length
    }

    #[inline(always)]
    const fn is_ascii(self) -> bool {
        (self.low | self.high) & u64::from_le_bytes([0x80; 8]) == 0
    }
}

/// The bits of so many of eight bytes.
#[inline(always)]
fn first(count: usize) -> u64 {
    let bits = u32::try_from(count.wrapping_shl(3)).unwrap_or(u32::MAX);
    !u64::MAX.checked_shl(bits).unwrap_or(0)
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
