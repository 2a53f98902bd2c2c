//! Numbers in base 128 (<https://protobuf.dev/programming-guides/encoding/#varints>).

use super::super::ScanError;

/// A number in base 128, lowest digit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Varint {
    value: u64,
    shift: u32,
}

/// What one more byte makes of a varint.
pub(super) enum Grown {
    More(Varint),
    /// `shortest`: nobody would write it in fewer bytes
    Whole {
        value: u64,
        shortest: bool,
    },
}

impl Varint {
    /// At most ten bytes; the tenth has one bit of 64.
    #[inline(always)]
    pub(super) fn grow(self, byte: u8) -> Result<Grown, ScanError> {
        if self.shift >= 63 && byte > 1 {
            return Err(ScanError::Malformed);
        }
        let digit = u64::from(byte & 0x7f);
        let value = self.value | digit.checked_shl(self.shift).ok_or(ScanError::Malformed)?;
        if byte & 0x80 == 0 {
            let shortest = byte != 0 || self.shift == 0;
            return Ok(Grown::Whole { value, shortest });
        }
        let shift = self.shift.saturating_add(7);
        Ok(Grown::More(Self { value, shift }))
    }
}
