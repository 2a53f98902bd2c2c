//! An input taken apart: numbers from its front, lines, the rest.

/// What of an input was not taken yet.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte; 0 at the end.
    pub const fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((byte, rest)) => {
                self.0 = rest;
                *byte
            }
            None => 0,
        }
    }

    /// One of these, by the next byte.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.byte()) % of.len()]
    }

    /// The next bytes, fewer at the end.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Up to a mark, which is left out; all where there is none.
    pub fn until(&mut self, mark: &[u8]) -> &'a [u8] {
        let at = self.0.windows(mark.len()).position(|part| part == mark);
        match at {
            Some(at) => {
                let (taken, rest) = self.0.split_at(at);
                self.0 = &rest[mark.len()..];
                taken
            }
            None => std::mem::take(&mut self.0),
        }
    }
}

/// A body in pieces whose lengths are taken from `sizes` by turns.
pub fn pieces<'b>(body: &'b [u8], sizes: &[u8]) -> Vec<&'b [u8]> {
    let mut sizes = sizes.iter().map(|size| usize::from(*size).max(1)).cycle();
    let mut rest = Input(body);
    let mut pieces = Vec::new();
    while !rest.0.is_empty() {
        pieces.push(rest.take(sizes.next().unwrap_or(usize::MAX)));
    }
    pieces
}
