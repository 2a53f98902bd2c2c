//! What is known about a request: all of it where it was judged just now, what the audit event says where it was judged before.

use std::rc::Rc;

use compiler::analysis::Example;
use compiler::analysis::recorded::Callers;
use policies::audit::AuditEvent;
use policies::facts;
use policies::guard::Guard;
use policies::offline::{self, Judgement, Request};
use policies::principal::{ClaimValue, Claims, Identity};
use policies::time::UnixTime;
use policies::verify::verify;

use crate::command::try_request;

/// A request that was judged.
pub struct Known {
    /// what came of it
    pub event: AuditEvent,
    /// 200 or the denial's
    pub status: u16,
    /// as far as rules can ask; `None` where it did not come to that
    pub request: Option<Example>,
    /// groups and attributes of the token are known
    pub whole: bool,
    /// the files are the ones that it was judged by
    pub current: bool,
}

impl Known {
    /// A request that was judged just now.
    pub fn of_judgement(
        judgement: &Judgement,
        callers: &Callers<'_>,
        identity: Option<Identity>,
        at: UnixTime,
    ) -> Self {
        let event = judgement.event.clone();
        let (groups, claims) = identity.map_or_else(
            || (Vec::new(), Rc::default()),
            |identity| (identity.groups, identity.claims),
        );
        Self {
            request: Example::recorded(
                &event,
                callers,
                (groups, &claims),
                facts::said(&judgement.facts),
                at,
            ),
            status: try_request::status(judgement),
            event,
            whole: true,
            current: true,
        }
    }

    /// One that an audit event tells of, and when that was.
    pub fn of_event(event: AuditEvent, callers: &Callers<'_>, at: UnixTime, current: bool) -> Self {
        Self {
            status: event.status.unwrap_or_else(|| event.reason.status()),
            request: Example::recorded(
                &event,
                callers,
                (Vec::new(), &Claims::new()),
                said(&event),
                at,
            ),
            event,
            whole: false,
            current,
        }
    }
}

/// What of the request itself an event tells.
fn said(event: &AuditEvent) -> Claims {
    let version = event.model_version.clone();
    let version = version.map(|version| (facts::VERSION.to_owned(), ClaimValue::Text(version)));
    version.into_iter().collect()
}

/// The identity of the token that the request brings; `None` where there is none, or it is refused.
pub fn identity(guard: &Guard, request: &Request, at: UnixTime) -> Option<Identity> {
    let mut values = request
        .fields
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"authorization"))
        .map(|(_, value)| value);
    let value = values.next()?;
    let (scheme, token) = value.split_at_checked(7)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    offline::whoami(guard, token.trim_ascii(), at, &mut verify).ok()
}
