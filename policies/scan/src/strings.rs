//! The insides of JSON strings, sixty-four bytes at a time: escapes (RFC 8259 section 7) and characters beyond ASCII (RFC 3629 section
//! 4). The bytes begin outside of both.

use super::planes::{BLOCK, Planes, through_first};

/// Every second byte, the first one too.
const EVEN: u64 = u64::MAX / 3;

/// What there is, one bit a byte; wherever it lies, because who asks knows what lies in strings.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    /// quotes without a backslash before them
    pub(super) quotes: u64,
    /// what can stand in no string: where it is seen first
    pub(super) wrong: u64,
    /// a backslash, or a byte beyond ASCII
    pub(super) odd: u64,
    /// where an escape, a pair of them or a character begins that is not whole
    cut: u64,
}

impl Inside {
    #[inline(always)]
    pub(super) fn of(planes: Planes) -> Self {
        let mut inside = Self {
            quotes: planes.is(b'"'),
            wrong: 0,
            odd: planes.bit(0x80),
            cut: 0,
        };
        let backslashes = planes.is(b'\\');
        if backslashes != 0 {
            inside.escapes(planes, backslashes);
        }
        if planes.bit(0x80) != 0 {
            inside.characters(planes);
        }
        inside
    }

    #[inline(always)]
    fn escapes(&mut self, planes: Planes, backslashes: u64) {
        // of a run of backslashes every second one is escaped by the one before it
        let begins = backslashes & !next(backslashes);
        let even = backslashes & !backslashes.wrapping_add(begins & EVEN);
        let starts = (even & EVEN) | (backslashes & !even & !EVEN);
        let escaped = next(starts);
        self.quotes &= !escaped;
        self.odd |= backslashes;
        let units = escaped & planes.is(b'u');
        let (two, four, six) = (planes.column(2), planes.column(4), planes.column(6));
        // `"` and `/`, `b`, `f` and `n`, `r` and `t`
        let known = (planes.row(2) & (two | planes.column(0xf)))
            | (planes.row(6) & (two | six | planes.column(0xe)))
            | (planes.row(7) & (two | four));
        self.wrong |= escaped & !units & !(known | backslashes);
        let letters = planes.letters_of_hex();
        let hex = letters | planes.digits();
        let first = next(units);
        let second = next(first);
        self.wrong |= (first | second | next(second) | next(next(second))) & !hex;
        let surrogates = next(first & letters & planes.column(4));
        let (four, three) = (planes.bit(4), planes.bit(2) & planes.bit(1));
        // of their second digit: from `8` to `b`, from `c` to `f`
        let trails = surrogates & letters & (four | three);
        let leads = surrogates & !trails & (letters | planes.bit(8));
        // each directly behind the other
        self.wrong |= (leads & !trails.wrapping_shr(6)) | (trails & !leads.wrapping_shl(6));
        self.cut |= (starts & last(1))
            | (units.wrapping_shr(1) & last(5))
            | (leads.wrapping_shr(3) & last(11));
    }

    #[inline(always)]
    fn characters(&mut self, planes: Planes) {
        let (two, three) = (planes.row(0xc) | planes.row(0xd), planes.row(0xe));
        let four = planes.row(0xf);
        let (bit5, bit4) = (planes.bit(0x20), planes.bit(0x10));
        let continued = planes.bit(0x80) & !planes.bit(0x40);
        let due = next(two | three | four) | next(next(three | four)) | next(next(next(four)));
        // no two-byte form of ASCII, nothing from `f5`
        let never = (planes.row(0xc) & !(planes.bit(8) | planes.bit(4) | planes.bit(2)))
            | (four & planes.bit(8))
            | (four & planes.bit(4) & (planes.bit(2) | planes.bit(1)));
        // and the ranges of the second byte behind `e0`, `ed`, `f0` and `f4`
        let second = (next(planes.is(0xe0)) & !bit5)
            | (next(planes.is(0xed)) & bit5)
            | (next(planes.is(0xf0)) & !(bit5 | bit4))
            | (next(planes.is(0xf4)) & (bit5 | bit4));
        self.wrong |= (continued ^ due) | never | second;
        self.cut |= (two & last(1)) | (three & last(2)) | (four & last(3));
    }
}

/// How much of the inside of a string the bytes are: up to its quote, to an escape or a character that they cut, or all of them.
/// Nothing, where something is wrong with that.
#[inline(never)]
pub(super) fn pass(block: &[u8; BLOCK]) -> usize {
    let planes = Planes::of(block);
    let inside = Inside::of(planes);
    let end = inside.quotes | inside.cut;
    if (inside.wrong | planes.controls()) & through_first(end) != 0 {
        return 0;
    }
    usize::try_from(end.trailing_zeros()).unwrap_or_default()
}

#[inline(always)]
const fn next(bits: u64) -> u64 {
    bits.wrapping_shl(1)
}

/// So many of the last bytes, at least one.
#[inline(always)]
const fn last(count: u32) -> u64 {
    u64::MAX.wrapping_shl(u64::BITS.wrapping_sub(count))
}
