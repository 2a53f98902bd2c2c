//! Sixty-four bytes of a document at once, where they are many tokens that name nothing: the grammar is asked of all of them by
//! operations on words, so that what comes in no order costs as much as what does. Whatever this does not prove right is left to be
//! read token by token, which tells what is wrong with it.

mod keys;
mod nesting;
mod scalars;

use super::Levels;
use crate::planes::{BLOCK, Planes};
use crate::strings::Inside;
use keys::{Keys, Letters};
use nesting::{Brackets, Nested};

/// What is due where the bytes begin, and what may stand in them.
#[derive(Clone, Copy)]
pub(super) struct Before {
    /// a member, and else an item of an array
    pub(super) member: bool,
    /// a blank may be the end of a line
    pub(super) lines: bool,
    pub(super) levels: Levels,
    /// the path's step in the innermost object of the path
    pub(super) step: &'static str,
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
    letters: Letters,
    /// what cannot be right, wherever it stands
    wrong: u64,
}

/// How far the bytes are members or items that name nothing, each with the comma behind it, and what is open behind them. Nothing,
/// where that is not so.
#[inline(never)]
pub(super) fn pass(block: &[u8; BLOCK], before: Before) -> Option<(usize, Levels)> {
    let mut tokens = Tokens::of(Planes::of(block), before.lines);
    loop {
        // a shift is less than 64
        let last = tokens.commas.checked_ilog2()?;
        let within = u64::MAX.wrapping_shr(63_u32.wrapping_sub(last));
        let nested = match nesting::read(&tokens.brackets, within, before.levels) {
            Ok(nested) => nested,
            Err(stop) => {
                tokens.commas &= stop.wrapping_sub(1);
                continue;
            }
        };
        let keys = tokens.keys(&nested, before.member, within)?;
        match keys.first_that_matters(block, before.step) {
            None => {
                let length = usize::try_from(last).ok()?.wrapping_add(1);
                return Some((length, nested.levels));
            }
            Some(stop) => tokens.commas &= stop.wrapping_sub(1),
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
            letters: Letters::of(planes, inside),
            wrong: inside.wrong | (strings & planes.controls()) | scalars::wrong(planes, scalars),
        }
    }

    /// The keys of objects on the path, if all is as the grammar has it.
    #[inline(always)]
    fn keys(&self, nested: &Nested, member: bool, within: u64) -> Option<Keys> {
        let Brackets {
            opens,
            closes,
            braces,
        } = self.brackets;
        let in_object = self.commas & nested.objects;
        let first = self.behind(1);
        let opened = next(opens);
        let empty = self.behind(opened) & closes;
        let key_due =
            self.behind(next(in_object | (opens & braces))) | if member { first } else { 0 };
        let value_due = self.behind(next(
            self.colons | (self.commas & !nested.objects) | (opens & !braces),
        )) | if member { 0 } else { first };
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
            | (values & !(key_due | value_due))
            | (self.behind(next(key_ends)) ^ self.colons)
            | (self.behind(value_ends) ^ ((self.commas | closes) & !empty));
        let on_path = within & nested.on_path;
        let (keys, key_ends) = (keys & on_path, key_ends & on_path);
        (wrong & within == 0).then(|| Keys {
            begins: keys,
            ends: self.letters.worth_a_look(keys, key_ends, self.strings),
            letters: self.letters,
        })
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
