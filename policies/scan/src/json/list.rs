//! Lists of numbers, sixty-four bytes at a time: each question about them is asked of all bytes at once, one bit a byte.

use crate::lanes::{Lanes, Marks};
use crate::planes::BLOCK;

/// Passes over numbers and the commas behind them, as many as are whole and plain: without an exponent, without other blanks than
/// those before a number. Before and behind them a number is due.
#[inline(never)]
pub(super) fn pass(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some(block) = rest.first_chunk()
        && let passed = numbers(block)
        && let Some(after) = rest.get(passed..)
    {
        rest = after;
        // behind a few there is something else
        if passed < BLOCK / 2 {
            break;
        }
    }
    rest
}

/// How far numbers and commas go.
fn numbers(block: &[u8; BLOCK]) -> usize {
    let digits = bits(block, Lanes::is_digit);
    let (commas, points) = (places(block, b','), places(block, b'.'));
    let (minuses, blanks) = (places(block, b'-'), places(block, b' '));
    let other = !(digits | commas | points | minuses | blanks);
    // up to the last comma before anything else
    let before_other = other.wrapping_sub(1) & !other;
    let within = commas & before_other;
    let Some(last) = within.checked_ilog2() else {
        return 0;
    };
    let length = last.wrapping_add(1);
    let within = u64::MAX.wrapping_shr(u64::BITS.wrapping_sub(length));
    let zeros = places(block, b'0');
    let next = |of: u64| of.wrapping_shl(1);
    let before = |of: u64| of.wrapping_shr(1);
    // a number begins behind a comma or a blank, and blanks stand only there
    let begins = next(commas | blanks) | 1;
    let after_minus = next(minuses);
    let first_digits = (begins | after_minus) & digits;
    // the digits behind a point, up to what ends them
    let fractions_end = next(points).wrapping_add(digits) & !digits;
    let wrong = (blanks & !begins)
        | (minuses & !begins)
        | (after_minus & !digits)
        | (points & !(next(digits) & before(digits)))
        | (points & fractions_end)
        | (first_digits & zeros & before(digits))
        | (commas & !next(digits));
    match wrong & within {
        0 => usize::try_from(length).unwrap_or_default(),
        _ => 0,
    }
}

#[inline(never)]
fn places(block: &[u8; BLOCK], byte: u8) -> u64 {
    bits(block, |lanes| lanes.is(byte))
}

/// One bit a byte, the lowest for the first.
#[inline(always)]
fn bits(block: &[u8; BLOCK], asked: impl Fn(Lanes) -> Marks) -> u64 {
    let [a, b, c, d] = block.as_chunks().0 else {
        return 0;
    };
    let (a, b) = (asked(Lanes::of(a)).bits(), asked(Lanes::of(b)).bits());
    let (c, d) = (asked(Lanes::of(c)).bits(), asked(Lanes::of(d)).bits());
    let (low, high) = (a | b.wrapping_shl(16), c | d.wrapping_shl(16));
    u64::from(low) | u64::from(high).wrapping_shl(32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_over_numbers_as_far_as_they_are_plain() {
        let long = "1234567890,".repeat(7);
        for (list, passed) in [
            (format!("{long}]"), 55),
            (format!("1,2 ,{long}"), 0),
            (format!("1,2] ,{long}"), 2),
            (format!("0, -0,  12.50,-3,1e5,{long}"), 17),
            (format!(" 7,{long}"), 58),
            (format!("{}1", "0,".repeat(40)), 64),
            (format!("{}1,", "7".repeat(70)), 0),
        ] {
            let rest = pass(list.as_bytes());
            assert_eq!(list.len() - rest.len(), passed, "{list}");
        }
        for wrong in [
            ",", "01,", "-,", "-01,", "1.,", ".1,", "1.2.3,", "--1,", "1-1,", "- 1,", "1 2,",
            "1. 2,", " ,", "1,,", "00,", "-.5,", "1.-5,", "12.5.", "x,",
        ] {
            let list = format!("{wrong}{long}");
            assert_eq!(pass(list.as_bytes()).len(), list.len(), "{wrong}");
        }
    }
}
