//! Finds the text fields that name the models in each message of a gRPC call: length-prefixed messages
//! (<https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>) in the protobuf wire format
//! (<https://protobuf.dev/programming-guides/encoding/>). Whatever decoders disagree on is refused: a field that occurs twice (the
//! last wins, or submessages are merged), another wire type (skipped as unknown), overlong numbers, groups.

mod fields;
mod pass;
mod prefix;
mod varint;
mod version;

use super::models::{Found, Models};
use super::{MAX_MODEL, ScanError};
pub use fields::{Field, Fields, VersionFields};
use varint::{Grown, Varint};
use version::Kind;

/// Bytes before a message.
const PREFIX: usize = 5;
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const DELIMITED: u64 = 2;
const FIXED32: u64 = 5;

/// The messages of a call being read.
#[derive(Debug)]
pub struct Scanner {
    fields: Fields,
    calls: Calls,
    /// most bytes of one message
    limit: u64,
    state: State,
    /// bytes of this message that were read
    position: u32,
    /// the open messages, outermost first; as many as the path is long at most
    open: Vec<Open>,
    name: Vec<u8>,
    /// of the message that names models, where there is a version in it and somebody asks for it
    version: Option<Vec<u8>>,
    models: Found,
    /// a whole message was read
    begun: bool,
    failure: Option<ScanError>,
}

/// How many messages a call brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// exactly one
    Unary,
    /// one or more
    Stream,
}

/// A message that was begun.
#[derive(Debug, Clone, Copy)]
struct Open {
    end: u32,
    /// it has the field of the path
    found: bool,
    /// that field names a model
    named: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// inside the five bytes before a message: those read, and what they say of the length
    Prefix {
        read: u8,
        length: u32,
    },
    Tag(Varint),
    /// the length of a field, and what it is to us
    Length {
        varint: Varint,
        field: Kind,
    },
    Number(Varint),
    /// this many bytes do not matter
    Skip(u32),
    /// this many bytes of the name are due
    Name(u32),
    /// or of the version
    Version(u32),
}

impl Scanner {
    /// A scanner before the first message; no message may be longer than `limit`.
    #[must_use]
    pub fn new(fields: Fields, calls: Calls, limit: u64) -> Self {
        Self {
            fields,
            calls,
            limit,
            state: State::Prefix { read: 0, length: 0 },
            position: 0,
            open: Vec::with_capacity(fields.path.len()),
            name: Vec::new(),
            version: None,
            models: Found::default(),
            begun: false,
            failure: None,
        }
    }

    /// Reads the next bytes. The first problem stays.
    ///
    /// # Errors
    /// When the call is to be refused, whatever may still come.
    #[inline(never)]
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let read = match self.failure {
            Some(failure) => Err(failure),
            None => self.read(bytes),
        };
        self.failure = read.err();
        read
    }

    /// The names completed since this was asked last, in order, none twice in a row. More may come that refuses the call.
    pub fn take_models(&mut self) -> Models {
        self.models.take()
    }

    /// Between two messages: nothing undecided is under way.
    #[must_use]
    pub const fn is_between(&self) -> bool {
        matches!(self.state, State::Prefix { read: 0, .. }) && self.failure.is_none()
    }

    /// The call is over.
    ///
    /// # Errors
    /// When it had no message, or not whole ones that each name a model.
    pub fn finish(&self) -> Result<(), ScanError> {
        match self.failure {
            Some(failure) => Err(failure),
            None if self.begun && self.is_between() => Ok(()),
            None => Err(ScanError::Malformed),
        }
    }

    /// Bytes that the scanner holds, its own included. Names that nobody took count; nothing else grows with the call.
    #[must_use]
    pub fn held(&self) -> usize {
        let open = self.open.capacity().saturating_mul(size_of::<Open>());
        let version = self.version.as_ref().map_or(0, Vec::capacity);
        [self.name.capacity(), version, open, self.models.held()]
            .into_iter()
            .fold(size_of::<Self>(), usize::saturating_add)
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let mut rest = bytes;
        loop {
            if self.state == State::Tag(Varint::default()) {
                rest = self.pass_fields(rest);
            }
            if let State::Prefix { read: 0, .. } = self.state {
                rest = self.pass_messages(rest)?;
            }
            let Some((byte, after)) = rest.split_first() else {
                return Ok(());
            };
            rest = match self.state {
                State::Prefix { read: 0, .. } if rest.len() >= PREFIX => self.whole_prefix(rest)?,
                State::Skip(left) => self.skip(left, rest)?,
                State::Name(left) => self.in_name(left, rest)?,
                State::Version(left) => self.in_version(left, rest)?,
                state => {
                    self.step(state, *byte)?;
                    after
                }
            };
        }
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

    #[inline(always)]
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
            State::Length { varint, field } => match varint.grow(byte)? {
                Grown::More(varint) => self.go_on(State::Length { varint, field }),
                Grown::Whole { value, shortest } => self.length(whole(value, shortest)?, field),
            },
            State::Number(varint) => match varint.grow(byte)? {
                Grown::More(varint) => self.go_on(State::Number(varint)),
                Grown::Whole { .. } => self.after_field(),
            },
            State::Prefix { .. } | State::Skip(_) | State::Name(_) | State::Version(_) => {
                Err(ScanError::Malformed)
            }
        }
    }

    fn tag(&mut self, tag: u32) -> Result<(), ScanError> {
        let (number, kind) = (tag.wrapping_shr(3), u64::from(tag & 7));
        let field = self.kind_of(number);
        if field != Kind::Other && kind != DELIMITED {
            return Err(ScanError::NotAName);
        }
        if self.has_already(field) {
            return Err(ScanError::Conflict);
        }
        if self.open.len() == 1 && self.fields.refused.contains(&number) {
            return Err(ScanError::Conflict);
        }
        match kind {
            _ if number == 0 => Err(ScanError::Malformed),
            VARINT => self.go_on(State::Number(Varint::default())),
            FIXED64 => self.enter(8, State::Skip(8)),
            FIXED32 => self.enter(4, State::Skip(4)),
            DELIMITED => {
                let varint = Varint::default();
                self.go_on(State::Length { varint, field })
            }
            _ => Err(ScanError::Malformed),
        }
    }

    fn length(&mut self, length: u32, field: Kind) -> Result<(), ScanError> {
        match field {
            Kind::Other => return self.enter(length, State::Skip(length)),
            Kind::Version | Kind::Label => return self.begin_version(length, field),
            Kind::Name => {}
        }
        if let Some(open) = self.open.last_mut() {
            open.found = true;
        }
        if self.open.len() < self.fields.path.len() {
            let end = self.end_of(length)?;
            self.open.push(Open::until(end));
            return self.after_field();
        }
        // an empty name is how protobuf writes none
        if length == 0 && self.leads_on().is_some_and(Field::repeats) {
            return Err(ScanError::Missing);
        }
        self.name.clear();
        if usize::try_from(length).is_ok_and(|length| length <= MAX_MODEL) {
            self.enter(length, State::Name(length))
        } else {
            Err(ScanError::NotAName)
        }
    }

    /// A name that lies in one piece as a whole is not copied.
    fn in_name<'b>(&mut self, left: u32, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let here = u32::try_from(bytes.len()).unwrap_or(u32::MAX).min(left);
        let at = usize::try_from(here).map_err(|_| ScanError::Malformed)?;
        let (part, rest) = bytes.split_at_checked(at).ok_or(ScanError::Malformed)?;
        self.advance(here)?;
        let left = left.saturating_sub(here);
        let waits = left > 0 || self.fields.version.is_some();
        if waits || !self.name.is_empty() {
            self.name.extend_from_slice(part);
        }
        if left > 0 {
            self.state = State::Name(left);
            return Ok(rest);
        }
        // a version may stand behind the name
        if !waits {
            let name = match self.name.as_slice() {
                [] => part,
                name => name,
            };
            self.models.note(name, None)?;
        }
        if let Some(open) = self.open.last_mut() {
            open.named = true;
        }
        self.after_field()?;
        Ok(rest)
    }

    /// A value of so many bytes begins, where the message has room for it.
    #[inline(never)]
    fn enter(&mut self, length: u32, state: State) -> Result<(), ScanError> {
        self.end_of(length)?;
        if length == 0 {
            return self.after_field();
        }
        self.state = state;
        Ok(())
    }

    /// The field goes on, so its message must, too.
    #[inline(never)]
    fn go_on(&mut self, state: State) -> Result<(), ScanError> {
        self.end_of(1)?;
        self.state = state;
        Ok(())
    }

    /// Where a value of so many bytes ends: inside its message.
    fn end_of(&self, length: u32) -> Result<u32, ScanError> {
        let end = self.position.checked_add(length);
        end.filter(|end| self.open.last().is_some_and(|open| *end <= open.end))
            .ok_or(ScanError::Malformed)
    }

    #[inline(always)]
    fn advance(&mut self, bytes: u32) -> Result<(), ScanError> {
        let position = self.position.checked_add(bytes);
        self.position = position.ok_or(ScanError::Malformed)?;
        Ok(())
    }

    /// Another field is due, unless messages end here.
    fn after_field(&mut self) -> Result<(), ScanError> {
        while let Some(open) = self.open.pop_if(|open| open.end == self.position) {
            let named = open.named;
            self.note_versioned(named)?;
            let step = self.leads_on();
            match self.open.last_mut() {
                Some(outer) => outer.named |= named,
                None if named => self.begun = true,
                None => return Err(ScanError::Missing),
            }
            if !named && step.is_some_and(Field::repeats) {
                return Err(ScanError::Missing);
            }
        }
        self.state = if self.open.is_empty() {
            State::Prefix { read: 0, length: 0 }
        } else {
            State::Tag(Varint::default())
        };
        Ok(())
    }

    /// The field that leads on from the innermost message.
    #[inline(always)]
    fn leads_on(&self) -> Option<Field> {
        let level = self.open.len().checked_sub(1)?;
        self.fields.path.get(level).copied()
    }
}

impl Open {
    const fn until(end: u32) -> Self {
        Self {
            end,
            found: false,
            named: false,
        }
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
