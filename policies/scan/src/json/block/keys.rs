//! The keys of objects on the path, of which one may be the path's step or be taken for it.

use crate::aliases::{MAX_KEY, has_alias_of, is_alias, is_near};
use crate::planes::{BLOCK, Planes};
use crate::strings::Inside;
use crate::text;

/// Of each byte one bit.
pub(super) struct Keys {
    /// a quote begins a key
    pub(super) begins: u64,
    /// and one ends it that has to be looked at
    pub(super) ends: u64,
    pub(super) letters: Letters,
}

/// What keys are made of, one bit a byte.
#[derive(Clone, Copy)]
pub(super) struct Letters {
    /// what stands in no name that matters
    pub(super) odd: u64,
    /// the `u` of each escape with digits
    pub(super) units: u64,
    /// bytes that go on with a character
    pub(super) continued: u64,
}

impl Letters {
    #[inline(always)]
    pub(super) fn of(planes: Planes, inside: Inside) -> Self {
        let beyond = planes.bit(0x80);
        let (odd, continued) = match beyond {
            0 => (0, 0),
            _ => {
                // the bytes of the letters that are folded to ASCII
                let folded = [0xc5, 0xbf, 0xe2, 0x84, 0xaa].map(|byte| planes.is(byte));
                let folded = folded.into_iter().fold(0, |all, byte| all | byte);
                (beyond & !folded, beyond & !planes.bit(0x40))
            }
        };
        Self {
            odd: odd | inside.others,
            units: inside.units,
            continued,
        }
    }

    /// Those that end a key, of which some matter perhaps; `strings` are all of them up to their last quote.
    #[inline(always)]
    pub(super) const fn worth_a_look(self, begins: u64, ends: u64, strings: u64) -> u64 {
        let usual = strings & !begins & !self.odd;
        // shorter ones are nobody's alias, and no step
        let two = begins.wrapping_shl(1) | begins.wrapping_shl(2);
        let short = two | two.wrapping_shl(2);
        begins.wrapping_shl(1).wrapping_add(usual) & ends & !short
    }
}

impl Keys {
    /// The quote before the first one that is read in another way than the others.
    #[inline(always)]
    pub(super) fn first_that_matters(&self, block: &[u8; BLOCK], step: &str) -> Option<u64> {
        let mut ends = self.ends;
        while ends != 0 {
            let end = ends & ends.wrapping_neg();
            let before = end.wrapping_sub(1);
            let begin = self.begins & before;
            let last = begin.checked_ilog2()?;
            let within = before & u64::MAX.wrapping_shl(last);
            if self.matters(block, step, within)? {
                return Some(1_u64.wrapping_shl(last));
            }
            ends &= !end;
        }
        None
    }

    /// Whether the key that these bytes and a quote are is the step, or is taken for it.
    #[inline(always)]
    fn matters(&self, block: &[u8; BLOCK], step: &str, within: u64) -> Option<bool> {
        let (units, continued) = (self.letters.units & within, self.letters.continued & within);
        let length = within.count_ones().wrapping_sub(1);
        let spare = units
            .count_ones()
            .wrapping_mul(5)
            .wrapping_add(continued.count_ones());
        let letters = usize::try_from(length.wrapping_sub(spare)).ok()?;
        if !has_alias_of(letters) && step.len() != letters {
            return Some(false);
        }
        let from = usize::try_from(within.trailing_zeros())
            .ok()?
            .wrapping_add(1);
        let bytes = block.get(from..)?;
        if units | continued == 0 {
            return Some(is_one(bytes, letters, step));
        }
        let key = bytes.get(..usize::try_from(length).ok()?)?;
        let mut undone = [0; MAX_KEY];
        Some(undo(key, &mut undone).is_some() && is_one(&undone, letters, step))
    }
}

/// Whether so many of the bytes are a key that matters.
#[inline(always)]
fn is_one(bytes: &[u8], length: usize, step: &str) -> bool {
    let near = is_near(bytes, length).unwrap_or(true) || is_like_step(bytes, length, step);
    near && bytes.get(..length).is_some_and(|key| is_alias(key, step))
}

#[inline(always)]
fn is_like_step(bytes: &[u8], length: usize, step: &str) -> bool {
    let key = bytes.get(..length).unwrap_or_default();
    key.eq_ignore_ascii_case(step.as_bytes())
}

/// The key without escapes; nothing, where it has other letters than those of ASCII and what is folded to them, or is long.
#[inline(never)]
fn undo(key: &[u8], letters: &mut [u8; MAX_KEY]) -> Option<()> {
    let mut rest = key;
    for letter in letters {
        let Some(first) = rest.first() else {
            return Some(());
        };
        let (character, after) = match (first, rest) {
            (0..=0x7f, [_, after @ ..]) if *first != b'\\' => (char::from(*first), after),
            (b'\\', _) => text::escaped(rest)?,
            (_, [0xc5, 0xbf, after @ ..]) => ('\u{17f}', after),
            (_, [0xe2, 0x84, 0xaa, after @ ..]) => ('\u{212a}', after),
            _ => return None,
        };
        *letter = match character {
            '\u{17f}' => b's',
            '\u{212a}' => b'k',
            _ => u8::try_from(character).ok().filter(u8::is_ascii)?,
        };
        rest = after;
    }
    rest.is_empty().then_some(())
}
