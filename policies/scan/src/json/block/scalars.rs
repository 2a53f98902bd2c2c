//! Numbers and words, sixty-four bytes at a time (RFC 8259 sections 3 and 6).

use super::next;
use crate::planes::Planes;

/// What is wrong with the bytes between other tokens, each run of which is to be one number or one word; where it is seen first.
#[inline(always)]
pub(super) fn wrong(planes: Planes, scalars: u64) -> u64 {
    let begins = scalars & !next(scalars);
    let letters = planes.bit(0x40) & planes.bit(0x20) & !planes.bit(0x80) & scalars;
    let exponents = (planes.is(b'e') | planes.is(b'E')) & scalars;
    // words are lower case and have other letters than exponents
    let (words, wrong) = match letters & !exponents {
        0 => (0, 0),
        _ => words(planes, begins),
    };
    wrong | (next(words) & scalars & !words) | numbers(planes, scalars & !words, exponents & !words)
}

/// The bytes of words, and where one begins inside of something else.
#[inline(always)]
fn words(planes: Planes, begins: u64) -> (u64, u64) {
    let e = planes.is(b'e');
    let (l, s, u) = (planes.is(b'l'), planes.is(b's'), planes.is(b'u'));
    let ahead = |bits: u64, count: u32| bits.wrapping_shr(count);
    let yes = planes.is(b't') & ahead(planes.is(b'r'), 1) & ahead(u, 2) & ahead(e, 3);
    let none = planes.is(b'n') & ahead(u, 1) & ahead(l, 2) & ahead(l, 3);
    let no = planes.is(b'f') & ahead(planes.is(b'a'), 1) & ahead(l, 2) & ahead(s, 3) & ahead(e, 4);
    let four = (yes | none | no) & begins;
    let two = four | next(four);
    let words = two | two.wrapping_shl(2) | (no & begins).wrapping_shl(4);
    (words, 0)
}

/// Of these bytes each run is to be a number.
#[inline(always)]
fn numbers(planes: Planes, numbers: u64, exponents: u64) -> u64 {
    let digits = planes.digits();
    let minuses = planes.is(b'-') & numbers;
    let (points, pluses) = (planes.is(b'.') & numbers, planes.is(b'+') & numbers);
    let begins = numbers & !next(numbers);
    let behind = |bits: u64| bits.wrapping_add(digits) & !digits;
    let signs = begins & minuses;
    let whole = (begins & !signs) | next(signs);
    let whole_ends = behind(whole);
    let fractions = next(whole_ends & points);
    let fraction_ends = behind(fractions);
    let powers = (whole_ends | fraction_ends) & exponents;
    let power_signs = next(powers) & (minuses | pluses);
    let power_digits = (next(powers) & !power_signs) | next(power_signs);
    let leading_zeros = next(whole & planes.is(b'0')) & digits;
    ((whole | fractions | power_digits) & !digits)
        | leading_zeros
        | (points & !whole_ends)
        | (exponents & !powers)
        | (pluses & !power_signs)
        | (minuses & !(signs | power_signs))
        | (numbers & !(digits | minuses | points | pluses | exponents))
}
