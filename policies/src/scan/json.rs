//! Finds the one `model` of a JSON request body (RFC 8259), and refuses whatever decoders disagree on: a repeated key, a key
//! that differs only in case, a second way to name a model, anything that is not strict JSON in UTF-8 without a mark.

use super::text::{Progress, Text};
use super::{MAX_MODEL, ScanError};

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u32 = 64;
const MAX_KEY: usize = 32;

/// Other members that some server or gateway takes for the model, or for a stored object that was made with one.
const ALIASES: [&[u8]; 14] = [
    b"previous_response_id",
    b"conversation",
    b"models",
    b"model_name",
    b"model_id",
    b"modelid",
    b"fallbacks",
    b"adapter",
    b"adapter_id",
    b"lora",
    b"deployment",
    b"deployment_id",
    b"engine",
    b"target_model",
];

/// A body being read.
#[derive(Debug)]
pub struct Scanner {
    state: State,
    /// one bit a level, the lowest for the innermost: 1 is an object
    stack: u64,
    depth: u32,
    key: Text<MAX_KEY>,
    value: Text<MAX_MODEL>,
    /// the value being read is the model's
    wanted: bool,
    model: Option<String>,
    failure: Option<ScanError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
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
    Finished,
}

/// The states of RFC 8259's number grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new()
    }
}

impl Scanner {
    /// A scanner before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::Start,
            stack: 0,
            depth: 0,
            key: Text::new(),
            value: Text::new(),
            wanted: false,
            model: None,
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
            None => bytes.iter().try_for_each(|byte| self.step(*byte)),
        };
        self.failure = read.err();
        read
    }

    /// The model, once its value is complete. More may come that refuses the body.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The body is over: the model, if it was one complete object that names exactly one.
    ///
    /// # Errors
    /// When it was not.
    pub fn finish(&self) -> Result<&str, ScanError> {
        match (self.failure, self.state, self.model()) {
            (Some(failure), ..) => Err(failure),
            (None, State::Finished, Some(model)) => Ok(model),
            _ => Err(ScanError::Malformed),
        }
    }

    fn step(&mut self, byte: u8) -> Result<(), ScanError> {
        self.state = match self.state {
            State::InKey => return self.in_key(byte),
            State::InText => return self.in_text(byte),
            State::Number(number) => match number_next(number, byte) {
                Some(next) => State::Number(next),
                None if number_may_end(number) => {
                    self.state = State::AfterValue;
                    return self.step(byte);
                }
                None => return Err(ScanError::Malformed),
            },
            State::Word([due, rest @ ..]) if *due == byte => {
                if rest.is_empty() {
                    State::AfterValue
                } else {
                    State::Word(rest)
                }
            }
            state if is_space(byte) && !matches!(state, State::Word(_)) => state,
            State::Start if byte == b'{' => self.open(true)?,
            State::Value { or_end } => self.value(byte, or_end)?,
            State::Key { or_end } => self.key(byte, or_end)?,
            State::Colon if byte == b':' => State::Value { or_end: false },
            State::AfterValue => self.after_value(byte)?,
            State::Start | State::Colon | State::Word(_) | State::Finished => {
                return Err(ScanError::Malformed);
            }
        };
        Ok(())
    }

    fn value(&mut self, byte: u8, or_end: bool) -> Result<State, ScanError> {
        if self.wanted && byte != b'"' {
            return Err(ScanError::NotAName);
        }
        match byte {
            b'"' => {
                self.value = Text::new();
                Ok(State::InText)
            }
            b'{' => self.open(true),
            b'[' => self.open(false),
            b']' if or_end => self.close(false),
            b't' => Ok(State::Word(b"rue")),
            b'f' => Ok(State::Word(b"alse")),
            b'n' => Ok(State::Word(b"ull")),
            b'-' => Ok(State::Number(Number::Minus)),
            b'0' => Ok(State::Number(Number::Zero)),
            b'1'..=b'9' => Ok(State::Number(Number::Whole)),
            _ => Err(ScanError::Malformed),
        }
    }

    fn key(&mut self, byte: u8, or_end: bool) -> Result<State, ScanError> {
        match byte {
            b'"' => {
                self.key = Text::new();
                Ok(State::InKey)
            }
            b'}' if or_end => self.close(true),
            _ => Err(ScanError::Malformed),
        }
    }

    fn in_key(&mut self, byte: u8) -> Result<(), ScanError> {
        match self.key.feed(byte) {
            Progress::More => Ok(()),
            Progress::Bad => Err(ScanError::Malformed),
            Progress::End => {
                self.state = State::Colon;
                self.note_key()
            }
        }
    }

    /// Only the outermost object's keys name the model.
    fn note_key(&mut self) -> Result<(), ScanError> {
        let Some(key) = self.key.whole().filter(|_| self.depth == 1) else {
            return Ok(());
        };
        if key == b"model" && self.model.is_none() {
            self.wanted = true;
            return Ok(());
        }
        let lower = key.to_ascii_lowercase();
        let names_a_model = lower == b"model" || ALIASES.contains(&lower.as_slice());
        if names_a_model {
            Err(ScanError::Conflict)
        } else {
            Ok(())
        }
    }

    fn in_text(&mut self, byte: u8) -> Result<(), ScanError> {
        match self.value.feed(byte) {
            Progress::More => Ok(()),
            Progress::Bad => Err(ScanError::Malformed),
            Progress::End => {
                self.state = State::AfterValue;
                if std::mem::take(&mut self.wanted) {
                    self.note_model()
                } else {
                    Ok(())
                }
            }
        }
    }

    fn note_model(&mut self) -> Result<(), ScanError> {
        let bytes = self.value.whole().ok_or(ScanError::NotAName)?;
        let model = std::str::from_utf8(bytes).map_err(|_| ScanError::NotAName)?;
        self.model = Some(model.to_owned());
        Ok(())
    }

    fn after_value(&mut self, byte: u8) -> Result<State, ScanError> {
        let in_object = self.stack & 1 == 1;
        match byte {
            b',' if in_object => Ok(State::Key { or_end: false }),
            b',' => Ok(State::Value { or_end: false }),
            b'}' => self.close(true),
            b']' => self.close(false),
            _ => Err(ScanError::Malformed),
        }
    }

    fn open(&mut self, object: bool) -> Result<State, ScanError> {
        if self.depth >= MAX_DEPTH {
            return Err(ScanError::Malformed);
        }
        self.depth = self.depth.saturating_add(1);
        self.stack = self.stack.wrapping_shl(1) | u64::from(object);
        Ok(if object {
            State::Key { or_end: true }
        } else {
            State::Value { or_end: true }
        })
    }

    fn close(&mut self, object: bool) -> Result<State, ScanError> {
        if (self.stack & 1 == 1) != object {
            return Err(ScanError::Malformed);
        }
        self.stack = self.stack.wrapping_shr(1);
        self.depth = self.depth.saturating_sub(1);
        match (self.depth, &self.model) {
            (0, None) => Err(ScanError::Missing),
            (0, Some(_)) => Ok(State::Finished),
            _ => Ok(State::AfterValue),
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

const fn number_next(number: Number, byte: u8) -> Option<Number> {
    use Number::{Exponent, ExponentDigits, ExponentSign, Fraction, Minus, Point, Whole, Zero};
    match (number, byte) {
        (Minus, b'0') => Some(Zero),
        (Minus, b'1'..=b'9') | (Whole, b'0'..=b'9') => Some(Whole),
        (Zero | Whole, b'.') => Some(Point),
        (Point | Fraction, b'0'..=b'9') => Some(Fraction),
        (Zero | Whole | Fraction, b'e' | b'E') => Some(Exponent),
        (Exponent, b'+' | b'-') => Some(ExponentSign),
        (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => Some(ExponentDigits),
        _ => None,
    }
}

const fn number_may_end(number: Number) -> bool {
    matches!(
        number,
        Number::Zero | Number::Whole | Number::Fraction | Number::ExponentDigits
    )
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
