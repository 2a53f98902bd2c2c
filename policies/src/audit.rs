//! The audit event of one exchange: what was known when it ended, as one JSON line. `docs/audit-event.md` explains each field.
//!
//! It never holds a token, a signature, a body or a query string. Every text is cut at [`MAX_TEXT`] bytes and escaped to ASCII,
//! so that no request can forge a line.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

use crate::action::Action;
use crate::bundle::{Api, Route};
use crate::decision::{Reason, Verdict};
use crate::engine::Engine;
use crate::head::{Head, Target};
use crate::principal::{Identity, Subject, Workload};
use crate::time::UnixTime;

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

/// What only the proxy knows at the end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ending {
    /// when
    pub now: UnixTime,
    /// status sent to the client, where no response head passed the filter
    pub status: Option<u16>,
    /// the proxy's own id
    pub proxy: String,
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

/// What is known so far.
#[derive(Debug)]
pub(crate) struct Record {
    started: UnixTime,
    request_id: Option<String>,
    trace: Option<(String, String)>,
    issuer: Option<String>,
    subject: Option<String>,
    subject_type: Option<SubjectType>,
    authentication: Authentication,
    client: Option<String>,
    namespace: Option<String>,
    api: Option<Api>,
    method: Option<String>,
    host: Option<String>,
    path: Option<String>,
    granted: Vec<u32>,
    pub(crate) refused: Vec<u32>,
    pub(crate) stale_keys: bool,
    pub(crate) peer: Option<String>,
    /// what was named, in order, each once; bounded
    models: Vec<String>,
    /// what was named last
    last: Option<String>,
    pub(crate) action: Option<Action>,
    pub(crate) decided: Option<(Verdict, Reason)>,
    pub(crate) status: Option<u16>,
    pub(crate) request_bytes: u64,
    pub(crate) response_bytes: u64,
}

impl Record {
    pub(crate) fn new(started: UnixTime) -> Self {
        Self {
            started,
            request_id: None,
            trace: None,
            issuer: None,
            subject: None,
            subject_type: None,
            authentication: Authentication::None,
            client: None,
            stale_keys: false,
            namespace: None,
            api: None,
            method: None,
            host: None,
            path: None,
            granted: Vec::new(),
            refused: Vec::new(),
            peer: None,
            models: Vec::new(),
            last: None,
            action: None,
            decided: None,
            status: None,
            request_bytes: 0,
            response_bytes: 0,
        }
    }

    /// What is kept even of a request that cannot be read: raw method and host, the path up to any `?` or `#`.
    pub(crate) fn read_head(&mut self, head: &Head) {
        let first = |name| head.values(name).next();
        self.method = first(":method").map(text);
        self.host = first(":authority").map(text);
        self.path = first(":path").map(|path| {
            text(
                path.split(|byte| matches!(byte, b'?' | b'#'))
                    .next()
                    .unwrap_or_default(),
            )
        });
        self.request_id = first("x-request-id").map(text);
        self.trace = first("traceparent").and_then(trace);
    }

    pub(crate) fn read_target(&mut self, target: &Target) {
        self.host = Some(text(target.host.as_bytes()));
    }

    pub(crate) fn read_route(&mut self, route: &Route) {
        self.namespace = Some(route.namespace.clone());
        self.api = Some(route.api);
    }

    pub(crate) fn authenticated_by_token(&mut self, identity: &Identity) {
        self.authentication = Authentication::Token;
        self.issuer = Some(identity.issuer.clone());
        self.subject = Some(identity.subject.name());
        self.subject_type = Some(match identity.subject {
            Subject::User(_) => SubjectType::User,
            Subject::ServiceAccount(_) | Subject::Workload(_) => SubjectType::ServiceAccount,
        });
        self.client = identity.client.clone();
    }

    pub(crate) fn authenticated_by_peer(&mut self, peer: Option<&Workload>) {
        self.authentication = Authentication::Mtls;
        self.subject_type = peer.map(|_| SubjectType::ServiceAccount);
        self.subject = peer.map(Workload::name);
    }

    /// The request's id, where it can be quoted without harm.
    pub(crate) fn request_id(&self) -> Option<&str> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let id = self.request_id.as_deref()?;
        (!id.is_empty() && id.len() <= 64 && id.bytes().all(fits)).then_some(id)
    }

    /// The request names this model.
    pub(crate) fn names(&mut self, model: &str) {
        let new =
            self.models.len() <= MAX_OTHERS && !self.models.iter().any(|known| known == model);
        let kept = text(model.as_bytes());
        if new {
            self.models.push(kept.clone());
        }
        self.last = Some(kept);
    }

    /// These rules allow what was named last.
    pub(crate) fn grant(&mut self, rules: &[u32]) {
        for rule in rules {
            if self.granted.len() < MAX_RULES && !self.granted.contains(rule) {
                self.granted.push(*rule);
            }
        }
    }

    /// The first model and the others; of what is denied the one that was judged last, and the others.
    fn named(&self, verdict: Verdict) -> (Option<String>, Vec<String>) {
        let first = match verdict {
            Verdict::Allow => self.models.first(),
            Verdict::Deny => self.last.as_ref(),
        };
        let others = self.models.iter().filter(|model| Some(*model) != first);
        (first.cloned(), others.take(MAX_OTHERS).cloned().collect())
    }

    pub(crate) fn event(&self, engine: &Engine, ending: &Ending) -> AuditEvent {
        let (verdict, reason) = self
            .decided
            .unwrap_or((Verdict::Deny, Reason::EndedUndecided));
        let rules = match verdict {
            Verdict::Allow => &self.granted,
            Verdict::Deny => &self.refused,
        };
        let rules = || rules.iter().filter_map(|rule| engine.rule(*rule));
        let (model, other_models) = self.named(verdict);
        let kept = |field: &Option<String>| field.as_ref().map(|value| text(value.as_bytes()));
        AuditEvent {
            kind: KIND.to_owned(),
            version: VERSION,
            time: self.started.rfc3339(),
            request_id: self.request_id.clone(),
            trace_id: self.trace.as_ref().map(|(trace, _)| trace.clone()),
            span_id: self.trace.as_ref().map(|(_, span)| span.clone()),
            verdict,
            reason,
            rules: rules()
                .take(MAX_RULES)
                .map(|rule| rule.id.clone())
                .collect(),
            because: rules().find_map(|rule| rule.because.clone()),
            issuer: self.issuer.clone(),
            subject: kept(&self.subject),
            subject_type: self.subject_type,
            authentication: self.authentication,
            client: kept(&self.client),
            stale_keys: self.stale_keys,
            peer: kept(&self.peer),
            namespace: self.namespace.clone(),
            model,
            other_models,
            action: self.action,
            protocol: self.api,
            method: self.method.clone(),
            host: self.host.clone(),
            path: self.path.clone(),
            status: self.status.or(ending.status),
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            duration_micros: ending.now.since(self.started) / 1000,
            bundle: engine.digest().to_owned(),
            target: engine.bundle().target.clone(),
            proxy: text(ending.proxy.as_bytes()),
        }
    }
}

/// At most [`MAX_TEXT`] bytes; what is no UTF-8 becomes U+FFFD.
fn text(bytes: &[u8]) -> String {
    let cut = bytes.get(..MAX_TEXT).unwrap_or(bytes);
    String::from_utf8_lossy(cut).into_owned()
}

/// W3C Trace Context section 3.2: `00-TRACEID-SPANID-FLAGS`, lower-case hex.
fn trace(value: &[u8]) -> Option<(String, String)> {
    let parts: Vec<&str> = std::str::from_utf8(value).ok()?.split('-').collect();
    let [_version, trace, span, _flags] = parts.as_slice() else {
        return None;
    };
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    (hex(trace, 32) && hex(span, 16)).then(|| ((*trace).to_owned(), (*span).to_owned()))
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
    fn trace_context_is_read_strictly() {
        let good = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert!(trace(good).is_some());
        assert_eq!(trace(&good.to_ascii_uppercase()), None);
        assert_eq!(trace(b"00-1-2-01"), None);
    }

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
