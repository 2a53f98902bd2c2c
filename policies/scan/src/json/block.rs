//! Sixty-four bytes of a document at once, where they are many tokens that name nothing: the grammar is asked of all of them by
//! operations on words, so that what comes in no order costs as much as what does. Whatever this does not prove right is left to be
//! read token by token, which tells what is wrong with it.

mod keys;
mod nesting;
mod scalars;

use super::{Due, Levels};
use crate::planes::{BLOCK, Planes};
use crate::strings::Inside;
use keys::Keys;
use nesting::{Brackets, Nested};

/// Marks of long members.
const FEW: u32 = 4;

/// Where the bytes begin, and what may stand in them.
#[derive(Clone, Copy)]
pub(super) struct Before {
    pub(super) due: Due,
    /// a blank may be the end of a line
    pub(super) lines: bool,
    pub(super) levels: Levels,
    /// the path's step in the innermost object of the path
    pub(super) step: &'static str,
}

/// How much was read, and what is due and open behind it.
pub(super) struct Passed {
    pub(super) length: usize,
    /// it was one long member or two, and would be as soon read by itself
    pub(super) few: bool,
    pub(super) due: Due,
    pub(super) levels: Levels,
    /// members of objects on the path
    pub(super) beside: u32,
}

/// Of each byte one bit.
struct Tokens {
    inside: Inside,
    /// from the quote that begins a string up to the one that ends it
    strings: u64,
    /// the same for numbers and words
    scalars: u64,
    brackets: Brackets,
    commas: u64,
    colons: u64,
    blanks: u64,
    /// what cannot be right, wherever it stands
    wrong: u64,
}

/// Reads what is between two tokens and names nothing, up to the last comma, colon or bracket. Nothing, where there is none that all is
/// right before.
#[inline(never)]
pub(super) fn pass(block: &[u8; BLOCK], before: Before) -> Option<Passed> {
    let tokens = Tokens::of(Planes::of(block), before.lines);
    let Brackets { opens, closes, .. } = tokens.brackets;
    let mut ends = tokens.commas | tokens.colons | opens | closes;
    loop {
        // a shift is less than 64
        let last = ends.checked_ilog2()?;
        let within = u64::MAX.wrapping_shr(63_u32.wrapping_sub(last));
        let nested = match nesting::read(&tokens.brackets, within, before.levels) {
            Ok(nested) => nested,
            Err(stop) => {
                ends &= stop.wrapping_sub(1);
                continue;
            }
        };
        let keys = tokens.keys(&nested, before.due, within)?;
        match keys.first_that_matters(block, before.step) {
            None => {
                return Some(Passed {
                    length: usize::try_from(last).ok()?.wrapping_add(1),
                    few: ends.count_ones() <= FEW && tokens.colons & within != 0,
                    due: tokens.due_behind(last, nested.levels),
                    levels: nested.levels,
                    beside: keys.begins.count_ones(),
                });
            }
            Some(stop) => ends &= stop.wrapping_sub(1),
        }
    }
}

impl Tokens {
    #[inline(always)]
    fn of(planes: Planes, lines: bool) -> Self {
        let inside = Inside::of(planes);
        let strings = parity(inside.quotes);
        let outside = !(strings | inside.quotes);
        let marks = planes.bit(0x40) & planes.bit(0x10) & !planes.bit(0x80) & outside;
        let line_ends = if lines {
            planes.is(b'\n') | planes.is(b'\r')
        } else {
            0
        };
        let blanks = (planes.is(b' ') | planes.is(b'\t') | line_ends) & outside;
        let brackets = Brackets {
            opens: marks & planes.column(0xb),
            closes: marks & planes.column(0xd),
            braces: planes.bit(0x20),
        };
        let (commas, colons) = (planes.is(b',') & outside, planes.is(b':') & outside);
        let others = commas | colons | brackets.opens | brackets.closes | blanks;
        let scalars = outside & !others;
        Self {
            inside,
            strings,
            scalars,
            brackets,
            commas,
            colons,
            blanks,
            wrong: inside.wrong | (strings & planes.controls()) | scalars::wrong(planes, scalars),
        }
    }

    /// The keys of objects on the path, if all is as the grammar has it.
    #[inline(always)]
    fn keys(&self, nested: &Nested, due: Due, within: u64) -> Option<Keys> {
        let Brackets {
            opens,
            closes,
            braces,
        } = self.brackets;
        let in_object = self.commas & nested.objects;
        let first = self.behind(1);
        let first_if = |due: bool| if due { first } else { 0 };
        let may_end = first_if(matches!(due, Due::ValueOrEnd | Due::KeyOrEnd));
        let empty = (self.behind(next(opens)) | may_end) & closes;
        let key_due = self.behind(next(in_object | (opens & braces)))
            | first_if(matches!(due, Due::Key | Due::KeyOrEnd));
        let value_due = self.behind(next(
            self.colons | (self.commas & !nested.objects) | (opens & !braces),
        )) | first_if(matches!(due, Due::Value | Due::ValueOrEnd));
        let begins = self.inside.quotes & self.strings;
        let values = begins | opens | (self.scalars & !next(self.scalars));
        let keys = begins & key_due;
        let ends = self.inside.quotes & !self.strings;
        let key_ends = keys.wrapping_add(self.strings) & ends;
        let value_ends = next((ends & !key_ends) | closes) | (next(self.scalars) & !self.scalars);
        let wrong = self.wrong
            | nested.wrong
            | (key_due & !(begins | empty))
            | (value_due & !(values | empty))
            | (self.behind(next(key_ends)) ^ self.colons)
            | ((self.behind(value_ends) | first_if(due == Due::AfterValue))
                ^ ((self.commas | closes) & !empty));
        let on_path = within & nested.on_path;
        let (keys, key_ends) = (keys & on_path, key_ends & on_path);
        (wrong & within == 0).then(|| Keys::of(keys, key_ends, self.strings, self.inside.odd))
    }

    /// What is due behind a comma, a colon or a bracket.
    #[inline(always)]
    fn due_behind(&self, last: u32, levels: Levels) -> Due {
        let is = |of: u64| of.wrapping_shr(last) & 1 != 0;
        if is(self.commas) {
            if levels.in_object() {
                Due::Key
            } else {
                Due::Value
            }
        } else if is(self.colons) {
            Due::Value
        } else if is(self.brackets.closes) {
            Due::AfterValue
        } else if is(self.brackets.braces) {
            Due::KeyOrEnd
        } else {
            Due::ValueOrEnd
        }
    }

    /// The first bytes from these on that are no blanks.
    #[inline(always)]
    const fn behind(&self, bits: u64) -> u64 {
        bits.wrapping_add(self.blanks) & !self.blanks
    }
}

#[inline(always)]
const fn next(bits: u64) -> u64 {
    bits.wrapping_shl(1)
}

/// From each first bit of two up to the second, which is not of them.
#[inline(always)]
const fn parity(bits: u64) -> u64 {
    let bits = bits ^ bits.wrapping_shl(1);
    let bits = bits ^ bits.wrapping_shl(2);
    let bits = bits ^ bits.wrapping_shl(4);
    let bits = bits ^ bits.wrapping_shl(8);
    let bits = bits ^ bits.wrapping_shl(16);
    bits ^ bits.wrapping_shl(32)
}

#[cfg(test)]
#[path = "block_tests.rs"]
mod tests;
