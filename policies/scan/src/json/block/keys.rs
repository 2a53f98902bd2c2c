//! The keys of objects on the path, of which one may be the path's step or be taken for it.

use crate::aliases::{MAX_KEY, has_alias_of, is_alias};
use crate::planes::{BLOCK, Planes};
use crate::text;

/// Of each byte one bit.
pub(super) struct Keys {
    /// a quote begins a key
    begins: u64,
    /// and one ends it that has to be looked at
    ends: u64,
}

impl Keys {
    /// Keys begin and end so; `strings` are all of them up to their last quote, `odd` what stands in no name that matters.
    #[inline(always)]
    pub(super) fn of(begins: u64, ends: u64, strings: u64, odd: u64) -> Self {
        let usual = strings & !begins & !odd;
        let short = |length: u32| begins.wrapping_shl(length);
        // shorter ones are nobody's alias, and no step
        let short = short(1) | short(2) | short(3) | short(4);
        Self {
            begins,
            ends: begins.wrapping_shl(1).wrapping_add(usual) & ends & !short,
        }
    }

    /// The quote before the first one that is read in another way than the others.
    #[inline(always)]
    pub(super) fn first_that_matters(&self, block: &[u8; BLOCK], step: &str) -> Option<u64> {
        let mut ends = self.ends;
        while ends != 0 {
            let end = ends.trailing_zeros();
            let begin = self.begins & !u64::MAX.wrapping_shl(end);
            let begin = begin.checked_ilog2()?;
            let from = usize::try_from(begin).ok()?.wrapping_add(1);
            let key = block.get(from..usize::try_from(end).ok()?)?;
            if matters(key, step) {
                return Some(1_u64.wrapping_shl(begin));
            }
            ends &= ends.wrapping_sub(1);
        }
        None
    }
}

/// Bytes beyond ASCII that are of no letter that is folded to one of ASCII.
#[inline(always)]
pub(super) fn odd(planes: Planes) -> u64 {
    match planes.bit(0x80) {
        0 => 0,
        beyond => {
            let folded = [0xc5, 0xbf, 0xe2, 0x84, 0xaa].map(|byte| planes.is(byte));
            beyond & !folded.into_iter().fold(0, |all, byte| all | byte)
        }
    }
}

/// Whether a key, as it stands in the body, is the step or is taken for it.
#[inline(always)]
fn matters(key: &[u8], step: &str) -> bool {
    if key.contains(&b'\\') {
        return undone(key, &mut [0; MAX_KEY]).is_some_and(|key| is_alias(key, step));
    }
    (has_alias_of(key.len()) || key.len() == step.len() || !key.is_ascii()) && is_alias(key, step)
}

/// The key without escapes; nothing, where it has other letters than those of ASCII and what is folded to them, or is long.
#[inline(never)]
fn undone<'l>(key: &[u8], letters: &'l mut [u8; MAX_KEY]) -> Option<&'l [u8]> {
    let (mut rest, mut length) = (key, 0_usize);
    while let [first, after @ ..] = rest {
        let (character, after) = match first {
            b'\\' => text::escaped(rest)?,
            _ => (char::from(*first), after),
        };
        let letter = match character {
            '\u{17f}' => b's',
            '\u{212a}' => b'k',
            _ => u8::try_from(character).ok()?,
        };
        *letters.get_mut(length)? = letter;
        (rest, length) = (after, length.wrapping_add(1));
    }
    letters.get(..length)
}
