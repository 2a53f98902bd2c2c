//! The audit event of one exchange: what was known when it ended, as one JSON line. `docs/audit-event.md` explains each field.
//!
//! It never holds a token, a signature, a body or a query string. Every text is cut at [`MAX_TEXT`] bytes and escaped to ASCII,
//! so that no request can forge a line.

use std::io;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::action::Action;
use crate::bundle::Api;
use crate::decision::{Reason, Verdict};
use crate::time::UnixTime;

mod excerpts;
mod line;
mod record;

pub(crate) use record::Record;

/// Longest text of a field in bytes.
pub const MAX_TEXT: usize = 256;
/// Most rule ids in one event.
pub const MAX_RULES: usize = 8;
/// Most models beside the first in one event.
pub const MAX_OTHERS: usize = 16;
/// Value of `kind` in every event.
pub const KIND: &str = "modelgate.audit";
/// Value of `version`: raised when a field changes its meaning.
pub const VERSION: u32 = 1;

/// One event. Absent fields were not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is explained in docs/audit-event.md"
)]
pub struct AuditEvent {
    pub kind: String,
    pub version: u32,
    pub time: String,
    pub request_id: Option<String>,
    pub trace_id: Option<String>,
    pub span_id: Option<String>,
    pub verdict: Verdict,
    pub reason: Reason,
    pub rules: Vec<String>,
    pub because: Option<String>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
    pub subject_type: Option<SubjectType>,
    pub authentication: Authentication,
    pub client: Option<String>,
    pub stale_keys: bool,
    pub peer: Option<String>,
    pub namespace: Option<String>,
    pub model: Option<String>,
    pub model_version: Option<String>,
    pub other_models: Vec<String>,
    pub action: Option<Action>,
    pub protocol: Option<Api>,
    pub method: Option<String>,
    pub host: Option<String>,
    pub path: Option<String>,
    pub status: Option<u16>,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub duration_micros: u64,
    pub bundle: String,
    pub target: String,
    pub proxy: String,
}

/// How the caller was authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// a verified token
    Token,
    /// the connection's certificate
    Mtls,
    /// not at all
    None,
}

/// What a subject is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SubjectType {
    /// a person
    User,
    /// a machine
    ServiceAccount,
}

impl Authentication {
    const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Mtls => "mtls",
            Self::None => "none",
        }
    }
}

impl SubjectType {
    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ServiceAccount => "serviceAccount",
        }
    }
}

/// What only the proxy knows at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// when
    pub now: UnixTime,
    /// status sent to the client, where no response head passed the filter
    pub status: Option<u16>,
    /// the proxy's own id
    pub proxy: Rc<str>,
}

impl AuditEvent {
    /// One line of ASCII JSON without a line break.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = Vec::with_capacity(1024);
        let mut serializer = Serializer::with_formatter(&mut line, Ascii);
        match self.serialize(&mut serializer) {
            Ok(()) => String::from_utf8_lossy(&line).into_owned(),
            Err(_) => format!(r#"{{"kind":"{KIND}","error":"not serialisable"}}"#),
        }
    }
}

/// Compact JSON in which every character outside printable ASCII is escaped.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // nearly always so, and one write is several times cheaper than one a character
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            if character.is_ascii() && character != '\u{7f}' {
                writer.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        CompactFormatter.write_char_escape(writer, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_printable_ascii_leaves() {
        let mut line = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut line, Ascii);
        "a\n\"\u{7f}é\u{1f600}\u{2028}"
            .serialize(&mut serializer)
            .unwrap();
        assert_eq!(line, br#""a\n\"\u007f\u00e9\ud83d\ude00\u2028""#);
    }
}
