//! The path's steps: a batch may name a model every few bytes, so that what leads from one name to the next is read in one go.

use super::super::aside::More;
use super::super::{Aside, ITEMS, Levels, Scanner, State, is_step};
use super::{Documents, Due, Left, Place};
use crate::ScanError;
use crate::runs;

impl Scanner {
    /// Reads values that are the path's next step, and the objects around them, as long as one follows the other.
    #[inline(never)]
    pub(super) fn steps<'b>(&mut self, due: Due, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut place = Place {
            rest: bytes,
            due,
            levels: self.levels,
        };
        let mut left = None;
        while let (None, Some((byte, after))) = (left, place.rest.split_first()) {
            left = match (place.due, byte) {
                (Due::Wanted | Due::WantedOrEnd, b' ' | b'\t' | b'\n' | b'\r') => {
                    self.blanks_inside(&mut place)?
                }
                (Due::WantedOrEnd, b']') | (Due::AfterValue, b'}') => {
                    self.end_inside(&mut place, *byte == b'}', after)?
                }
                (Due::Wanted | Due::WantedOrEnd, _) => {
                    self.step_inside(&mut place, *byte, after)?
                }
                (Due::KeyOrEnd, b'"') => match self.after_step(after, &place.levels) {
                    Some(rest) => place.go_on(Due::Wanted, rest),
                    None => break,
                },
                _ => break,
            };
        }
        self.levels = place.levels;
        self.state = left.unwrap_or(State::Between(place.due));
        Ok(place.rest)
    }

    #[inline(always)]
    fn step_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        byte: u8,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        if let Aside::Due(more) = self.aside {
            return self.aside_inside(place, more, (byte, after));
        }
        place.levels.note_found();
        let next = self.step_at(place.levels.depth());
        match (next, byte) {
            (None, b'"') => self.name_inside(place, after),
            (Some(ITEMS), b'[') => {
                place.levels.open_on_path(false)?;
                // each item is the path's next step
                Ok(place.go_on(Due::WantedOrEnd, after))
            }
            (Some(name), b'{') if name != ITEMS => {
                place.levels.open_on_path(true)?;
                Ok(place.go_on(Due::KeyOrEnd, self.after_blanks(after)))
            }
            _ => Err(ScanError::NotAName),
        }
    }

    /// The value of a member that may name more models. Of what is neither list nor object none is named; LiteLLM reads metadata in a
    /// text, too, which nobody sends.
    fn aside_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        more: More,
        (byte, after): (u8, &'b [u8]),
    ) -> Result<Left, ScanError> {
        let due = match (more, byte) {
            (More::Tools, b'[') => Due::WantedOrEnd,
            (More::Metadata, b'{') => Due::KeyOrEnd,
            (More::Metadata, b'"') => return Err(ScanError::Conflict),
            (More::Null, byte) if byte != b'n' => return Err(ScanError::Conflict),
            _ => {
                self.aside = Aside::Outside;
                return Ok(place.go_on(Due::Value, place.rest));
            }
        };
        self.aside = Aside::Inside(more);
        place.levels.open_on_path(due == Due::KeyOrEnd)?;
        Ok(place.go_on(due, after))
    }

    #[inline(always)]
    fn name_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        let rest =
            if let (Some(bytes), Some((name, rest))) = (after.first_chunk(), runs::short(after)) {
                self.models.note_first(bytes, name.len())?;
                rest
            } else {
                self.value.begin(true);
                let Some(rest) = self.value.feed(after)? else {
                    return Ok(place.leave(State::InText, &[]));
                };
                self.note_value()?;
                rest
            };
        self.count_name(rest)?;
        Ok(place.after_value(self.after_blanks(rest)))
    }

    /// What lies on the path ends, and perhaps its document. Where there are lines, another may begin on the next one.
    #[inline(always)]
    pub(super) fn end_on_path<'b>(
        &mut self,
        place: &mut Place<'b>,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        if self.names.required && !place.levels.found() && !matches!(self.aside, Aside::Inside(_)) {
            return Err(ScanError::Missing);
        }
        place.levels.close();
        if place.levels.depth() == self.names.path.len() {
            self.aside = Aside::Outside;
        }
        if place.levels.depth() > 0 {
            return Ok(place.after_value(self.after_blanks(after)));
        }
        self.begun = true;
        match (self.names.documents, after) {
            (Documents::Lines, [b'\n', b'{', after @ ..]) => {
                place.levels.open_on_path(true)?;
                Ok(place.go_on(Due::KeyOrEnd, after))
            }
            _ => Ok(place.leave(State::Finished, after)),
        }
    }

    /// What follows the colon behind a key that is the path's step, where the first member of an object is that.
    #[inline(always)]
    fn after_step<'b>(&self, key: &'b [u8], levels: &Levels) -> Option<&'b [u8]> {
        let step = self.step(levels)?;
        let (key, rest) = key.split_at_checked(step.len())?;
        let rest = rest.strip_prefix(b"\"")?;
        match self.after_blanks(rest) {
            [b':', rest @ ..] if levels.on_path() && is_step(key, step) => Some(rest),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "steps_tests.rs"]
mod tests;
