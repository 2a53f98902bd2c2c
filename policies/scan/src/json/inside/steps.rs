//! The path's steps: a batch may name a model every few bytes, so that what leads from one name to the next is read in one go.

use super::super::{ITEMS, Scanner, State, is_step};
use super::{Documents, Due, Left, Place};
use crate::ScanError;
use crate::runs;

impl Scanner {
    /// Reads values that are the path's next step, as long as one follows the other.
    #[inline(never)]
    pub(super) fn steps<'b>(&mut self, due: Due, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut place = Place {
            rest: bytes,
            due,
            levels: self.levels,
        };
        let mut left = None;
        while let (Due::Wanted | Due::WantedOrEnd, None, Some((byte, after))) =
            (place.due, left, place.rest.split_first())
        {
            left = match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.blanks_inside(&mut place)?,
                b']' if place.due == Due::WantedOrEnd => self.end_on_path(&mut place, after)?,
                _ => self.step_inside(&mut place, *byte, after)?,
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
        place.levels.note_found();
        let next = self.names.path.get(place.levels.depth()).copied();
        match (next, byte) {
            (None, b'"') => self.name_inside(place, after),
            (Some(ITEMS), b'[') => {
                place.levels.open_on_path(false)?;
                // each item is the path's next step
                Ok(place.go_on(Due::WantedOrEnd, after))
            }
            (Some(name), b'{') if name != ITEMS => self.open_step(place, after),
            _ => Err(ScanError::NotAName),
        }
    }

    #[inline(always)]
    fn name_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        if let (Some(bytes), Some((name, rest))) = (after.first_chunk(), runs::short(after)) {
            self.models.note_first(bytes, name.len())?;
            return self.after_name(place, rest);
        }
        self.value.begin(true);
        let Some(rest) = self.value.feed(after)? else {
            return Ok(place.leave(State::InText, &[]));
        };
        self.note_value()?;
        self.after_name(place, rest)
    }

    /// An object of the path begins. Often its first member is the next step.
    #[inline(always)]
    fn open_step<'b>(&self, place: &mut Place<'b>, after: &'b [u8]) -> Result<Left, ScanError> {
        place.levels.open_on_path(true)?;
        let step = place.levels.step(self.names.path).unwrap_or_default();
        Ok(match self.after_step(after, step) {
            Some(rest) => place.go_on(Due::Wanted, rest),
            None => place.go_on(Due::KeyOrEnd, after),
        })
    }

    /// The objects that lead to a name often end behind it.
    #[inline(always)]
    fn after_name<'b>(&mut self, place: &mut Place<'b>, rest: &'b [u8]) -> Result<Left, ScanError> {
        place.after_value(self.after_blanks(rest));
        while let (Due::AfterValue, [b'}', after @ ..]) = (place.due, place.rest)
            && place.levels.in_object()
        {
            let left = self.end_on_path(place, after)?;
            if left.is_some() {
                return Ok(left);
            }
        }
        Ok(None)
    }

    /// What lies on the path ends, and perhaps its document; where there are lines, another may begin on the next one.
    #[inline(always)]
    pub(super) fn end_on_path<'b>(
        &mut self,
        place: &mut Place<'b>,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        if self.names.required && !place.levels.found() {
            return Err(ScanError::Missing);
        }
        place.levels.close();
        if place.levels.depth() > 0 {
            return Ok(place.after_value(self.after_blanks(after)));
        }
        self.begun = true;
        match (self.names.documents, after) {
            (Documents::Lines, [b'\n', b'{', after @ ..]) => self.open_step(place, after),
            _ => Ok(place.leave(State::Finished, after)),
        }
    }

    /// What follows the colon behind a key that is this step.
    #[inline(always)]
    fn after_step<'b>(&self, bytes: &'b [u8], step: &str) -> Option<&'b [u8]> {
        let key = self.after_blanks(bytes).strip_prefix(b"\"")?;
        let (key, rest) = key.split_at_checked(step.len())?;
        let rest = rest.strip_prefix(b"\"")?;
        match self.after_blanks(rest) {
            _ if !is_step(key, step) => None,
            [b':', rest @ ..] => Some(self.after_blanks(rest)),
            _ => None,
        }
    }
}
