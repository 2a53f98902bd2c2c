//! Finds the models that a `multipart/form-data` body names (RFC 7578; RFC 2046 section 5.1): in a text field, and in a field whose
//! content is JSON. Whatever readers of forms disagree on is refused: lines that end otherwise than in CRLF, a boundary inside a
//! part, escapes in names, names that some reader takes for the model's, parts in another encoding, text around the parts.

mod boundary;
mod delimiter;
mod headers;

pub use boundary::boundary;
use delimiter::Delimiter;
use headers::Part;

use super::models::{Found, Models};
use super::{MAX_MODEL, Named, ScanError, aliases, json, runs};

/// Longest headers of a part, with the blank line behind them.
pub const MAX_HEADERS: usize = 2 * 1024;

/// Most parts of a form. Starlette, which reads forms for most servers of models, takes 1,000 files and 1,000 other fields.
pub const MAX_PARTS: u32 = 2000;

/// Where a form names its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// the field that names the model as plain text, in lower case
    pub field: &'static str,
    /// the field whose content is JSON that names models, in lower case
    pub json: Option<(&'static str, json::Names)>,
    /// a form without the text field is refused; the other field must be there if its JSON must name a model
    pub required: bool,
}

/// A form being read.
#[derive(Debug)]
pub struct Scanner {
    form: Form,
    state: State,
    delimiter: Delimiter,
    headers: Vec<u8>,
    parts: u32,
    content: Content,
    models: Found,
    failure: Option<ScanError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// so many bytes of the first delimiter were read
    Opening(usize),
    /// a delimiter was read: CRLF begins a part, `--` ends the form
    Delimited,
    DelimitedCr,
    DelimitedDash,
    Headers,
    Content,
    /// the form ended: nothing or CRLF may follow
    Closed,
    ClosedCr,
    Finished,
}

/// What becomes of the parts.
#[derive(Debug)]
struct Content {
    kind: Kind,
    /// the text field, to one byte more than it may have
    text: Vec<u8>,
    text_found: bool,
    json: Option<json::Scanner>,
    json_found: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Other,
    Text,
    Json,
}

impl Scanner {
    /// A scanner before the first byte of a form with this boundary.
    #[must_use]
    #[inline(never)]
    pub fn new(form: Form, boundary: &[u8]) -> Self {
        Self {
            form,
            state: State::Opening(0),
            delimiter: Delimiter::new(boundary),
            headers: Vec::new(),
            parts: 0,
            content: Content {
                kind: Kind::Other,
                text: Vec::new(),
                text_found: false,
                json: form.json.map(|(_, names)| json::Scanner::new(names)),
                json_found: false,
            },
            models: Found::default(),
            failure: None,
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
    /// When it was not a whole form, or does not name what it must.
    pub fn finish(&self) -> Result<(), ScanError> {
        match (self.failure, self.state) {
            (Some(failure), _) => Err(failure),
            (None, State::Closed | State::Finished) => Ok(()),
            _ => Err(ScanError::Malformed),
        }
    }

    /// Bytes that the scanner holds, its own included. Names that nobody took count; nothing else grows with the body.
    #[must_use]
    pub fn held(&self) -> usize {
        let json = self.content.json.as_ref().map_or(0, json::Scanner::held);
        [
            self.delimiter.held(),
            self.headers.capacity(),
            self.content.text.capacity(),
            self.models.held(),
            json,
        ]
        .into_iter()
        .fold(size_of::<Self>(), usize::saturating_add)
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            rest = match self.state {
                State::Content => self.in_content(rest)?,
                State::Headers => self.in_headers(rest)?,
                state => {
                    self.state = self.between(state, *byte)?;
                    after
                }
            };
        }
        Ok(())
    }

    /// Around the parts every byte is due.
    fn between(&mut self, state: State, byte: u8) -> Result<State, ScanError> {
        match (state, byte) {
            (State::Opening(at), _) if self.delimiter.text().get(at) == Some(&byte) => {
                let at = at.saturating_add(1);
                Ok(if at == self.delimiter.text().len() {
                    State::Delimited
                } else {
                    State::Opening(at)
                })
            }
            (State::Delimited, b'\r') => Ok(State::DelimitedCr),
            (State::Delimited, b'-') => Ok(State::DelimitedDash),
            (State::DelimitedCr, b'\n') => {
                self.headers.clear();
                self.parts = self.parts.saturating_add(1);
                if self.parts > MAX_PARTS {
                    return Err(ScanError::TooMany);
                }
                Ok(State::Headers)
            }
            (State::DelimitedDash, b'-') => {
                self.close()?;
                Ok(State::Closed)
            }
            (State::Closed, b'\r') => Ok(State::ClosedCr),
            (State::ClosedCr, b'\n') => Ok(State::Finished),
            _ => Err(ScanError::Malformed),
        }
    }

    /// Reads up to the end of a line.
    fn in_headers<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let line = runs::before(bytes, b'\n').saturating_add(1);
        let (line, rest) = bytes.split_at_checked(line).unwrap_or((bytes, &[]));
        if line.len() > MAX_HEADERS.saturating_sub(self.headers.len()) {
            return Err(ScanError::Malformed);
        }
        self.headers.extend_from_slice(line);
        if let Some(lines) = self.headers.strip_suffix(b"\r\n\r\n") {
            let part = headers::part(lines)?;
            self.content.begin(&self.form, &part)?;
            self.state = State::Content;
        }
        Ok(rest)
    }

    fn in_content<'b>(&mut self, bytes: &'b [u8]) -> Result<&'b [u8], ScanError> {
        let content = &mut self.content;
        let read = self.delimiter.seek(bytes, |run| content.feed(run));
        // what was named before a problem was named
        if let (Kind::Json, Some(json)) = (content.kind, &mut content.json) {
            for Named { model, .. } in json.take_models().iter() {
                self.models.note(model.as_bytes(), None)?;
            }
        }
        let Some(rest) = read? else {
            return Ok(&[]);
        };
        if let Some(model) = self.content.end()? {
            self.models.note(model, None)?;
        }
        self.state = State::Delimited;
        Ok(rest)
    }

    /// The form ends.
    fn close(&self) -> Result<(), ScanError> {
        let json_due = self.form.json.is_some_and(|(_, names)| names.required);
        let text_missing = self.form.required && !self.content.text_found;
        if text_missing || (json_due && !self.content.json_found) {
            return Err(ScanError::Missing);
        }
        Ok(())
    }
}

impl Content {
    /// A part begins.
    fn begin(&mut self, form: &Form, part: &Part) -> Result<(), ScanError> {
        let json = form.json.map(|(field, _)| field);
        self.kind = if part.name == form.field.as_bytes() {
            Kind::Text
        } else if json.is_some_and(|json| part.name == json.as_bytes()) {
            Kind::Json
        } else {
            Kind::Other
        };
        let (found, readable) = match self.kind {
            Kind::Text => (&mut self.text_found, part.plain),
            Kind::Json => (&mut self.json_found, !part.charset),
            Kind::Other => return other(form, part.name),
        };
        if std::mem::replace(found, true) {
            return Err(ScanError::Conflict);
        }
        if readable {
            Ok(())
        } else {
            Err(ScanError::NotAName)
        }
    }

    fn feed(&mut self, run: &[u8]) -> Result<(), ScanError> {
        match (self.kind, &mut self.json) {
            (Kind::Json, Some(json)) => json.feed(run),
            (Kind::Text, _) => {
                let room = MAX_MODEL.saturating_add(1).saturating_sub(self.text.len());
                let run = run.get(..room).unwrap_or(run);
                self.text.extend_from_slice(run);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The part ends; the model, if it is the text.
    fn end(&self) -> Result<Option<&[u8]>, ScanError> {
        match (self.kind, &self.json) {
            (Kind::Json, Some(json)) => json.finish().map(|()| None),
            (Kind::Text, _) => {
                let lines = self.text.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
                if lines || self.text.len() > MAX_MODEL {
                    return Err(ScanError::NotAName);
                }
                Ok(Some(&self.text))
            }
            _ => Ok(None),
        }
    }
}

/// A part that does not matter, unless some reader takes its name for one that does, or for the encoding of the others (RFC 7578
/// section 4.6).
fn other(form: &Form, name: &[u8]) -> Result<(), ScanError> {
    let fields = [Some(form.field), form.json.map(|(field, _)| field)];
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    // as far as readers agree: some take `model[]`, `model.x` or ` model` for `model`
    let start = name.iter().position(is_word).unwrap_or(name.len());
    let word = name.get(start..).unwrap_or_default();
    let end = word.iter().position(|byte| !is_word(byte));
    let word = word.get(..end.unwrap_or(word.len())).unwrap_or_default();
    let mut known = fields.into_iter().flatten().chain(["_charset_"]);
    let is_metadata = word.eq_ignore_ascii_case(aliases::METADATA.as_bytes());
    if !is_metadata && known.any(|name| aliases::is_alias(word, name)) {
        Err(ScanError::Conflict)
    } else {
        Ok(())
    }
}

#[cfg(test)]
#[path = "multipart_tests.rs"]
mod tests;
