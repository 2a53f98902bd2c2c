//! Arrays and objects that begin and end in sixty-four bytes.

use crate::json::levels::Levels;

/// Of each byte one bit.
#[derive(Clone, Copy)]
pub(super) struct Brackets {
    pub(super) opens: u64,
    pub(super) closes: u64,
    /// a bracket is of an object
    pub(super) braces: u64,
}

impl Brackets {
    /// Those of arrays and objects in which there is not even a blank.
    #[inline(always)]
    const fn empty(&self) -> u64 {
        let alike = !(self.braces ^ self.braces.wrapping_shr(1));
        let begin = self.opens & self.closes.wrapping_shr(1) & alike;
        begin | begin.wrapping_shl(1)
    }
}

/// What is open.
pub(super) struct Nested {
    /// at each byte, in the innermost object, and else in an array
    pub(super) objects: u64,
    /// at each byte, in nothing beside the path
    pub(super) on_path: u64,
    /// at the end
    pub(super) levels: Levels,
}

/// Follows the brackets that are `within`, run by run.
///
/// # Errors
/// The bit of a bracket that is left to somebody else: it ends what lies on the path, or what is not open, or one too many begins.
#[inline(always)]
pub(super) fn read(brackets: &Brackets, within: u64, levels: Levels) -> Result<Nested, u64> {
    let mut nested = Nested {
        objects: all_if(levels.in_object()),
        on_path: all_if(levels.on_path()),
        levels,
    };
    let mut rest = (brackets.opens | brackets.closes) & within;
    let opened = (brackets.opens & within).count_ones();
    if levels.has_room_for(opened) {
        rest &= !brackets.empty();
    }
    while rest != 0 {
        let at = rest.trailing_zeros();
        let ahead = |bits: u64| bits.wrapping_shr(at);
        let opens = ahead(brackets.opens & rest);
        let run = if opens & 1 == 0 {
            let run = first_run(ahead(brackets.closes & rest));
            nested.levels.close_run(run, ahead(brackets.braces))
        } else {
            let run = first_run(opens);
            nested.levels.open_run(run, ahead(brackets.braces))
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

/// The lowest bits up to the first that is not set.
#[inline(always)]
const fn first_run(bits: u64) -> u64 {
    bits & !bits.wrapping_add(1)
}

#[inline(always)]
const fn all_if(yes: bool) -> u64 {
    if yes { u64::MAX } else { 0 }
}
