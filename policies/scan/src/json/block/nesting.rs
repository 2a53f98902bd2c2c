//! Arrays and objects that begin and end in sixty-four bytes.

use crate::json::levels::Levels;
use crate::lanes::backwards;

/// Where there are no more runs of brackets, they are followed one after the other.
const FEW: u32 = 4;
/// And else the innermost are taken out so many times before,
const ROUNDS: usize = 3;
/// as long as there is a pair of them among so many brackets.
const MANY: u32 = 8;

/// Of each byte one bit.
#[derive(Clone, Copy)]
pub(super) struct Brackets {
    pub(super) opens: u64,
    pub(super) closes: u64,
    /// a bracket is of an object
    pub(super) braces: u64,
}

/// What is open.
pub(super) struct Nested {
    /// at each byte, in the innermost object, and else in an array
    pub(super) objects: u64,
    /// at each byte, in nothing beside the path
    pub(super) on_path: u64,
    /// at the end
    pub(super) levels: Levels,
    /// an end of what is not open
    pub(super) wrong: u64,
}

/// What begins and ends here.
#[derive(Default)]
struct Inner {
    /// from where it begins up to where it ends
    all: u64,
    /// the same in the innermost object
    objects: u64,
    wrong: u64,
}

/// Follows the brackets that are `within`.
///
/// # Errors
/// The bit of a bracket that is left to somebody else: it ends what lies on the path, or what is not open, or one too many begins.
#[inline(always)]
pub(super) fn read(brackets: &Brackets, within: u64, levels: Levels) -> Result<Nested, u64> {
    let mut rest = Brackets {
        opens: brackets.opens & within,
        closes: brackets.closes & within,
        braces: brackets.braces,
    };
    let mut inner = Inner::default();
    if rest.runs() > FEW && levels.has_room_for(rest.opens.count_ones()) {
        inner = rest.take_innermost();
    }
    let mut nested = rest.follow(levels)?;
    nested.objects = (nested.objects & !inner.all) | inner.objects;
    nested.on_path &= !inner.all;
    nested.wrong = inner.wrong;
    Ok(nested)
}

impl Brackets {
    #[inline(always)]
    const fn all(&self) -> u64 {
        self.opens | self.closes
    }

    /// How many times brackets of one direction begin.
    #[inline(always)]
    const fn runs(&self) -> u32 {
        let opens = self.opens & !self.opens.wrapping_shl(1);
        let closes = self.closes & !self.closes.wrapping_shl(1);
        (opens | closes).count_ones()
    }

    /// Takes out those with no other ones between them, and then again.
    #[inline(always)]
    fn take_innermost(&mut self) -> Inner {
        let mut inner = Inner::default();
        let [mut opens, mut closes] = backwards([self.opens, self.closes]);
        for _ in 0..ROUNDS {
            let all = self.all();
            let ends = next(self.opens, all) & self.closes;
            // the one before is the next one backwards
            let begins = next(closes, opens | closes) & opens;
            opens &= !begins;
            let [begins, ends_backwards] = backwards([begins, ends]);
            closes &= !ends_backwards;
            let (begins_object, ends_object) = (begins & self.braces, ends & self.braces);
            inner.wrong |= next(begins_object, all) ^ ends_object;
            inner.objects |= ends_object.wrapping_sub(begins_object) & !inner.all;
            inner.all |= ends.wrapping_sub(begins);
            self.opens &= !begins;
            self.closes &= !ends;
            let pairs = ends.count_ones();
            if pairs.wrapping_mul(MANY) < all.count_ones() || self.runs() <= FEW {
                break;
            }
        }
        inner
    }

    /// Run by run.
    #[inline(always)]
    fn follow(&self, levels: Levels) -> Result<Nested, u64> {
        let mut nested = Nested {
            objects: all_if(levels.in_object()),
            on_path: all_if(levels.on_path()),
            levels,
            wrong: 0,
        };
        let mut rest = self.all();
        while rest != 0 {
            let at = rest.trailing_zeros();
            let ahead = |bits: u64| bits.wrapping_shr(at);
            let opens = ahead(self.opens);
            let run = if opens & 1 == 0 {
                let run = first_run(ahead(self.closes));
                nested.levels.close_run(run, ahead(self.braces))
            } else {
                let run = first_run(opens);
                nested.levels.open_run(run, ahead(self.braces))
            };
            let Some(run) = run else {
                return Err(1_u64.wrapping_shl(at));
            };
            let from = u64::MAX.wrapping_shl(at);
            nested.objects = (nested.objects & !from) | (all_if(nested.levels.in_object()) & from);
            nested.on_path = (nested.on_path & !from) | (all_if(nested.levels.on_path()) & from);
            rest &= !run.wrapping_shl(at);
        }
        Ok(nested)
    }
}

/// For each of these, the next one of all.
#[inline(always)]
const fn next(of: u64, all: u64) -> u64 {
    of.wrapping_shl(1).wrapping_add(!all) & all
}

/// The lowest bits up to the first that is not set.
#[inline(always)]
const fn first_run(bits: u64) -> u64 {
    bits & !bits.wrapping_add(1)
}

#[inline(always)]
const fn all_if(yes: bool) -> u64 {
    if yes { u64::MAX } else { 0 }
}
