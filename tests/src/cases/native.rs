//! The machine alone, driven as the filter drives it: what left before the decision is watched.

use anyhow::{Context, Result, bail, ensure};
use policies::audit::{AuditEvent, Ending as End};
use policies::decision::{Reason, Verdict};
use policies::exchange::{Answer, Exchange, HeadChanges, ResponseHead};
use policies::guard::Guard;
use policies::head::{Connection, Head};
use policies::step::{Denial, Step};
use policies::time::UnixTime;
use policies::verify::verify;
use serde_json::Value;

use super::fixture::{Mode, PARTNERS};
use super::message::{Ending, Message};
use super::{Case, Expect};
use crate::token;

/// Noon of a Monday, UTC: when a case happens that does not say.
const NOON: u64 = 1_795_435_200;

/// How the body is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// as the case has it
    AsGiven,
    /// one byte at a time
    Bytes,
    /// the end is said after the last byte, as Envoy does in HTTP/1.1
    Late,
}

/// What the machine did.
#[derive(Debug)]
pub struct Outcome {
    /// what the caller gets; `None` where the request is allowed or nobody answers
    pub denial: Option<Denial>,
    /// the audit event
    pub event: AuditEvent,
    /// the head left
    pub head_left: bool,
    /// bytes of the body that left
    pub body_left: usize,
    /// head, body and end left
    pub whole_left: bool,
    /// the denial must have gRPC's form
    pub is_grpc_call: bool,
    /// the model server's answer, where it was changed
    pub shown: Option<String>,
    /// what the request's head is changed to
    pub changes: HeadChanges,
}

/// What a status of HTTP is in gRPC (<https://github.com/grpc/grpc/blob/master/doc/statuscodes.md>).
///
/// # Panics
/// When no denial has this status.
#[must_use]
pub fn grpc_status(http: u16) -> u16 {
    let known = [
        (400, 3),
        (401, 16),
        (403, 7),
        (413, 8),
        (415, 12),
        (500, 13),
        (502, 14),
        (503, 14),
        (404, 5),
    ];
    let found = known.into_iter().find(|(status, _)| *status == http);
    found.expect("a status of a denial").1
}

/// Runs a case and compares.
///
/// # Errors
/// What differs.
pub fn run(case: &Case, mode: Mode, cut: Cut) -> Result<Outcome> {
    let outcome = judge(case, mode, cut)?;
    let expect = case.natively(mode == Mode::Stream);
    compare(expect, &outcome.event)?;
    let status = outcome.denial.as_ref().map(|denial| denial.status);
    let answered = expect.status != 0;
    let expected = (answered && expect.verdict == Verdict::Deny).then_some(expect.status);
    ensure!(status == expected, "answered {status:?}, not {expected:?}");
    if let Some(denial) = &outcome.denial {
        let found = denial.grpc_status.map(u16::from);
        let expected = outcome.is_grpc_call.then(|| grpc_status(denial.status));
        ensure!(found == expected, "gRPC status {found:?}, not {expected:?}");
    }
    let (shown, expected) = (outcome.shown.as_deref(), expect.shown.as_deref());
    ensure!(
        same_json(shown, expected),
        "the caller gets {shown:?}, not {expected:?}"
    );
    if !expect.reaches() {
        ensure!(!outcome.whole_left, "a whole request left undecided");
        let held = !outcome.head_left && outcome.body_left == 0;
        ensure!(
            mode == Mode::Stream || held || expect.begun,
            "something left undecided"
        );
    }
    Ok(outcome)
}

/// Whether both are the same JSON, however its members are ordered, or there is none.
#[must_use]
pub fn same_json(one: Option<&str>, other: Option<&str>) -> bool {
    let value = |text: Option<&str>| text.map(serde_json::from_str::<Value>).transpose().ok();
    value(one).is_some() && value(one) == value(other)
}

/// Compares an audit event with what is expected of it.
///
/// # Errors
/// What differs.
pub fn compare(expect: &Expect, event: &AuditEvent) -> Result<()> {
    let (verdict, reason) = (event.verdict, event.reason);
    if verdict != expect.verdict || expect.reason.is_some_and(|expected| expected != reason) {
        let expected = expect.reason.map_or("any reason", Reason::code);
        bail!(
            "got {verdict:?} `{}`, not {:?} `{expected}`",
            reason.code(),
            expect.verdict
        );
    }
    let fields = serde_json::to_value(event)?;
    for (name, value) in &expect.event {
        let found = fields
            .get(name)
            .with_context(|| format!("an event has no `{name}`"))?;
        ensure!(
            found == value,
            "`{name}` of the event is {found}, not {value}"
        );
    }
    Ok(())
}

/// Judges a case without comparing.
///
/// # Errors
/// The case cannot be made into a request.
pub fn judge(case: &Case, mode: Mode, cut: Cut) -> Result<Outcome> {
    judge_by(&mut mode.guard(), case, mode, cut)
}

/// Judges a case by another policy than the corpus's.
///
/// # Errors
/// As [`judge`].
pub fn judge_by(guard: &mut Guard, case: &Case, mode: Mode, cut: Cut) -> Result<Outcome> {
    let now = match &case.now {
        Some(text) => parse_time(text).with_context(|| format!("`now: {text}`"))?,
        None => NOON,
    };
    if let Some(keys) = &case.keys {
        let value = |name: &str| public_half(name);
        let keys = super::expand::expand(keys, now, &value);
        // a set that is refused leaves the issuer without keys
        let _refused = guard.install_keys(PARTNERS, keys.as_bytes(), UnixTime::from_secs(now));
    }
    let message = Message::of(case, now, "native");
    Ok(Drive::new(guard, UnixTime::from_secs(now), mode).run(&message, cut))
}

/// `rsa-2` is the whole JWK, `rsa-2.n` one member.
fn public_half(name: &str) -> Option<String> {
    let (name, member) = name
        .split_once('.')
        .map_or((name, None), |(a, b)| (a, Some(b)));
    let key = token::Key::ALL.into_iter().find(|key| key.id() == name)?;
    match member {
        None => Some(key.jwk().to_string()),
        Some(member) => key
            .jwk()
            .get(member)
            .and_then(Value::as_str)
            .map(str::to_owned),
    }
}

/// `2026-11-23T05:59:59Z`, by way of a search: the core can only print times.
fn parse_time(text: &str) -> Option<u64> {
    let wanted = text.strip_suffix('Z')?;
    let (mut low, mut high) = (0, 4_102_444_800);
    while low < high {
        let middle = (low + high) / 2;
        let printed = UnixTime::from_secs(middle).rfc3339();
        if printed.get(..wanted.len())? < wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    UnixTime::from_secs(low)
        .rfc3339()
        .starts_with(wanted)
        .then_some(low)
}

struct Drive<'a> {
    guard: &'a mut Guard,
    exchange: Exchange,
    now: UnixTime,
    mode: Mode,
    head_left: bool,
    body_left: usize,
    body_held: usize,
    whole_left: bool,
    denial: Option<Denial>,
    shown: Option<String>,
}

impl<'a> Drive<'a> {
    fn new(guard: &'a mut Guard, now: UnixTime, mode: Mode) -> Self {
        Self {
            guard,
            exchange: Exchange::new(now),
            now,
            mode,
            head_left: false,
            body_left: 0,
            body_held: 0,
            whole_left: false,
            denial: None,
            shown: None,
        }
    }

    fn run(mut self, message: &Message, cut: Cut) -> Outcome {
        let body = message.body.clone();
        if !message.headless {
            self.head(message, body.is_none());
        }
        let mut pieces = body.unwrap_or_default();
        if cut == Cut::Bytes && !pieces.concat().is_empty() {
            pieces = pieces.concat().into_iter().map(|byte| vec![byte]).collect();
        }
        let last = pieces.len().saturating_sub(1);
        for (at, piece) in pieces.iter().enumerate() {
            self.body(
                piece,
                at == last && message.ending == Ending::Data && cut != Cut::Late,
            );
            let length = message.length();
            self.whole_left |=
                self.head_left && length.is_some_and(|length| self.body_left >= length);
        }
        match message.ending {
            Ending::Data if cut == Cut::Late && !pieces.is_empty() => self.body(&[], true),
            Ending::Empty => self.body(&[], true),
            Ending::Trailers if self.denial.is_none() => {
                let step = self.exchange.request_trailers(self.guard);
                self.step(step, 0, true);
            }
            _ => {}
        }
        self.respond(message);
        let is_grpc_call = message.is_grpc_call();
        self.finish(is_grpc_call)
    }

    fn head(&mut self, message: &Message, end: bool) {
        let field = |name: &str, value: &[u8]| (name.as_bytes().to_vec(), value.to_vec());
        let mut fields = vec![
            field(":method", &message.method),
            field(":authority", &message.authority),
            field(":path", &message.path),
        ];
        fields.extend(message.headers.clone());
        let address = message.address();
        let connection = Connection {
            peer: message.peer.as_deref(),
            address: Some(address.as_bytes()),
        };
        let step = self
            .exchange
            .request_head(self.guard, &Head::new(fields), connection, end);
        let step = self.settle(step);
        let leaves = match (&step, self.mode) {
            (Step::Forward, _) | (Step::Hold, Mode::Stream) => true,
            (_, _) => false,
        };
        self.head_left = leaves;
        self.whole_left = leaves && message.length() == Some(0);
        self.step(step, 0, end);
    }

    fn body(&mut self, piece: &[u8], end: bool) {
        if self.denial.is_none() {
            let step = self.exchange.request_body(self.guard, piece, end);
            self.step(step, piece.len(), end);
        }
    }

    /// A backend that saw the head may answer; whether it may is the machine's word.
    fn respond(&mut self, message: &Message) {
        if self.denial.is_none() && self.head_left && (message.early || self.whole_left) {
            let said = message.answer.as_ref();
            let field = |name: &str| Some(said?.header(name)?.as_bytes().to_vec());
            let head = ResponseHead {
                status: said.map_or(200, |answer| answer.status),
                media_type: field("content-type"),
                encoding: field("content-encoding"),
            };
            match self.exchange.response_head(&head) {
                Answer::Pass => {}
                Answer::Refuse(denial) => self.denial = Some(denial),
                Answer::Collect => {
                    let body = said.map_or("", |answer| answer.body.as_str());
                    let shown = self.exchange.list(self.guard, body.as_bytes());
                    self.shown = Some(String::from_utf8_lossy(&shown).into_owned());
                }
            }
        }
    }

    fn step(&mut self, step: Step, bytes: usize, end: bool) {
        self.body_held += bytes;
        match self.settle(step) {
            Step::Forward => {
                self.head_left = true;
                self.body_left += std::mem::take(&mut self.body_held);
                self.whole_left |= end;
            }
            Step::Deny(denial) => self.denial = Some(denial),
            Step::Hold | Step::Verify(_) | Step::NeedKeys(_) => {}
        }
    }

    fn settle(&mut self, mut step: Step) -> Step {
        loop {
            step = match step {
                Step::Verify(verification) => {
                    self.exchange.signature(self.guard, verify(&verification))
                }
                Step::NeedKeys(_) => self.exchange.keys(self.guard),
                step => return step,
            }
        }
    }

    fn finish(mut self, is_grpc_call: bool) -> Outcome {
        let status = self.denial.as_ref().map(|denial| denial.status);
        let ending = End {
            now: self.now,
            status,
            proxy: "native".into(),
        };
        let event = self.exchange.finish(self.guard, &ending);
        let line = self.exchange.finish_line(self.guard, &ending);
        assert_eq!(
            String::from_utf8_lossy(&line),
            event.to_line(),
            "the line is the event's"
        );
        Outcome {
            event,
            denial: self.denial,
            head_left: self.head_left,
            body_left: self.body_left,
            whole_left: self.whole_left,
            is_grpc_call,
            shown: self.shown,
            changes: self.exchange.head_changes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(parse_time("2026-11-23T12:00:00Z"), Some(NOON));
        assert_eq!(parse_time("2026-11-23T12:00:00"), None);
        assert_eq!(parse_time("2026-11-31T12:00:00Z"), None);
    }
}
