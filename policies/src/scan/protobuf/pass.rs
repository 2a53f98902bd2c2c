//! Fields that do not matter and lie in one piece of the body as a whole, but for the last one of their message. All others, and
//! those that are wrong, are left to the scanner, which reads their heads byte by byte.

use super::{DELIMITED, FIXED32, FIXED64, Kind, Scanner, VARINT};

impl Scanner {
    /// Passes over as many as there are, where a field is due.
    #[inline(always)]
    pub(super) fn pass_fields<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut rest = bytes;
        if let Some(open) = self.open.last() {
            let room = open.end.saturating_sub(self.position);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            while let Some(after) = self.pass_field(rest)
                && bytes.len().wrapping_sub(after.len()) < room
            {
                rest = after;
            }
        }
        let passed = u32::try_from(bytes.len().wrapping_sub(rest.len())).unwrap_or(u32::MAX);
        self.position = self.position.saturating_add(passed);
        rest
    }

    /// What follows the field that comes first.
    #[inline(always)]
    fn pass_field<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let (tag, after) = number(bytes)?;
        let (field, kind) = (tag.wrapping_shr(3), u64::from(tag & 7));
        let matters = self.kind_of(field) != Kind::Other;
        let refused = self.open.len() == 1 && self.fields.refused.contains(&field);
        if field == 0 || matters || refused {
            return None;
        }
        let (length, after) = match kind {
            VARINT => (0, after_varint(after)?),
            FIXED64 => (8, after),
            FIXED32 => (4, after),
            DELIMITED => number(after)?,
            _ => return None,
        };
        after.get(usize::try_from(length).ok()?..)
    }
}

/// A number below 2^14 in its shortest form, and what follows it.
#[inline(always)]
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [low @ 0..=0x7f, after @ ..] => Some((u32::from(*low), after)),
        [low, high @ 1..=0x7f, after @ ..] => {
            let digits = u32::from(low & 0x7f) | u32::from(*high).wrapping_shl(7);
            Some((digits, after))
        }
        _ => None,
    }
}

/// What follows a varint, where as many bytes as the longest could have are there.
#[inline(always)]
fn after_varint(bytes: &[u8]) -> Option<&[u8]> {
    let (eight, after) = bytes.split_first_chunk()?;
    let ends = !u64::from_le_bytes(*eight) & u64::from_le_bytes([0x80; 8]);
    match (ends, after) {
        (0, [0..=0x7f, after @ ..] | [0x80..=0xff, 0..=1, after @ ..]) => Some(after),
        (0, _) => None,
        _ => bytes.get(
            usize::try_from(ends.trailing_zeros())
                .ok()?
                .wrapping_shr(3)
                .wrapping_add(1)..,
        ),
    }
}
