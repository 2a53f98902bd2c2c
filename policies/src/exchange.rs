//! One HTTP exchange as a step machine: heads, body chunks, signature results and keys go in, steps come out, and at the end
//! one audit event. The bypasses of this field live between host calls, so the machine covers the whole exchange: trailers,
//! early responses, bodies that never end.
//!
//! Order: what cannot be read in one way is refused first (400), then who is calling (401, 503), then what for (403, 400, 413).

use std::rc::Rc;

use crate::audit::{AuditEvent, Ending, Record};
use crate::authorize::{Decision, Permit, Question};
use crate::bundle::Api;
use crate::decision::{Reason, Verdict};
use crate::guard::{Guard, Verified};
use crate::head::Head;
use crate::principal::Caller;
use crate::step::{Denial, Step};
use crate::time::UnixTime;

mod body;
mod content;
mod credential;
mod identity;
mod reading;
mod request;

use credential::{Credential, Pending};
use reading::{Reading, Rest};
use request::{Asked, Target};

pub use identity::HeadChanges;
pub use request::RESELECTING;

/// The machine.
#[derive(Debug)]
pub struct Exchange {
    now: UnixTime,
    state: State,
    record: Record,
    changes: HeadChanges,
    /// the client expects answers in gRPC's form
    grpc: bool,
}

#[derive(Debug)]
enum State {
    Fresh,
    /// the token waits for keys or a signature
    Authenticating {
        asked: Asked,
        pending: Pending,
    },
    /// the body must name the model
    Reading(Reading),
    /// decided; the rest of a body that named the model is still checked
    Allowed(Allowed),
    Denied,
}

/// Only a decision makes the permit, so only a decision makes this state.
#[derive(Debug)]
struct Allowed {
    permit: Permit,
    rest: Option<Rest>,
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
            grpc: false,
        }
    }

    /// The request's head. `peer` is the URI SAN of the connection's verified peer certificate; `end` says that no body follows.
    pub fn request_head(
        &mut self,
        guard: &mut Guard,
        head: &Head,
        peer: Option<&[u8]>,
        end: bool,
    ) -> Step {
        self.record.read_head(head);
        self.grpc = content::is_grpc_call(head);
        let names = guard.engine().bundle().identity_headers.as_ref();
        self.changes.remove = identity::sent_by_client(names, head);
        let asked = match Asked::read(guard, head, peer, end, &mut self.record) {
            Ok(asked) => asked,
            Err(reason) => return self.deny(reason, None),
        };
        let credential = match credential::find(head, &asked.query) {
            Ok(credential) => credential,
            Err(reason) => return self.deny(reason, asked.api()),
        };
        match credential {
            Credential::Nothing => self.unsigned(guard, asked),
            Credential::Bearer(token) => match guard.known(token, self.now) {
                Some(verified) => self.authenticated(guard, asked, &verified),
                None => match Pending::read(guard, token, self.now) {
                    Ok(pending) => self.verify(guard, asked, pending),
                    Err(refusal) => self.deny(refusal.reason, asked.api()),
                },
            },
        }
    }

    /// The result of the [`Verification`](crate::signature::Verification) that was asked for. Anything but a clear yes is `false`.
    pub fn signature(&mut self, guard: &mut Guard, valid: bool) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Authenticating { asked, pending } if valid => {
                let verified = pending.remember(guard);
                self.authenticated(guard, asked, &verified)
            }
            State::Authenticating { asked, pending } => self.verify(guard, asked, pending),
            _ => self.deny(Reason::Internal, None),
        }
    }

    /// The keys that were asked for are there now, or will not be in time.
    pub fn keys(&mut self, guard: &mut Guard) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Authenticating { asked, pending }
                if guard.keys(pending.issuer(), self.now).is_some() =>
            {
                self.verify(guard, asked, pending)
            }
            State::Authenticating { asked, .. } => self.deny(Reason::JwksUnavailable, asked.api()),
            _ => self.deny(Reason::Internal, None),
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

    /// Whether the token still waits for keys or a signature: body bytes are held, and brought again afterwards.
    #[must_use]
    pub const fn is_authenticating(&self) -> bool {
        matches!(self.state, State::Authenticating { .. })
    }

    /// Bytes of the request's body, counted for the audit event.
    pub fn request_bytes(&mut self, bytes: u64) {
        self.record.request_bytes = self.record.request_bytes.saturating_add(bytes);
    }

    /// The next bytes of the body; `end` says that they are the last.
    pub fn request_body(&mut self, guard: &mut Guard, chunk: &[u8], end: bool) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Reading(reading) => self.read_model(guard, reading, chunk, end),
            State::Allowed(allowed) => self.check_rest(allowed, chunk, end),
            State::Fresh => self.deny(Reason::Internal, None),
            state @ State::Authenticating { .. } => {
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

    /// The response's head is about to reach the client; `Some` refuses it: nobody has decided yet.
    pub fn response_head(&mut self, status: u16) -> Option<Denial> {
        // a denial in gRPC's form has status 200: what it stands for is known without it
        if !self.has_denied_call() {
            self.record.status = Some(status);
        }
        match self.state {
            State::Allowed(_) | State::Denied => None,
            State::Fresh | State::Authenticating { .. } | State::Reading(_) => {
                let Step::Deny(denial) = self.deny(Reason::ResponseBeforeDecision, None) else {
                    return None;
                };
                Some(denial)
            }
        }
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
        if self.record.decided.is_none() {
            self.record.decided = Some((Verdict::Deny, Reason::EndedUndecided));
        }
        let answered = ending.status.filter(|_| self.has_denied_call());
        if let (Some(_), Some((_, reason))) = (answered, self.record.decided) {
            self.record.status = self.record.status.or(Some(reason.status()));
        }
        self.record.event(guard.engine(), ending)
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

    /// No token: the mTLS peer is the principal, where a rule knows it.
    fn unsigned(&mut self, guard: &Guard, asked: Asked) -> Step {
        let caller = guard.engine().caller(None, asked.peer.as_ref());
        if caller.terms.is_empty() {
            return self.deny(Reason::TokenMissing, asked.api());
        }
        self.record.authenticated_by_peer(asked.peer.as_ref());
        if let Some(names) = &guard.engine().bundle().identity_headers {
            self.changes.add = identity::of_peer(names, asked.peer.as_ref());
        }
        self.resolve(guard, asked, caller)
    }

    fn verify(&mut self, guard: &Guard, asked: Asked, mut pending: Pending) -> Step {
        let issuer = pending.issuer();
        let mut fresh = false;
        let next = match guard.keys(issuer, self.now) {
            _ if pending.by_istio() => pending.ask_istio(),
            Some(keys) => {
                fresh = pending.wants_fresh(keys);
                pending.next(keys)
            }
            None => {
                self.state = State::Authenticating { asked, pending };
                return Step::NeedKeys(issuer);
            }
        };
        match next {
            Ok(verification) => {
                self.state = State::Authenticating { asked, pending };
                Step::Verify(verification)
            }
            Err(reason) => match self.deny(reason, asked.api()) {
                Step::Deny(denial) if fresh => Step::Deny(Denial {
                    wants_keys_of: Some(issuer),
                    ..denial
                }),
                step => step,
            },
        }
    }

    fn authenticated(&mut self, guard: &Guard, asked: Asked, verified: &Rc<Verified>) -> Step {
        self.record.authenticated_by_token(&verified.identity);
        if let Some(names) = &guard.engine().bundle().identity_headers {
            self.changes.add = identity::of_token(names, &verified.identity);
        }
        self.record.stale_keys = guard.is_stale(verified.issuer, self.now);
        let peer = guard.engine().caller(None, asked.peer.as_ref()).peer;
        let caller = Caller {
            peer,
            ..verified.caller.clone()
        };
        self.resolve(guard, asked, caller)
    }

    fn decide(
        &mut self,
        guard: &Guard,
        target: &Target,
        caller: &Caller,
        model: &str,
        rest: Option<Rest>,
    ) -> Step {
        self.record.model = Some(model.to_owned());
        if let Err(reason) = target.agrees(model) {
            return self.deny(reason, Some(target.route.api));
        }
        let question = Question {
            namespace: &target.route.namespace,
            model,
            api: target.route.api,
            action: target.action,
            method: &target.method,
            now: self.now,
        };
        match guard.engine().decide(caller, question) {
            Decision::Allowed(permit, rules) => {
                self.record.decide(Verdict::Allow, Reason::Allowed, rules);
                self.state = State::Allowed(Allowed { permit, rest });
                Step::Forward
            }
            Decision::Denied(reason, rules) => {
                self.record.decide(Verdict::Deny, reason, rules);
                self.deny(reason, Some(target.route.api))
            }
        }
    }

    fn deny(&mut self, reason: Reason, api: Option<Api>) -> Step {
        self.state = State::Denied;
        self.record.decided = Some((Verdict::Deny, reason));
        Step::Deny(if self.grpc {
            Denial::of_call(reason)
        } else {
            Denial::new(reason, api)
        })
    }

    const fn has_denied_call(&self) -> bool {
        self.grpc && matches!(self.state, State::Denied)
    }
}
