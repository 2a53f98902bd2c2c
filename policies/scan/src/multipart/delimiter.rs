//! The delimiter between parts, sought in one go over the bytes (Knuth, Morris, Pratt 1977). It is to stand behind CRLF; anywhere
//! else it is refused, because some readers take a delimiter behind a lone line feed, or behind anything.

use crate::{ScanError, runs};

/// There is no other try.
const NONE: usize = usize::MAX;

/// What is sought, and how much of it was seen.
#[derive(Debug)]
pub(super) struct Delimiter {
    /// `--` and the boundary
    text: Vec<u8>,
    /// by how many bytes were seen: how many of them may be the beginning of another try, where the next one is none of this one
    shorter: Vec<Option<u8>>,
    matched: usize,
    tail: Tail,
}

/// The last bytes of the content: they are no content if a delimiter follows.
#[derive(Debug, Default)]
struct Tail {
    held: [u8; 2],
    count: u8,
}

impl Delimiter {
    pub(super) fn new(boundary: &[u8]) -> Self {
        let text = [b"--", boundary].concat();
        let mut shorter = Vec::with_capacity(text.len());
        shorter.push(None);
        let mut length = 0_usize;
        for byte in text.iter().skip(1) {
            let same = text.get(length) == Some(byte);
            // what would go on with the byte that was not there is no other try
            shorter.push(match same {
                true => shorter.get(length).copied().flatten(),
                // a boundary has 70 bytes at most
                false => u8::try_from(length).ok(),
            });
            while length != NONE && text.get(length) != Some(byte) {
                length = at(&shorter, length);
            }
            // behind none comes 0
            length = length.wrapping_add(1);
        }
        Self {
            text,
            shorter,
            matched: 0,
            tail: Tail::default(),
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Bytes on the heap.
    pub(super) fn held(&self) -> usize {
        let shorter = { self.shorter.capacity() }.saturating_mul(size_of::<Option<u8>>());
        self.text.capacity().saturating_add(shorter)
    }

    /// Gives the content to `sink`, in few runs; what follows the delimiter, once it was read.
    pub(super) fn seek<'b>(
        &mut self,
        bytes: &'b [u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), ScanError>,
    ) -> Result<Option<&'b [u8]>, ScanError> {
        let before = self.matched;
        let rest = self.advance(bytes);
        // what was seen before these bytes is no content if it still may be the delimiter's beginning
        let read = bytes.len().saturating_sub(rest.len());
        let content = before.saturating_add(read).saturating_sub(self.matched);
        let seen = self.text.get(..before.min(content)).unwrap_or_default();
        self.tail.pass(seen, &mut sink)?;
        let here = content.saturating_sub(before);
        self.tail
            .pass(bytes.get(..here).unwrap_or_default(), &mut sink)?;
        if self.matched < self.text.len() {
            return Ok(None);
        }
        self.matched = 0;
        self.tail.end()?;
        Ok(Some(rest))
    }

    /// Reads up to the end of the delimiter, or all.
    fn advance<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut rest = bytes;
        while let (Some(due), Some((byte, after))) =
            (self.text.get(self.matched), rest.split_first())
        {
            if byte == due {
                self.matched = self.matched.wrapping_add(1);
                rest = after;
            } else if self.matched == 0 {
                // two dashes are its beginning
                let passed = runs::before_two(rest, b'-');
                rest = rest.get(passed..).unwrap_or_default();
            } else {
                rest = self.fall_back(*byte, rest);
            }
        }
        rest
    }

    /// This byte does not go on with what was matched, but perhaps with a part of it.
    #[inline(always)]
    fn fall_back<'b>(&mut self, byte: u8, bytes: &'b [u8]) -> &'b [u8] {
        let shorter = at(&self.shorter, self.matched);
        // only where all that was matched is one byte, the same takes its place
        let same = shorter.wrapping_add(1) == self.matched && self.text.first() == Some(&byte);
        if same {
            let run = bytes.iter().position(|other| *other != byte);
            return bytes.get(run.unwrap_or(bytes.len())..).unwrap_or_default();
        }
        self.matched = if shorter == NONE { 0 } else { shorter };
        bytes
    }
}

impl Tail {
    fn pass(
        &mut self,
        run: &[u8],
        sink: &mut impl FnMut(&[u8]) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        match (run, self.count) {
            ([], _) => {}
            ([first @ .., one, two], count) => {
                sink(self.held.get(..usize::from(count)).unwrap_or_default())?;
                sink(first)?;
                self.held = [*one, *two];
                self.count = 2;
            }
            ([byte], 0) => {
                self.held = [*byte, 0];
                self.count = 1;
            }
            ([byte], 1) => {
                self.held = [self.held[0], *byte];
                self.count = 2;
            }
            ([byte], _) => {
                sink(&[self.held[0]])?;
                self.held = [self.held[1], *byte];
            }
        }
        Ok(())
    }

    /// A delimiter was read.
    fn end(&mut self) -> Result<(), ScanError> {
        if (self.count, self.held) != (2, *b"\r\n") {
            return Err(ScanError::Malformed);
        }
        self.count = 0;
        Ok(())
    }
}

fn at(shorter: &[Option<u8>], length: usize) -> usize {
    let shorter = shorter.get(length).copied().flatten();
    shorter.map_or(NONE, usize::from)
}
