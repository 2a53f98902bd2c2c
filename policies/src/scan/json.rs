//! Finds every model that a JSON body (RFC 8259) names at one path, and refuses whatever decoders disagree on: a repeated key on
//! the path, a key that differs only in case, a second way to name a model, anything that is not strict JSON in UTF-8 without a
//! mark.

mod levels;
mod number;

use super::aliases::{is_like, may_name_a_model};
use super::models::Models;
use super::text::Text;
use super::{MAX_MODEL, ScanError};
use levels::Levels;
pub use levels::MAX_DEPTH;
use number::Number;

/// Longer keys are not on a path, and nobody takes them for one that is.
const MAX_KEY: usize = 32;
/// Stands in a path for each item of an array.
const ITEMS: &str = "[]";

/// Where a JSON body names its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// names of the members from the outermost object to the model's name, in lower case; `[]` stands for each item of an array
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
    key: Text<MAX_KEY>,
    value: Text<MAX_MODEL>,
    /// the value that is due is the path's next step
    wanted: bool,
    /// an object was read to its end
    begun: bool,
    models: Models,
    failure: Option<ScanError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// a document is due
    Start,
    /// a value is due; `true` right after `[`, where the array may also end
    Value {
        or_end: bool,
    },
    /// a key is due; `true` right after `{`, where the object may also end
    Key {
        or_end: bool,
    },
    InKey,
    Colon,
    InText,
    /// inside `true`, `false` or `null`: what must still come
    Word(&'static [u8]),
    Number(Number),
    AfterValue,
    /// a document ended; another may begin on another line, where there are lines
    Finished,
}

impl Scanner {
    /// A scanner before the first byte.
    #[must_use]
    pub fn new(names: Names) -> Self {
        Self {
            names,
            state: State::Start,
            levels: Levels::new(),
            key: Text::new(),
            value: Text::new(),
            wanted: false,
            begun: false,
            models: Models::default(),
            failure: None,
        }
    }

    /// Reads the next bytes. The first problem stays.
    ///
    /// # Errors
    /// When the body is to be refused, whatever may still come.
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
    pub fn take_models(&mut self) -> Vec<String> {
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
        while !rest.is_empty() {
            rest = match self.state {
                State::InKey => self.in_key(rest)?,
                State::InText => self.in_text(rest)?,
                State::Number(number) => self.in_number(number, rest)?,
                State::Word(due) => self.in_word(due, rest)?,
                _ => self.between(rest)?,
            };
        }
        Ok(())
    }

    /// Blanks, and the one byte that says what comes next.
    fn between<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let mut rest = bytes;
        while let [byte @ (b' ' | b'\t' | b'\n' | b'\r'), after @ ..] = rest {
            if matches!(byte, b'\n' | b'\r') {
                self.end_line(*byte)?;
            }
            rest = after;
        }
        let Some((byte, after)) = rest.split_first() else {
            return Ok(rest);
        };
        self.state = match self.state {
            State::Start if *byte == b'{' => self.open(true, true)?,
            State::Value { or_end } => self.value(*byte, or_end)?,
            State::Key { or_end } => self.key(*byte, or_end)?,
            State::Colon if *byte == b':' => State::Value { or_end: false },
            State::AfterValue => self.after_value(*byte)?,
            _ => return Err(ScanError::Malformed),
        };
        Ok(after)
    }

    /// A reader of lines would take what begins inside of a document for one of its own.
    const fn end_line(&mut self, byte: u8) -> Result<(), ScanError> {
        match (self.names.documents, self.state) {
            (Documents::Lines, State::Finished) if byte == b'\n' => self.state = State::Start,
            (Documents::One, _) | (Documents::Lines, State::Start | State::Finished) => {}
            (Documents::Lines, _) => return Err(ScanError::Malformed),
        }
        Ok(())
    }

    fn value(&mut self, byte: u8, or_end: bool) -> Result<State, ScanError> {
        if or_end && byte == b']' {
            return self.close(false);
        }
        let item = self.levels.on_path() && !self.levels.in_object();
        let wanted = std::mem::take(&mut self.wanted) || item;
        if wanted {
            self.levels.note_found();
            if byte != self.due() {
                return Err(ScanError::NotAName);
            }
        }
        match byte {
            b'"' => {
                self.value.begin(wanted);
                Ok(State::InText)
            }
            b'{' => self.open(true, wanted),
            b'[' => self.open(false, wanted),
            b't' => Ok(State::Word(b"rue")),
            b'f' => Ok(State::Word(b"alse")),
            b'n' => Ok(State::Word(b"ull")),
            _ => Number::begin(byte)
                .map(State::Number)
                .ok_or(ScanError::Malformed),
        }
    }

    /// The path's step at the innermost level, or below it where `deeper` is 1.
    fn step(&self, deeper: u32) -> Option<&'static str> {
        let depth = self.levels.depth().saturating_add(deeper);
        let at = usize::try_from(depth.checked_sub(1)?).ok()?;
        self.names.path.get(at).copied()
    }

    /// What the path's next value begins with.
    fn due(&self) -> u8 {
        match self.step(1) {
            None => b'"',
            Some(ITEMS) => b'[',
            Some(_) => b'{',
        }
    }

    fn key(&mut self, byte: u8, or_end: bool) -> Result<State, ScanError> {
        match byte {
            b'"' => {
                self.key.begin(self.levels.on_path());
                Ok(State::InKey)
            }
            b'}' if or_end => self.close(true),
            _ => Err(ScanError::Malformed),
        }
    }

    fn in_key<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let Some(rest) = self.key.feed(bytes)? else {
            return Ok(&[]);
        };
        self.state = State::Colon;
        self.note_key()?;
        Ok(rest)
    }

    /// Only keys of objects on the path are kept.
    fn note_key(&mut self) -> Result<(), ScanError> {
        let (Some(key), Some(step)) = (self.key.whole(), self.step(0)) else {
            return Ok(());
        };
        if key == step.as_bytes() && !self.levels.found() {
            self.wanted = true;
            return Ok(());
        }
        if is_like(key, step) || may_name_a_model(key) {
            Err(ScanError::Conflict)
        } else {
            Ok(())
        }
    }

    fn in_text<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let Some(rest) = self.value.feed(bytes)? else {
            return Ok(&[]);
        };
        self.state = State::AfterValue;
        if self.value.wanted() {
            let name = self.value.whole().ok_or(ScanError::NotAName)?;
            self.models.note(name)?;
        }
        Ok(rest)
    }

    fn in_number<'b>(&mut self, number: Number, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let (mut number, mut rest) = number.advance(bytes);
        // in a list that names nothing, one number after the other is read without a look at what else could follow
        let of_a_list = !self.levels.in_object() && !self.levels.on_path();
        while of_a_list
            && number.may_end()
            && let [b',', byte, after @ ..] = rest
            && let Some(next) = Number::begin(*byte)
        {
            (number, rest) = next.advance(after);
        }
        self.state = match rest {
            [] => State::Number(number),
            _ if number.may_end() => State::AfterValue,
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
            [] => State::AfterValue,
            _ => State::Word(due),
        };
        Ok(rest)
    }

    fn after_value(&mut self, byte: u8) -> Result<State, ScanError> {
        match byte {
            b',' if self.levels.in_object() => Ok(State::Key { or_end: false }),
            b',' => Ok(State::Value { or_end: false }),
            b'}' => self.close(true),
            b']' => self.close(false),
            _ => Err(ScanError::Malformed),
        }
    }

    fn open(&mut self, object: bool, wanted: bool) -> Result<State, ScanError> {
        self.levels.open(object, wanted)?;
        Ok(if object {
            State::Key { or_end: true }
        } else {
            State::Value { or_end: true }
        })
    }

    fn close(&mut self, object: bool) -> Result<State, ScanError> {
        if self.levels.in_object() != object {
            return Err(ScanError::Malformed);
        }
        if self.names.required && self.levels.on_path() && !self.levels.found() {
            return Err(ScanError::Missing);
        }
        self.levels.close();
        if self.levels.depth() > 0 {
            return Ok(State::AfterValue);
        }
        self.begun = true;
        Ok(State::Finished)
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
