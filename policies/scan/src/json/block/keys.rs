//! The keys of objects on the path, of which one may be the path's step or be taken for it.

use crate::aliases::{MODEL, is_alias, is_one};
use crate::planes::BLOCK;

/// Of each byte one bit.
pub(super) struct Keys {
    /// a quote begins a key
    pub(super) begins: u64,
    /// and one ends it that has to be looked at
    ends: u64,
    /// and one that ends a key with an escape in it, or a character beyond ASCII
    odd: u64,
}

impl Keys {
    /// `strings` are all of them up to their last quote; `odd` bytes are backslashes and those beyond ASCII.
    #[inline(always)]
    pub(super) const fn of(begins: u64, ends: u64, strings: u64, odd: u64) -> Self {
        let usual = strings & !begins & !odd;
        let usual = begins.wrapping_shl(1).wrapping_add(usual) & ends;
        // shorter ones are nobody's alias, and no step
        let two = begins.wrapping_shl(1) | begins.wrapping_shl(2);
        let short = two | two.wrapping_shl(2);
        Self {
            begins,
            ends: usual & !short,
            odd: ends & !usual,
        }
    }

    /// The quote before the first one that is not passed over: it is the step or taken for it, or it is odd, and so counted.
    #[inline(always)]
    pub(super) fn first_that_matters(&self, block: &[u8; BLOCK], step: &str) -> Option<u64> {
        let step = Some(step).filter(|step| step.as_bytes() != MODEL.as_bytes());
        let mut ends = self.ends & self.odd.wrapping_sub(1) & !self.odd;
        while ends != 0 {
            let end = ends.trailing_zeros();
            ends &= ends.wrapping_sub(1);
            let begin = self.begin_of(end)?;
            let key = block.get(usize::try_from(begin).ok()?..)?.get(1..)?;
            let length = end.wrapping_sub(begin).wrapping_sub(1);
            if matters(key, usize::try_from(length).ok()?, step) {
                return Some(1_u64.wrapping_shl(begin));
            }
        }
        let begin = self.begin_of(self.odd.trailing_zeros())?;
        (self.odd != 0).then_some(1_u64.wrapping_shl(begin))
    }

    /// Where the key begins that ends there.
    #[inline(always)]
    const fn begin_of(&self, end: u32) -> Option<u32> {
        (self.begins & !u64::MAX.wrapping_shl(end)).checked_ilog2()
    }
}

/// Whether so many of the bytes are a key that is the step, where that is no alias as well, or is taken for it.
#[inline(always)]
fn matters(bytes: &[u8], length: usize, step: Option<&str>) -> bool {
    let may_be_step = step.is_some_and(|step| step.len() == length);
    (may_be_step || is_one(bytes, length).unwrap_or(true))
        && bytes
            .get(..length)
            .is_some_and(|key| is_alias_or(key, step))
}

#[inline(never)]
fn is_alias_or(key: &[u8], step: Option<&str>) -> bool {
    is_alias(key, step.unwrap_or(MODEL))
}
