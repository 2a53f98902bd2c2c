//! The delimiter between parts, sought in one go over the bytes (Knuth, Morris, Pratt 1977). It is to stand behind CRLF; anywhere
//! else it is refused, because some readers take a delimiter behind a lone line feed, or behind anything.

use crate::{ScanError, runs};

/// What is sought, and how much of it was seen.
#[derive(Debug)]
pub(super) struct Delimiter {
    /// `--` and the boundary
    text: Vec<u8>,
    /// by how many bytes were seen, less one: how many of them may be the beginning of another try
    shorter: Vec<usize>,
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
        let mut length = 0;
        for (at, byte) in text.iter().enumerate() {
            while length > 0 && text.get(length) != Some(byte) {
                length = before(&shorter, length);
            }
            if at > 0 && text.get(length) == Some(byte) {
                length = length.saturating_add(1);
            }
            shorter.push(length);
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
        let shorter = self.shorter.capacity().saturating_mul(size_of::<usize>());
        self.text.capacity().saturating_add(shorter)
    }

    /// Gives the content to `sink`, run by run; what follows the delimiter, once it was read.
    pub(super) fn seek<'b>(
        &mut self,
        bytes: &'b [u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), ScanError>,
    ) -> Result<Option<&'b [u8]>, ScanError> {
        let mut rest = bytes;
        loop {
            if self.matched == 0 {
                let (run, after) = rest
                    .split_at_checked(runs::before(rest, b'-'))
                    .ok_or(ScanError::Malformed)?;
                self.tail.pass(run, &mut sink)?;
                rest = after;
            }
            let Some((byte, after)) = rest.split_first() else {
                return Ok(None);
            };
            rest = after;
            self.step(*byte, &mut sink)?;
            if self.matched == self.text.len() {
                self.matched = 0;
                self.tail.end()?;
                return Ok(Some(rest));
            }
        }
    }

    fn step(
        &mut self,
        byte: u8,
        sink: &mut impl FnMut(&[u8]) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        while self.matched > 0 && self.text.get(self.matched) != Some(&byte) {
            let shorter = before(&self.shorter, self.matched);
            let passed = self.matched.saturating_sub(shorter);
            let passed = self.text.get(..passed).unwrap_or_default();
            self.tail.pass(passed, sink)?;
            self.matched = shorter;
        }
        if self.text.get(self.matched) == Some(&byte) {
            self.matched = self.matched.saturating_add(1);
            return Ok(());
        }
        self.tail.pass(&[byte], sink)
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

fn before(shorter: &[usize], length: usize) -> usize {
    let at = length.checked_sub(1);
    at.and_then(|at| shorter.get(at)).copied().unwrap_or(0)
}
