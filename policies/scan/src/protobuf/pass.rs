//! What lies in one piece of the body as a whole: messages that have a name alone, and fields that do not matter, but for the last
//! one of their message. All others, and those that are wrong, are left to the scanner, which reads their heads byte by byte.

use super::{Calls, DELIMITED, FIXED32, FIXED64, Kind, PREFIX, ScanError, Scanner, VARINT};

/// The kind of a tag.
const DELIMITED_TAG: u32 = 2;
/// Bytes of a tag and a length, where each is one.
const HEAD: u32 = 2;

impl Scanner {
    /// Passes over messages that have nothing but a short name in an outermost field, as many as there are, where one may begin.
    #[inline(always)]
    pub(super) fn pass_messages<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut rest = bytes;
        while let Some((name, length)) = self.named(rest)
            && let Some((whole, after)) = name.split_at_checked(length)
        {
            match name.first_chunk() {
                Some(bytes) if length <= bytes.len() => self.models.note_first(bytes, length)?,
                _ => self.models.note(whole, None)?,
            }
            self.begun = true;
            rest = after;
        }
        Ok(rest)
    }

    /// From the name on that the message is, and its length.
    #[inline(always)]
    fn named<'b>(&self, bytes: &'b [u8]) -> Option<(&'b [u8], usize)> {
        let ([field], Calls::Stream) = (self.fields.path, self.calls) else {
            return None;
        };
        let (head, after) = bytes.split_first_chunk::<{ PREFIX + 2 }>()?;
        let [0, 0, 0, 0, whole, tag, length @ 1..=0x7f] = *head else {
            return None;
        };
        let whole = u32::from(whole);
        let fits = whole == u32::from(length).wrapping_add(HEAD) && u64::from(whole) <= self.limit;
        let wanted = field.number().wrapping_shl(3) | DELIMITED_TAG;
        if !fits || u32::from(tag) != wanted {
            return None;
        }
        Some((after, length.into()))
    }

    /// Passes over as many as there are, where a field is due.
    #[inline(always)]
    pub(super) fn pass_fields<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let mut rest = bytes;
        if let Some(open) = self.open.last() {
            let room = open.end.saturating_sub(self.position);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let low = self.low_that_matter();
            while let Some(after) = self.pass_field(low, rest)
                && bytes.len().wrapping_sub(after.len()) < room
            {
                rest = after;
            }
        }
        let passed = u32::try_from(bytes.len().wrapping_sub(rest.len())).unwrap_or(u32::MAX);
        self.position = self.position.saturating_add(passed);
        rest
    }

    /// One bit for each field below 16 that matters in the innermost message, or may not be there; 0 is none.
    #[inline(always)]
    fn low_that_matter(&self) -> u32 {
        let version = match self.fields.version {
            Some(fields) if self.open.len() == self.fields.path.len() => {
                bit(fields.field) | bit(fields.label.unwrap_or_default())
            }
            _ => 0,
        };
        let refused = match self.open.as_slice() {
            [_] => self.fields.refused,
            _ => &[],
        };
        let name = self.leads_on().map_or(0, |step| bit(step.number()));
        refused
            .iter()
            .fold(1 | version | name, |bits, field| bits | bit(*field))
    }

    #[inline(always)]
    fn matters(&self, field: u32) -> bool {
        self.kind_of(field) != Kind::Other
            || (self.open.len() == 1 && self.fields.refused.contains(&field))
    }

    /// What follows the field that comes first.
    #[inline(always)]
    fn pass_field<'b>(&self, low: u32, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let (tag, after) = number(bytes)?;
        let (field, kind) = (tag.wrapping_shr(3), u64::from(tag & 7));
        let matters = match field {
            0..16 => low.wrapping_shr(field) & 1 != 0,
            _ => self.matters(field),
        };
        if matters {
            return None;
        }
        let (length, after) = match (kind, after) {
            (VARINT, [0..=0x7f, after @ ..]) => return Some(after),
            (VARINT, _) => return after_varint(after),
            (FIXED64, _) => (8, after),
            (FIXED32, _) => (4, after),
            (DELIMITED, _) => number(after)?,
            _ => return None,
        };
        after.get(usize::try_from(length).ok()?..)
    }
}

/// The bit of a field, if it has one.
#[inline(always)]
const fn bit(field: u32) -> u32 {
    if field < 16 {
        1_u32.wrapping_shl(field)
    } else {
        0
    }
}

/// A number of 32 bits in its shortest form, and what follows it.
#[inline(always)]
fn number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [low @ 0..=0x7f, after @ ..] => Some((u32::from(*low), after)),
        [low, high @ 1..=0x7f, after @ ..] => {
            let digits = u32::from(low & 0x7f) | u32::from(*high).wrapping_shl(7);
            Some((digits, after))
        }
        _ => long_number(bytes),
    }
}

#[inline(never)]
fn long_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let digit = |byte: u8, at: u32| u32::from(byte & 0x7f).wrapping_shl(at);
    match bytes {
        [
            a,
            b,
            c @ 0x80..=0xff,
            d @ 0x80..=0xff,
            e @ 1..=0x0f,
            after @ ..,
        ] if *b >= 0x80 => {
            let digits = digit(*a, 0) | digit(*b, 7) | digit(*c, 14) | digit(*d, 21);
            Some((digits | digit(*e, 28), after))
        }
        [a, b, c @ 0x80..=0xff, d @ 1..=0x7f, after @ ..] if *b >= 0x80 => {
            let digits = digit(*a, 0) | digit(*b, 7) | digit(*c, 14) | digit(*d, 21);
            Some((digits, after))
        }
        [a, b, c @ 1..=0x7f, after @ ..] if *b >= 0x80 => {
            Some((digit(*a, 0) | digit(*b, 7) | digit(*c, 14), after))
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
