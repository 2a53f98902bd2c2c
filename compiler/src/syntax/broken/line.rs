//! A line of a text: how far it is indented, and the value that it gives to a field.

use std::ops::Range;

use crate::syntax::tag::value_end;

/// A line by its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// where it begins
    pub start: usize,
    /// where its first field or text begins, behind the `- ` of entries
    pub begin: usize,
    /// where it ends, before its line break
    pub end: usize,
}

impl Line {
    /// The line in which this place is.
    pub fn at(text: &str, place: usize) -> Self {
        let before = text.get(..place).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let mut content = line.trim_start_matches(' ');
        while let Some(entry) = content.strip_prefix("- ") {
            content = entry.trim_start_matches(' ');
        }
        Self {
            start,
            begin: start + line.len() - content.len(),
            end: start + line.len(),
        }
    }

    /// The last line before it that is not empty.
    pub fn before(text: &str, line: &Self) -> Option<Self> {
        let mut start = line.start;
        while start > 0 {
            let before = Self::at(text, start - 1);
            if before.begin < before.end {
                return Some(before);
            }
            start = before.start;
        }
        None
    }

    /// Without its indentation.
    pub fn content<'a>(&self, text: &'a str) -> &'a str {
        text.get(self.begin..self.end).unwrap_or_default()
    }

    /// How far it is indented.
    pub const fn column(&self) -> usize {
        self.begin - self.start
    }

    /// Where the value stands, where the line is `name: value`.
    pub fn value(&self, text: &str) -> Option<Range<usize>> {
        let content = self.content(text);
        let (key, value) = content.split_once(": ")?;
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let start = self.end - value.trim_start_matches(' ').len();
        let end = value_end(text, start);
        (is_key && start < end).then_some(start..end)
    }
}

/// Where the document begins in which this place is.
pub fn document(text: &str, place: usize) -> usize {
    let line_of = |place: usize| {
        let before = text.get(..place).unwrap_or_default();
        before.rfind('\n').map_or(0, |end| end + 1)
    };
    let mut start = line_of(place);
    loop {
        let line = text.get(start..).unwrap_or_default();
        if start == 0 || line.starts_with("---") || line.starts_with("...") {
            return start;
        }
        start = line_of(start - 1);
    }
}
