//! Finds every model that a JSON body (RFC 8259) names at one path, and refuses whatever decoders disagree on: a repeated key on
//! the path, a key that differs only in case, a second way to name a model, anything that is not strict JSON in UTF-8 without a
//! mark.

mod aside;
mod block;
mod inside;
mod levels;
mod list;
mod number;

use super::aliases::MAX_KEY;
use super::models::{Found, Models};
use super::text::Text;
use super::{MAX_MODEL, ScanError};
use aside::{Aside, due_after};
use levels::Levels;
pub use levels::MAX_DEPTH;
use number::Number;

/// So many keys of objects on the way to a name may have an escape in them, or a character beyond ASCII: they are read one by one.
pub const MAX_ODD_KEYS: u32 = 1000;
/// So many members that do not lead to a name may stand beside the way to one.
pub const MAX_BESIDE: u32 = 10_000;
/// A body may name so many models, one as often as it likes,
pub const MAX_NAMES: u64 = 10_000;
/// and a long one as many as if each took so many bytes. No request of so long a batch is shorter.
pub const BYTES_A_NAME: u64 = 90;

/// Stands in a path for each item of an array.
const ITEMS: &str = "[]";

/// Where a JSON body names its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// names of the members from the outermost object to the model's name, in lower case; `[]` stands for each item of an array. Beside
    /// `model` each item of `tools` may name another one, too, and `metadata`
    pub path: &'static [&'static str],
    /// how many objects the body is
    pub documents: Documents,
    /// an object that names no model is refused
    pub required: bool,
}

/// How many objects a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Documents {
    /// exactly one
    One,
    /// one a line (<https://jsonlines.org>), at least one; lines may be blank
    Lines,
}

/// A body being read.
#[derive(Debug)]
pub struct Scanner {
    names: Names,
    state: State,
    levels: Levels,
    aside: Aside,
    key: Text,
    value: Text,
    /// an object was read to its end
    begun: bool,
    models: Found,
    failure: Option<ScanError>,
    odd_keys: u32,
    /// members of objects on the way to a name, since the last one
    beside: u32,
    /// names that were read, and how often
    named: u64,
    /// bytes of the body up to the end of this piece
    up_to: u64,
    /// where no more bytes are left than these, they may be read by the block
    blocks_from: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// a document is due
    Start,
    /// between two tokens of a document
    Between(Due),
    InKey,
    InText,
    /// inside `true`, `false` or `null`: what must still come
    Word(&'static [u8]),
    Number(Number),
    /// a document ended; another may begin on another line, where there are lines
    Finished,
}

/// What comes next inside of a document, beside blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    /// a value that names nothing
    Value,
    /// the same right after `[`, where the array may also end
    ValueOrEnd,
    /// a value that is the path's next step
    Wanted,
    WantedOrEnd,
    Key,
    /// right after `{`, where the object may also end
    KeyOrEnd,
    Colon,
    /// the value is the path's next step
    WantedColon,
    AfterValue,
}

impl Scanner {
    /// A scanner before the first byte.
    #[must_use]
    #[inline(never)]
    pub fn new(names: Names) -> Self {
        Self {
            names,
            state: State::Start,
            levels: Levels::new(),
            aside: Aside::Outside,
            key: Text::new(MAX_KEY),
            value: Text::new(MAX_MODEL),
            begun: false,
            models: Found::default(),
            failure: None,
            odd_keys: 0,
            beside: 0,
            named: 0,
            up_to: 0,
            blocks_from: 0,
        }
    }

    /// Reads the next bytes. The first problem stays.
    ///
    /// # Errors
    /// When the body is to be refused, whatever may still come.
    #[inline(never)]
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let read = match self.failure {
            Some(failure) => Err(failure),
            None => self.read(bytes),
        };
        self.failure = read.err();
        read
    }

    /// The names that were completed since this was asked last, in order; one that repeats the one before it is left out. More
    /// may come that refuses the body.
    pub fn take_models(&mut self) -> Models {
        self.models.take()
    }

    /// The body is over.
    ///
    /// # Errors
    /// When it was not whole, or does not name what it must.
    pub fn finish(&self) -> Result<(), ScanError> {
        let whole = match self.state {
            State::Finished => true,
            State::Start => self.begun,
            _ => false,
        };
        match self.failure {
            Some(failure) => Err(failure),
            None if whole => Ok(()),
            None => Err(ScanError::Malformed),
        }
    }

    /// Bytes that the scanner holds, its own included. Names that nobody took count; nothing else grows with the body.
    #[must_use]
    pub fn held(&self) -> usize {
        [self.key.held(), self.value.held(), self.models.held()]
            .into_iter()
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let mut rest = bytes;
        self.blocks_from = bytes.len();
        self.up_to = self.up_to.saturating_add(length(bytes));
        while !rest.is_empty() {
            rest = match self.state {
                State::Between(due) => self.inside(due, rest)?,
                State::InKey => self.in_key(rest)?,
                State::InText => self.in_text(rest)?,
                State::Number(number) => self.in_number(number, rest)?,
                State::Word(due) => self.in_word(due, rest)?,
                State::Start | State::Finished => self.outside(rest)?,
            };
        }
        Ok(())
    }

    /// Blanks between documents, and where one begins.
    fn outside<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut rest = bytes;
        while let [byte @ (b' ' | b'\t' | b'\n' | b'\r'), after @ ..] = rest {
            if *byte == b'\n' && self.names.documents == Documents::Lines {
                self.state = State::Start;
            }
            rest = after;
        }
        match rest {
            [] => Ok(rest),
            [b'{', after @ ..] if self.state == State::Start => {
                self.levels.open_on_path(true)?;
                self.state = State::Between(Due::KeyOrEnd);
                Ok(after)
            }
            _ => Err(ScanError::Malformed),
        }
    }

    fn in_key<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let Some(rest) = self.key.feed(bytes)? else {
            return Ok(&[]);
        };
        let levels = self.levels;
        self.state = State::Between(self.due_after_key(&levels)?);
        Ok(rest)
    }

    /// Only keys of objects on the path are kept.
    #[inline(never)]
    fn due_after_key(&mut self, levels: &Levels) -> Result<Due, ScanError> {
        if self.key.wanted() && self.key.is_odd() {
            self.odd_keys = self.odd_keys.saturating_add(1);
            if self.odd_keys > MAX_ODD_KEYS {
                return Err(ScanError::TooMany);
            }
        }
        let step = self.step(levels);
        let due = match (self.key.whole(), step) {
            (Some(key), Some(step)) => due_after(key, step, levels.found(), &mut self.aside)?,
            _ => Due::Colon,
        };
        if self.key.wanted() && due == Due::Colon {
            self.count_beside(1)?;
        }
        Ok(due)
    }

    /// The path's step at the innermost.
    #[inline(always)]
    fn step(&self, levels: &Levels) -> Option<&'static str> {
        self.step_at(levels.depth().checked_sub(1)?)
    }

    /// The path's step after so many, on the way to a model beside the request's as well.
    #[inline(always)]
    fn step_at(&self, position: usize) -> Option<&'static str> {
        match self.names.path.get(position) {
            Some(step) => Some(step),
            None => self.step_aside(position),
        }
    }

    #[inline(never)]
    fn step_aside(&self, position: usize) -> Option<&'static str> {
        let Aside::Inside(more) = self.aside else {
            return None;
        };
        let position = position.checked_sub(self.names.path.len())?;
        more.path().get(position).copied()
    }

    /// So many more members beside the way.
    #[inline(always)]
    const fn count_beside(&mut self, members: u32) -> Result<(), ScanError> {
        self.beside = self.beside.saturating_add(members);
        if self.beside > MAX_BESIDE {
            return Err(ScanError::TooMany);
        }
        Ok(())
    }

    fn in_text<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let Some(rest) = self.value.feed(bytes)? else {
            return Ok(&[]);
        };
        self.state = State::Between(Due::AfterValue);
        if self.value.wanted() {
            self.note_value()?;
            self.count_name(rest)?;
        }
        Ok(rest)
    }

    /// A name was read, and this is left of the piece behind it.
    #[inline(always)]
    fn count_name(&mut self, rest: &[u8]) -> Result<(), ScanError> {
        self.beside = 0;
        self.named = self.named.wrapping_add(1);
        if self.named <= MAX_NAMES {
            return Ok(());
        }
        let read = self.up_to.saturating_sub(length(rest));
        if self.named.saturating_mul(BYTES_A_NAME) > read {
            return Err(ScanError::TooMany);
        }
        Ok(())
    }

    /// A name was read to its end.
    fn note_value(&mut self) -> Result<(), ScanError> {
        let name = self.value.whole().ok_or(ScanError::NotAName)?;
        self.models.note(name, None)
    }

    fn in_number<'b>(&mut self, number: Number, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let (number, rest) = number.advance(bytes);
        self.state = match rest {
            [] => State::Number(number),
            _ if number.may_end() => State::Between(Due::AfterValue),
            _ => return Err(ScanError::Malformed),
        };
        Ok(rest)
    }

    fn in_word<'b>(&mut self, due: &'static [u8], bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut rest = bytes;
        let mut due = due;
        while let ([wanted, later @ ..], [byte, after @ ..]) = (due, rest) {
            if wanted != byte {
                return Err(ScanError::Malformed);
            }
            (due, rest) = (later, after);
        }
        self.state = match due {
            [] => State::Between(Due::AfterValue),
            _ => State::Word(due),
        };
        Ok(rest)
    }
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Steps are short: two words tell.
#[inline(always)]
fn is_step(key: &[u8], step: &str) -> bool {
    let step = step.as_bytes();
    if key.len() != step.len() {
        return false;
    }
    match (ends(key), ends(step)) {
        (Some(key), Some(step)) => key == step,
        _ => key == step,
    }
}

/// The first four letters and the last four, where these are all.
#[inline(always)]
fn ends(text: &[u8]) -> Option<u64> {
    let (Some([a, b, c, d]), Some([e, f, g, h])) = (text.first_chunk(), text.last_chunk()) else {
        return None;
    };
    let ends = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
    (text.len() <= 8).then_some(ends)
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
