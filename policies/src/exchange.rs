//! One HTTP exchange as a step machine: heads, body chunks, signature results and keys go in, steps come out, and at the end
//! one audit event. The bypasses of this field live between host calls, so the machine covers the whole exchange: trailers,
//! early responses, bodies that never end.
//!
//! Order: what cannot be read in one way is refused first (400), then who is calling (401, 503), then what for (403, 400, 413).

use std::rc::Rc;

use crate::audit::{AuditEvent, Ending, Record};
use crate::authorize::Permit;
use crate::bundle::{Api, Reselecting, Route};
use crate::decision::{Reason, Verdict};
use crate::guard::Guard;
use crate::head::{Connection, Head};
use crate::principal::Caller;
use crate::profile::Listing;
use crate::step::{Denial, Manner, Step};
use crate::time::UnixTime;

mod answer;
mod body;
mod caller;
mod content;
mod credential;
mod identity;
mod reading;
mod recent;
mod request;

use credential::{Credential, Pending};
use reading::Reading;
use request::Asked;

pub use answer::{Answer, MAX_LIST, MAX_LIST_VALUES, OF_THE_BODY, ResponseHead};
pub use recent::MAX_MODELS;

pub(crate) use identity::alike;

pub use identity::HeadChanges;
pub use request::{RESELECTING, RESELECTING_BEGINNINGS};

/// The machine.
#[derive(Debug)]
pub struct Exchange {
    now: UnixTime,
    state: State,
    record: Record,
    changes: HeadChanges,
    /// how the client is answered where it is refused
    manner: Manner,
    /// the answer lists models
    listed: Option<Box<Listed>>,
}

#[derive(Debug)]
enum State {
    Fresh,
    /// the token waits for a signature
    Authenticating {
        asked: Box<Asked>,
        pending: Box<Pending>,
    },
    /// the token waits for keys of this issuer, and is read again when they are there
    Waiting {
        asked: Box<Asked>,
        issuer: usize,
        token: Vec<u8>,
    },
    /// the body must name the models
    Reading(Box<Reading>),
    /// decided; the rest of a body that named a model is still checked
    Allowed(Allowed),
    Denied,
}

/// Only a decision makes the permit, so only a decision makes this state.
#[derive(Debug)]
struct Allowed {
    permit: Permit,
    rest: Option<Box<Reading>>,
}

/// What a list in the answer is judged by.
#[derive(Debug)]
struct Listed {
    listing: Listing,
    route: Rc<Route>,
    caller: Caller,
}

impl Exchange {
    /// A machine at the start of a request.
    #[must_use]
    pub fn new(now: UnixTime) -> Self {
        Self {
            now,
            state: State::Fresh,
            record: Record::new(now),
            changes: HeadChanges::default(),
            manner: Manner::default(),
            listed: None,
        }
    }

    /// The request's head; `end` says that no body follows.
    #[inline(never)]
    pub fn request_head(
        &mut self,
        guard: &mut Guard,
        head: &Head,
        connection: Connection<'_>,
        end: bool,
    ) -> Step {
        // a second head could take back what was refused
        if !matches!(self.state, State::Fresh) {
            return self.deny(Reason::Internal, None);
        }
        self.record.read_head(head);
        let bundle = guard.engine().bundle();
        self.manner = Manner {
            grpc: content::is_grpc_call(head),
            hides: bundle.hide_models,
            request_id: None,
        };
        self.changes.remove = identity::sent_by_client(bundle.identity_headers.as_ref(), head);
        let mut asked = match Asked::read(guard, head, connection, end, &mut self.record) {
            Ok(asked) => asked,
            Err(reason) => return self.deny(reason, None),
        };
        match bundle.reselecting_headers {
            Reselecting::Refuse if !asked.reselecting.is_empty() => {
                return self.deny(Reason::HeaderRefused, asked.api());
            }
            _ => self.changes.remove.append(&mut asked.reselecting),
        }
        let credential = match credential::find(head, &asked.query) {
            Ok(credential) => credential,
            Err(reason) => return self.deny(reason, asked.api()),
        };
        match credential {
            Credential::Nothing => self.unsigned(guard, asked),
            Credential::Bearer(token) => self.bearer(guard, asked, token),
        }
    }

    /// Whether the body's bytes matter; where they do not, they need not be brought, only counted.
    #[must_use]
    pub const fn reads_body(&self) -> bool {
        matches!(
            self.state,
            State::Fresh | State::Reading(_) | State::Allowed(Allowed { rest: Some(_), .. })
        )
    }

    /// Bytes of the request's body, counted for the audit event.
    pub fn request_bytes(&mut self, bytes: u64) {
        self.record.request_bytes = self.record.request_bytes.saturating_add(bytes);
    }

    /// The next bytes of the body; `end` says that they are the last.
    pub fn request_body(&mut self, guard: &mut Guard, chunk: &[u8], end: bool) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Reading(reading) => self.read_models(guard, reading, chunk, end),
            State::Allowed(Allowed {
                permit,
                rest: Some(rest),
            }) => self.read_rest(guard, permit, rest, chunk, end),
            state @ State::Allowed(_) => {
                self.state = state;
                Step::Forward
            }
            State::Fresh => self.deny(Reason::Internal, None),
            state @ (State::Authenticating { .. } | State::Waiting { .. }) => {
                self.state = state;
                Step::Hold
            }
            State::Denied => Step::Hold,
        }
    }

    /// The body ended with trailers: no further chunk will say so.
    pub fn request_trailers(&mut self, guard: &mut Guard) -> Step {
        self.request_body(guard, &[], true)
    }

    /// What must happen to the head before it goes on; asked for when the caller is known.
    #[must_use]
    pub fn head_changes(&mut self) -> HeadChanges {
        std::mem::take(&mut self.changes)
    }

    /// Whether the head of an answer passed: then nobody else need say its status.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.record.status.is_some()
    }

    /// Bytes of the response's body, counted for the audit event.
    pub fn response_bytes(&mut self, bytes: u64) {
        self.record.response_bytes = self.record.response_bytes.saturating_add(bytes);
    }

    /// The proxy refused the request before the machine saw it: what is known of its head, for the audit event alone.
    pub fn passed_by(&mut self, head: &Head) {
        self.record.read_head(head);
    }

    /// The exchange is over: its one audit event. What was not decided by now was refused.
    #[must_use]
    pub fn finish(&mut self, guard: &Guard, ending: &Ending) -> AuditEvent {
        self.close(ending);
        self.record.event(guard.engine(), ending)
    }

    /// The same as one line of ASCII JSON, several times cheaper.
    #[must_use]
    pub fn finish_line(&mut self, guard: &Guard, ending: &Ending) -> Vec<u8> {
        self.close(ending);
        self.record.line(guard.engine(), ending)
    }

    fn close(&mut self, ending: &Ending) {
        if let Some(reason) = self.pending_refusal() {
            self.record.decided = Some((Verdict::Deny, reason));
        }
        if self.record.decided.is_none() {
            self.record.decided = Some((Verdict::Deny, Reason::EndedUndecided));
        }
        let answered = ending.status.filter(|_| self.has_denied_call());
        if let (Some(_), Some((_, reason))) = (answered, self.record.decided) {
            self.record.status = self.record.status.or(Some(self.manner.status(reason)));
        }
    }

    /// Whether the token was verified with keys that should have been fetched anew.
    #[must_use]
    pub const fn has_stale_keys(&self) -> bool {
        self.record.stale_keys
    }

    /// How many models were judged so far.
    #[must_use]
    pub const fn decisions(&self) -> u64 {
        self.record.decisions
    }

    /// The verdict and its reason, once there is one.
    #[must_use]
    pub const fn decided(&self) -> Option<(Verdict, Reason)> {
        self.record.decided
    }

    /// Refuses for a reason that only the caller can know, such as a host call that failed.
    pub fn refuse(&mut self, reason: Reason) -> Step {
        self.deny(reason, None)
    }

    /// Why what is still held would have been refused.
    fn pending_refusal(&self) -> Option<Reason> {
        match &self.state {
            State::Reading(reading) => reading.refusal(),
            State::Allowed(Allowed { rest, .. }) => rest.as_ref()?.refusal(),
            State::Fresh | State::Authenticating { .. } | State::Waiting { .. } | State::Denied => {
                None
            }
        }
    }

    /// All that was named is allowed, and may go on.
    fn allow(
        &mut self,
        permit: Permit,
        rest: Option<Box<Reading>>,
        listed: impl FnOnce() -> Option<Box<Listed>>,
    ) -> Step {
        self.record.decided = Some((Verdict::Allow, Reason::Allowed));
        self.state = State::Allowed(Allowed { permit, rest });
        self.listed = listed();
        if self.listed.is_some() {
            self.changes.remove.extend(answer::unreadable());
        }
        Step::Forward
    }

    fn deny(&mut self, reason: Reason, api: Option<Api>) -> Step {
        self.state = State::Denied;
        self.record.decided = Some((Verdict::Deny, reason));
        self.manner.request_id = self.record.request_id().map(str::to_owned);
        Step::Deny(Denial::new(reason, api, &self.manner))
    }

    const fn has_denied_call(&self) -> bool {
        self.manner.grpc && matches!(self.state, State::Denied)
    }
}
