//! Finds the one text field that names the model in each message of a gRPC call: length-prefixed messages
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>) in the protobuf wire format
//! (<https://protobuf.dev/programming-guides/encoding/>). Whatever decoders disagree on is refused: a field that occurs twice (the
//! last wins, or submessages are merged), another wire type (skipped as unknown), overlong numbers, groups.

use super::{MAX_MODEL, ScanError};

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const DELIMITED: u64 = 2;
const FIXED32: u64 = 5;

/// The messages of a call being read.
#[derive(Debug)]
pub struct Scanner {
    /// numbers of the fields that lead to the name, outermost first
    path: &'static [u32],
    calls: Calls,
    /// most bytes of one message
    limit: u64,
    state: State,
    /// bytes of this message that were read
    position: u32,
    /// where the open messages end, outermost first; as many as the path is long at most
    ends: Vec<u32>,
    /// fields of the path that this message has
    found: usize,
    name: Vec<u8>,
    model: Option<String>,
    /// a whole message was read
    begun: bool,
    failure: Option<ScanError>,
}

/// How many messages a call brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// exactly one
    Unary,
    /// one or more, all of the same model
    Stream,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// inside the five bytes before a message: those read, and what they say of the length
    Prefix {
        read: u8,
        length: u32,
    },
    Tag(Varint),
    /// the length of a field, and whether it is one of the path
    Length {
        varint: Varint,
        wanted: bool,
    },
    Number(Varint),
    /// this many bytes do not matter
    Skip(u32),
    /// this many bytes of the name are due
    Name(u32),
}

/// A number in base 128, lowest digit first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Varint {
    value: u64,
    shift: u32,
}

/// What one more byte makes of a varint.
enum Grown {
    More(Varint),
    /// `shortest`: nobody would write it in fewer bytes
    Whole {
        value: u64,
        shortest: bool,
    },
}

impl Scanner {
    /// A scanner before the first message; no message may be longer than `limit`.
    #[must_use]
    pub fn new(path: &'static [u32], calls: Calls, limit: u64) -> Self {
        Self {
            path,
            calls,
            limit,
            state: State::Prefix { read: 0, length: 0 },
            position: 0,
            ends: Vec::with_capacity(path.len()),
            found: 0,
            name: Vec::new(),
            model: None,
            begun: false,
            failure: None,
        }
    }

    /// Reads the next bytes. The first problem stays.
    ///
    /// # Errors
    /// When the call is to be refused, whatever may still come.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let read = match self.failure {
            Some(failure) => Err(failure),
            None => self.read(bytes),
        };
        self.failure = read.err();
        read
    }

    /// The model, once its first name is complete. More may come that refuses the call.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// The model, once a server that takes messages one by one has something to act on: the first of a stream is whole.
    #[must_use]
    pub fn streamed(&self) -> Option<&str> {
        self.model()
            .filter(|_| self.begun && self.calls == Calls::Stream)
    }

    /// The call is over: the model, if it had whole messages that all name the same.
    ///
    /// # Errors
    /// When it had not.
    pub fn finish(&self) -> Result<&str, ScanError> {
        match (self.failure, self.state, self.model()) {
            (Some(failure), ..) => Err(failure),
            (None, State::Prefix { read: 0, .. }, Some(model)) => Ok(model),
            _ => Err(ScanError::Malformed),
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            rest = match self.state {
                State::Skip(left) => self.skip(left, rest)?,
                state => {
                    self.step(state, *byte)?;
                    after
                }
            };
        }
        Ok(())
    }

    /// Passes over what does not matter, without looking at each byte.
    fn skip<'b>(&mut self, left: u32, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let here = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(left);
        self.advance(here)?;
        match left.checked_sub(here) {
            Some(0) | None => self.after_field()?,
            Some(left) => self.state = State::Skip(left),
        }
        let at = usize::try_from(here).map_err(|_| ScanError::Malformed)?;
        bytes.get(at..).ok_or(ScanError::Malformed)
    }

    fn step(&mut self, state: State, byte: u8) -> Result<(), ScanError> {
        if let State::Prefix { read, length } = state {
            return self.prefix(read, length, byte);
        }
        self.advance(1)?;
        match state {
            State::Tag(varint) => match varint.grow(byte)? {
                Grown::More(varint) => self.go_on(State::Tag(varint)),
                Grown::Whole { value, shortest } => self.tag(whole(value, shortest)?),
            },
            State::Length { varint, wanted } => match varint.grow(byte)? {
                Grown::More(varint) => self.go_on(State::Length { varint, wanted }),
                Grown::Whole { value, shortest } => self.length(whole(value, shortest)?, wanted),
            },
            State::Number(varint) => match varint.grow(byte)? {
                Grown::More(varint) => self.go_on(State::Number(varint)),
                Grown::Whole { .. } => self.after_field(),
            },
            State::Name(left) => self.in_name(left, byte),
            State::Prefix { .. } | State::Skip(_) => Err(ScanError::Malformed),
        }
    }

    /// One byte that says whether the message is compressed, four of its length, highest first.
    fn prefix(&mut self, read: u8, length: u32, byte: u8) -> Result<(), ScanError> {
        let length = match (read, byte) {
            (0, _) if self.begun && self.calls == Calls::Unary => return Err(ScanError::Malformed),
            (0, 0) => 0,
            (0, 1) => return Err(ScanError::Compressed),
            (0, _) => return Err(ScanError::Malformed),
            _ => length.wrapping_shl(8) | u32::from(byte),
        };
        let read = read.saturating_add(1);
        if read < 5 {
            self.state = State::Prefix { read, length };
            return Ok(());
        }
        if u64::from(length) > self.limit {
            return Err(ScanError::TooLarge);
        }
        self.position = 0;
        self.found = 0;
        self.name.clear();
        self.ends.push(length);
        self.after_field()
    }

    fn tag(&mut self, tag: u32) -> Result<(), ScanError> {
        let (number, kind) = (tag.wrapping_shr(3), u64::from(tag & 7));
        let level = self.ends.len().saturating_sub(1);
        let wanted = self.path.get(level) == Some(&number);
        if wanted && kind != DELIMITED {
            return Err(ScanError::NotAName);
        }
        if wanted && self.found > level {
            return Err(ScanError::Conflict);
        }
        match kind {
            _ if number == 0 => Err(ScanError::Malformed),
            VARINT => self.go_on(State::Number(Varint::default())),
            FIXED64 => self.enter(8, State::Skip(8)),
            FIXED32 => self.enter(4, State::Skip(4)),
            DELIMITED => {
                let varint = Varint::default();
                self.go_on(State::Length { varint, wanted })
            }
            _ => Err(ScanError::Malformed),
        }
    }

    fn length(&mut self, length: u32, wanted: bool) -> Result<(), ScanError> {
        if !wanted {
            return self.enter(length, State::Skip(length));
        }
        self.found = self.ends.len();
        if self.found < self.path.len() {
            let end = self.end_of(length)?;
            self.ends.push(end);
            return self.after_field();
        }
        if usize::try_from(length).is_ok_and(|length| length <= MAX_MODEL) {
            self.enter(length, State::Name(length))
        } else {
            Err(ScanError::NotAName)
        }
    }

    fn in_name(&mut self, left: u32, byte: u8) -> Result<(), ScanError> {
        self.name.push(byte);
        let left = left.saturating_sub(1);
        if left > 0 {
            self.state = State::Name(left);
            return Ok(());
        }
        let name = std::str::from_utf8(&self.name).map_err(|_| ScanError::NotAName)?;
        match &self.model {
            None => self.model = Some(name.to_owned()),
            Some(model) if model == name => {}
            Some(_) => return Err(ScanError::Conflict),
        }
        self.after_field()
    }

    /// A value of so many bytes begins, where the message has room for it.
    fn enter(&mut self, length: u32, state: State) -> Result<(), ScanError> {
        self.end_of(length)?;
        if length == 0 {
            return self.after_field();
        }
        self.state = state;
        Ok(())
    }

    /// The field goes on, so its message must, too.
    fn go_on(&mut self, state: State) -> Result<(), ScanError> {
        self.end_of(1)?;
        self.state = state;
        Ok(())
    }

    /// Where a value of so many bytes ends: inside its message.
    fn end_of(&self, length: u32) -> Result<u32, ScanError> {
        let end = self.position.checked_add(length);
        end.filter(|end| self.ends.last().is_some_and(|last| end <= last))
            .ok_or(ScanError::Malformed)
    }

    fn advance(&mut self, bytes: u32) -> Result<(), ScanError> {
        let position = self.position.checked_add(bytes);
        self.position = position.ok_or(ScanError::Malformed)?;
        Ok(())
    }

    /// Another field is due, unless messages end here.
    fn after_field(&mut self) -> Result<(), ScanError> {
        while self.ends.last() == Some(&self.position) {
            self.ends.pop();
        }
        if !self.ends.is_empty() {
            self.state = State::Tag(Varint::default());
            return Ok(());
        }
        // an empty name is how protobuf writes none
        if self.name.is_empty() {
            return Err(ScanError::Missing);
        }
        self.begun = true;
        self.state = State::Prefix { read: 0, length: 0 };
        Ok(())
    }
}

impl Varint {
    /// At most ten bytes; the tenth has one bit of 64.
    fn grow(self, byte: u8) -> Result<Grown, ScanError> {
        if self.shift >= 63 && byte > 1 {
            return Err(ScanError::Malformed);
        }
        let digit = u64::from(byte & 0x7f);
        let value = self.value | digit.checked_shl(self.shift).ok_or(ScanError::Malformed)?;
        if byte & 0x80 == 0 {
            let shortest = byte != 0 || self.shift == 0;
            return Ok(Grown::Whole { value, shortest });
        }
        let shift = self.shift.saturating_add(7);
        Ok(Grown::More(Self { value, shift }))
    }
}

/// A tag or length: in its shortest form, and within 32 bits.
fn whole(value: u64, shortest: bool) -> Result<u32, ScanError> {
    let number = u32::try_from(value).ok().filter(|_| shortest);
    number.ok_or(ScanError::Malformed)
}

#[cfg(test)]
#[path = "protobuf_tests.rs"]
mod tests;
