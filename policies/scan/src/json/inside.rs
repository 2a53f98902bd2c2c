//! Tokens that lie in one piece of a body as a whole, and name nothing: nearly all of them. What is due and what is open are kept
//! out of the scanner while they are read, so that the compiler keeps them out of memory. A token that a piece cuts is left to the
//! scanner, which reads it byte by byte.

mod steps;

use super::{
    Aside, Documents, Due, Levels, Number, ScanError, Scanner, State, block, due_after, list,
    number,
};
use crate::aliases::has_alias_of;
use crate::planes::BLOCK;
use crate::runs;

/// So many bytes are read token by token, where tokens are long.
const LONG: usize = 512;

/// Where the reading is.
struct Place<'b> {
    rest: &'b [u8],
    due: Due,
    levels: Levels,
}

/// What the scanner goes on with, where a token was not read here.
type Left = Option<State>;

impl Scanner {
    /// Reads tokens up to the path's next step, to one that the piece cuts, or to the document's end.
    #[inline(never)]
    pub(super) fn inside<'b>(&mut self, due: Due, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut place = Place {
            rest: bytes,
            due,
            levels: self.levels,
        };
        let left = loop {
            if place.rest.len() <= self.blocks_from && place.rest.len() >= BLOCK {
                // a place that is lent is kept in memory, and one that is given is moved by a call
                self.levels = place.levels;
                (place.due, place.rest) = self.after_blocks(place.due, place.rest);
                self.count_beside(0)?;
                place.levels = self.levels;
            }
            let Some((byte, after)) = place.rest.split_first() else {
                break State::Between(place.due);
            };
            let read = match place.due {
                Due::Value | Due::ValueOrEnd => self.value_inside(&mut place, *byte, after)?,
                Due::Key | Due::KeyOrEnd => self.key_inside(&mut place, *byte, after)?,
                Due::AfterValue => self.next_inside(&mut place, *byte, after)?,
                Due::Colon if *byte == b':' => Some(place.go_on(Due::Value, after)),
                Due::WantedColon if *byte == b':' => Some(place.go_on(Due::Wanted, after)),
                Due::Colon | Due::WantedColon => None,
                Due::Wanted | Due::WantedOrEnd => {
                    self.levels = place.levels;
                    place.rest = self.steps(place.due, place.rest)?;
                    place.levels = self.levels;
                    match self.state {
                        State::Between(due) => Some(place.go_on(due, place.rest)),
                        left => Some(Some(left)),
                    }
                }
            };
            let left = match read {
                Some(left) => left,
                None => self.blanks_inside(&mut place)?,
            };
            if let Some(left) = left {
                break left;
            }
        };
        self.levels = place.levels;
        self.state = left;
        Ok(place.rest)
    }

    /// Passes over as many tokens as are read by the block. Where that is less than half of one, those after it are read one by
    /// one, so that what is looked at in vain is no more than what is read.
    #[inline(never)]
    fn after_blocks<'b>(&mut self, due: Due, bytes: &'b [u8]) -> (Due, &'b [u8]) {
        let mut place = Place {
            rest: bytes,
            due,
            levels: self.levels,
        };
        let mut numbers = true;
        while place.rest.len() >= BLOCK && place.is_beside_names() {
            if numbers && place.due == Due::Value && !place.levels.in_object() {
                numbers = place.pass_numbers() > BLOCK / 2;
                if numbers {
                    continue;
                }
            }
            let Some(block) = place.rest.first_chunk() else {
                break;
            };
            let before = block::Before {
                due: place.due,
                lines: self.names.documents == Documents::One,
                levels: place.levels,
                step: self.step_on_path(&place.levels),
            };
            let before_it = place.rest.len();
            let apart = match block::pass(block, before) {
                Some(passed) => {
                    place.levels = passed.levels;
                    let rest = place.rest.get(passed.length..).unwrap_or_default();
                    place.go_on(passed.due, rest);
                    self.beside = self.beside.saturating_add(passed.beside);
                    match passed {
                        block::Passed { few: true, .. } => LONG,
                        passed if passed.length >= BLOCK / 2 => continue,
                        _ => self.apart(&place),
                    }
                }
                None => self.apart(&place),
            };
            self.blocks_from = before_it.saturating_sub(apart);
            break;
        }
        self.levels = place.levels;
        (place.due, place.rest)
    }

    /// How far it is to the next try where a block was little or nothing: of many objects on a longer path each begins with what matters.
    #[inline(always)]
    const fn apart(&self, place: &Place<'_>) -> usize {
        if (self.names.path.len() > 1 || matches!(self.aside, Aside::Inside(_)))
            && place.levels.on_path()
        {
            LONG
        } else {
            BLOCK
        }
    }

    /// Nothing was read, where the byte begins no value.
    #[inline(always)]
    fn value_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        byte: u8,
        after: &'b [u8],
    ) -> Result<Option<Left>, ScanError> {
        let rest = match byte {
            b'"' => match runs::short(after) {
                Some((_, rest)) => rest,
                None => {
                    self.value.begin(false);
                    match self.value.feed(after)? {
                        Some(rest) => rest,
                        None => return Ok(Some(place.leave(State::InText, &[]))),
                    }
                }
            },
            b'0'..=b'9' | b'-' => match number::after_whole(place.rest) {
                Some(rest) => return Ok(Some(place.after_number(rest))),
                None => {
                    let number = Number::begin(byte).ok_or(ScanError::Malformed)?;
                    return Ok(Some(place.leave(State::Number(number), after)));
                }
            },
            b'[' => return place.open_array(after).map(Some),
            b'{' => return place.open_object(after).map(Some),
            // as behind a value
            b']' if place.due == Due::ValueOrEnd => {
                return Ok(Some(place.go_on(Due::AfterValue, place.rest)));
            }
            b't' => match after {
                [b'r', b'u', b'e', rest @ ..] => rest,
                _ => return Ok(Some(place.leave(State::Word(b"rue"), after))),
            },
            b'f' => match after {
                [b'a', b'l', b's', b'e', rest @ ..] => rest,
                _ => return Ok(Some(place.leave(State::Word(b"alse"), after))),
            },
            b'n' => match after {
                [b'u', b'l', b'l', rest @ ..] => rest,
                _ => return Ok(Some(place.leave(State::Word(b"ull"), after))),
            },
            _ => return Ok(None),
        };
        Ok(Some(place.after_value(rest)))
    }

    /// A key, and the colon behind it. Only keys of objects on the path matter.
    #[inline(always)]
    fn key_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        byte: u8,
        after: &'b [u8],
    ) -> Result<Option<Left>, ScanError> {
        if byte != b'"' {
            // the end of an object without a member is as behind one
            let ends = byte == b'}' && place.due == Due::KeyOrEnd;
            return Ok(ends.then(|| place.go_on(Due::AfterValue, place.rest)));
        }
        let on_path = place.levels.on_path();
        let (due, rest) = match runs::short(after) {
            Some((key, rest)) if on_path => {
                let due = self.due_after_short(key, &place.levels)?;
                if due == Due::Colon {
                    self.count_beside(1)?;
                }
                (due, rest)
            }
            Some((_, rest)) => (Due::Colon, rest),
            None => {
                self.key.begin(on_path);
                match self.key.feed(after)? {
                    Some(rest) => (self.due_after_key(&place.levels)?, rest),
                    None => return Ok(Some(place.leave(State::InKey, &[]))),
                }
            }
        };
        if due != Due::Colon {
            return Ok(Some(place.go_on(due, rest)));
        }
        match self.after_blanks(rest) {
            [b':', rest @ ..] => Ok(Some(place.go_on(Due::Value, self.after_blanks(rest)))),
            rest => Ok(Some(place.go_on(due, rest))),
        }
    }

    /// What comes behind a value.
    #[inline(always)]
    fn next_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        byte: u8,
        after: &'b [u8],
    ) -> Result<Option<Left>, ScanError> {
        match byte {
            b',' => Ok(Some(place.next(after))),
            b']' | b'}' => self.end_inside(place, byte == b'}', after).map(Some),
            _ => Ok(None),
        }
    }

    /// Most keys are told from all that matter by their length alone.
    #[inline(always)]
    fn due_after_short(&mut self, key: &[u8], levels: &Levels) -> Result<Due, ScanError> {
        let step = self.step(levels).unwrap_or_default();
        if has_alias_of(key.len()) || step.len() == key.len() {
            due_after(key, step, levels.found(), &mut self.aside)
        } else {
            Ok(Due::Colon)
        }
    }

    /// The step of the path in the innermost that lies on it.
    #[inline(always)]
    fn step_on_path(&self, levels: &Levels) -> &'static str {
        let step = levels.on_path_depth().checked_sub(1);
        step.and_then(|step| self.step_at(step)).unwrap_or_default()
    }

    /// What follows blanks, as far as they may stand here.
    #[inline(always)]
    fn after_blanks<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        if begins_blank(bytes) {
            after_blanks(bytes, self.names.documents == Documents::One)
        } else {
            bytes
        }
    }

    #[inline(always)]
    fn blanks_inside(&self, place: &mut Place<'_>) -> Result<Left, ScanError> {
        let rest = self.after_blanks(place.rest);
        if rest.len() == place.rest.len() {
            return Err(ScanError::Malformed);
        }
        place.rest = rest;
        Ok(None)
    }

    #[inline(always)]
    fn end_inside<'b>(
        &mut self,
        place: &mut Place<'b>,
        object: bool,
        after: &'b [u8],
    ) -> Result<Left, ScanError> {
        if place.levels.in_object() != object {
            return Err(ScanError::Malformed);
        }
        if place.levels.on_path() {
            return self.end_on_path(place, after);
        }
        place.levels.close();
        Ok(place.after_value(after))
    }
}

const fn begins_blank(bytes: &[u8]) -> bool {
    matches!(bytes, [b' ' | b'\t' | b'\n' | b'\r', ..])
}

#[inline(never)]
const fn after_blanks(bytes: &[u8], lines: bool) -> &[u8] {
    let mut rest = bytes;
    while let [byte @ (b' ' | b'\t' | b'\n' | b'\r'), after @ ..] = rest
        && (lines || matches!(byte, b' ' | b'\t'))
    {
        rest = after;
    }
    rest
}

impl<'b> Place<'b> {
    #[inline(always)]
    const fn go_on(&mut self, due: Due, rest: &'b [u8]) -> Left {
        self.due = due;
        self.rest = rest;
        None
    }

    #[inline(always)]
    const fn leave(&mut self, state: State, rest: &'b [u8]) -> Left {
        self.rest = rest;
        Some(state)
    }

    /// A value has ended.
    #[inline(always)]
    const fn after_value(&mut self, rest: &'b [u8]) -> Left {
        match rest {
            [b',', rest @ ..] => self.next(rest),
            _ => self.go_on(Due::AfterValue, rest),
        }
    }

    /// A comma was read.
    #[inline(always)]
    const fn next(&mut self, rest: &'b [u8]) -> Left {
        let due = if self.levels.in_object() {
            Due::Key
        } else if self.levels.on_path() {
            Due::Wanted
        } else {
            Due::Value
        };
        self.go_on(due, rest)
    }

    /// Behind a number of a list there are often more.
    #[inline(always)]
    fn after_number(&mut self, rest: &'b [u8]) -> Left {
        self.after_value(rest);
        self.pass_numbers();
        None
    }

    /// What is due is a token that names nothing, and is known to.
    #[inline(always)]
    const fn is_beside_names(&self) -> bool {
        match self.due {
            Due::Key | Due::KeyOrEnd | Due::Value | Due::ValueOrEnd => true,
            // items of an array of the path are names, or lead on to them
            Due::AfterValue => self.levels.in_object() || !self.levels.on_path(),
            Due::Wanted | Due::WantedOrEnd | Due::Colon | Due::WantedColon => false,
        }
    }

    /// How many bytes are numbers of a list, and their commas.
    #[inline(always)]
    fn pass_numbers(&mut self) -> usize {
        let rest = match (self.due, self.rest) {
            (Due::Value, [b'0'..=b'9' | b'-' | b' ', ..]) => list::pass(self.rest),
            _ => return 0,
        };
        let passed = self.rest.len().saturating_sub(rest.len());
        self.rest = rest;
        passed
    }

    #[inline(always)]
    fn open_array(&mut self, after: &'b [u8]) -> Result<Left, ScanError> {
        self.levels.open(false)?;
        Ok(self.go_on(Due::ValueOrEnd, after))
    }

    #[inline(always)]
    fn open_object(&mut self, after: &'b [u8]) -> Result<Left, ScanError> {
        self.levels.open(true)?;
        Ok(self.go_on(Due::KeyOrEnd, after))
    }
}
