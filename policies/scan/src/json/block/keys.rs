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
                let folded = planes.is(0xc5) | planes.is(0xbf);
                let folded = folded | planes.is(0xe2) | planes.is(0x84) | planes.is(0xaa);
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
        let Letters {
            units, continued, ..
        } = self.letters;
        let mut undone = [0; MAX_KEY];
        let mut ends = self.ends;
        while ends != 0 {
            let end = ends.trailing_zeros();
            ends &= ends.wrapping_sub(1);
            let before = !u64::MAX.wrapping_shl(end);
            let begin = (self.begins & before).checked_ilog2()?;
            let within = before & u64::MAX.wrapping_shl(begin);
            let key = block.get(usize::try_from(begin).ok()?..)?.get(1..)?;
            let length = end.wrapping_sub(begin).wrapping_sub(1);
            let matters = if (units | continued) & within == 0 {
                is_one(key, usize::try_from(length).ok()?, step)
            } else {
                let spare = (units & within).count_ones().wrapping_mul(5);
                let spare = spare.wrapping_add((continued & within).count_ones());
                let letters = usize::try_from(length.wrapping_sub(spare)).ok()?;
                let key = key.get(..usize::try_from(length).ok()?)?;
                (has_alias_of(letters) || letters == step.len())
                    && undo(key, &mut undone).is_some()
                    && is_one(&undone, letters, step)
            };
            if matters {
                return Some(1_u64.wrapping_shl(begin));
            }
        }
        None
    }
}

/// Whether so many of the bytes are a key that is the step, or is taken for it.
#[inline(always)]
fn is_one(bytes: &[u8], length: usize, step: &str) -> bool {
    let near = has_alias_of(length) && is_near(bytes, length).unwrap_or(true);
    (near || is_like(bytes, step, length)) && is_one_for_sure(bytes, length, step)
}

#[inline(always)]
fn is_like(bytes: &[u8], step: &str, length: usize) -> bool {
    let same = |(byte, letter): (&u8, &u8)| byte.to_ascii_lowercase() == *letter;
    length == step.len() && bytes.iter().zip(step.as_bytes()).all(same)
}

#[inline(never)]
fn is_one_for_sure(bytes: &[u8], length: usize, step: &str) -> bool {
    bytes.get(..length).is_some_and(|key| is_alias(key, step))
}

/// The key without escapes; nothing, where it has other letters than those of ASCII and what is folded to them, or is long.
#[inline(never)]
fn undo(key: &[u8], letters: &mut [u8; MAX_KEY]) -> Option<()> {
    let mut rest = key;
    for letter in letters {
        (*letter, rest) = match rest {
            [byte @ (0..=b'[' | b']'..=0x7f), after @ ..] => (*byte, after),
            [] => return Some(()),
            [b'\\', b'u', b'0', b'0', high, low, after @ ..] => {
                let byte = text::byte([*high, *low])?;
                (Some(byte).filter(u8::is_ascii)?, after)
            }
            [b'\\', b'u', b'0', b'1', b'7', b'f' | b'F', after @ ..] | [0xc5, 0xbf, after @ ..] => {
                (b's', after)
            }
            [b'\\', b'u', b'2', b'1', b'2', b'a' | b'A', after @ ..]
            | [0xe2, 0x84, 0xaa, after @ ..] => (b'k', after),
            _ => return None,
        };
    }
    rest.is_empty().then_some(())
}
