//! Who is calling: a token that is known, or verified, or waits for keys; or the connection's peer.

use std::rc::Rc;

use crate::decision::Reason;
use crate::guard::{Guard, Verified};
use crate::principal::Caller;
use crate::step::{Denial, Step};

use super::credential::Pending;
use super::request::Asked;
use super::{Exchange, State, identity};

impl Exchange {
    /// The result of the [`Verification`](crate::signature::Verification) that was asked for. Anything but a clear yes is `false`.
    pub fn signature(&mut self, guard: &mut Guard, valid: bool) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Authenticating { asked, pending } if valid => {
                let verified = pending.remember(guard);
                self.authenticated(guard, *asked, &verified)
            }
            State::Authenticating { asked, pending } => self.verify(guard, asked, pending),
            _ => self.deny(Reason::Internal, None),
        }
    }

    /// The keys that were asked for are there now, or will not be in time.
    pub fn keys(&mut self, guard: &mut Guard) -> Step {
        match std::mem::replace(&mut self.state, State::Denied) {
            State::Waiting {
                asked,
                issuer,
                token,
            } if guard.keys(issuer, self.now).is_some() => self.unknown(guard, *asked, &token),
            State::Waiting { asked, .. } => self.deny(Reason::JwksUnavailable, asked.api()),
            _ => self.deny(Reason::Internal, None),
        }
    }

    /// Whether the token still waits for keys or a signature: body bytes are held, and brought again afterwards.
    #[must_use]
    pub const fn is_authenticating(&self) -> bool {
        matches!(
            self.state,
            State::Authenticating { .. } | State::Waiting { .. }
        )
    }

    /// Bytes that a client wrote, and that are kept until keys come.
    #[must_use]
    pub const fn waits_with(&self) -> usize {
        match &self.state {
            State::Waiting { asked, token, .. } => token.len().saturating_add(asked.written()),
            _ => 0,
        }
    }

    pub(super) fn bearer(&mut self, guard: &mut Guard, asked: Asked, token: &[u8]) -> Step {
        match guard.known(token, self.now) {
            Some(verified) => self.authenticated(guard, asked, &verified),
            None => self.unknown(guard, asked, token),
        }
    }

    fn unknown(&mut self, guard: &Guard, asked: Asked, token: &[u8]) -> Step {
        match Pending::read(guard, token, self.now) {
            Ok(pending) => self.verify(guard, Box::new(asked), Box::new(pending)),
            Err(refusal) => self.deny(refusal.reason, asked.api()),
        }
    }

    /// No token: the mTLS peer is the principal, where a rule knows it.
    pub(super) fn unsigned(&mut self, guard: &Guard, asked: Asked) -> Step {
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

    fn verify(&mut self, guard: &Guard, asked: Box<Asked>, mut pending: Box<Pending>) -> Step {
        let issuer = pending.issuer();
        let mut fresh = false;
        let next = match guard.keys(issuer, self.now) {
            _ if pending.by_istio() => pending.ask_istio(),
            Some(keys) => {
                fresh = pending.wants_fresh(keys);
                pending.next(keys)
            }
            None => {
                let token = pending.into_token();
                self.state = State::Waiting {
                    asked,
                    issuer,
                    token,
                };
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
        self.record.authenticated_by_token(verified);
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
}
