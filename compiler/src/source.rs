//! Named texts and places in them.

use std::fmt;

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// path as the user gave it, or `REV:PATH` of a revision; a path with a colon begins with `/` or `.`
    pub name: String,
    /// bytes; not necessarily UTF-8
    pub bytes: Vec<u8>,
}

/// A place in a [`Source`], all of one, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// position in the list of sources
    pub source: usize,
    /// first byte
    pub start: usize,
    /// byte after the last
    pub end: usize,
    /// line, counted from 1; 0 where only the file is known
    pub line: usize,
    /// column in Unicode scalar values, counted from 1
    pub column: usize,
}

impl Span {
    /// No place: what is about all files together.
    pub const NOWHERE: Self = Self {
        source: usize::MAX,
        ..Self::file(0)
    };

    /// All of a file.
    #[must_use]
    pub const fn file(source: usize) -> Self {
        Self {
            source,
            start: 0,
            end: 0,
            line: 0,
            column: 0,
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}
