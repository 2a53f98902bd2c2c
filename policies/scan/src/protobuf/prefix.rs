//! The five bytes before a message, with which it begins.

use super::super::ScanError;
use super::{Calls, Open, PREFIX, Scanner, State};

impl Scanner {
    /// The same as byte by byte.
    #[inline(always)]
    pub(super) fn whole_prefix<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        match bytes {
            [0, a, b, c, d, after @ ..] if !self.begun || self.calls == Calls::Stream => {
                self.begin(u32::from_be_bytes([*a, *b, *c, *d]))?;
                Ok(after)
            }
            [byte, after @ ..] => self.prefix(0, 0, *byte).map(|()| after),
            [] => Ok(bytes),
        }
    }

    /// One byte that says whether the message is compressed, four of its length, highest first.
    pub(super) fn prefix(&mut self, read: u8, length: u32, byte: u8) -> Result<(), ScanError> {
        let length = match (read, byte) {
            (0, _) if self.begun && self.calls == Calls::Unary => return Err(ScanError::Malformed),
            (0, 0) => 0,
            (0, 1) => return Err(ScanError::Compressed),
            (0, _) => return Err(ScanError::Malformed),
            _ => length.wrapping_shl(8) | u32::from(byte),
        };
        let read = read.saturating_add(1);
        if usize::from(read) < PREFIX {
            self.state = State::Prefix { read, length };
            return Ok(());
        }
        self.begin(length)
    }

    /// A message begins.
    fn begin(&mut self, length: u32) -> Result<(), ScanError> {
        if u64::from(length) > self.limit {
            return Err(ScanError::TooLarge);
        }
        self.position = 0;
        self.open.push(Open::until(length));
        self.after_field()
    }
}
