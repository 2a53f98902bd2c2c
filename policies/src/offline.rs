//! The machine driven to its end without a proxy: for the command line, tests and replay.

use crate::audit::{AuditEvent, Ending};
use crate::decision::Reason;
use crate::exchange::{Exchange, HeadChanges};
use crate::facts;
use crate::guard::Guard;
use crate::head::{Connection, Head};
use crate::principal::{Facts, Identity};
use crate::signature::Verification;
use crate::step::{Denial, Step};
use crate::time::UnixTime;
use crate::token::{self, Proof, Refusal};

mod asserted;

pub use asserted::Asserted;

/// One whole request.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// head fields, `:method`, `:authority` and `:path` among them
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// `None`: the head ends the request
    pub body: Option<Vec<u8>>,
    /// whether trailers end the body
    pub trailers: bool,
    /// URI SAN of the connection's peer certificate
    pub peer: Option<Vec<u8>>,
    /// address and port of the client, as the proxy writes them
    pub address: Option<Vec<u8>>,
}

/// What the machine says to it.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// `None` where the request is allowed
    pub denial: Option<Denial>,
    /// what an allowed request's head is changed to
    pub changes: HeadChanges,
    /// the audit event
    pub event: AuditEvent,
    /// what the request says that rules ask for; none where it could be read in two ways
    pub facts: Facts,
}

/// Answers a verification; [`crate::verify::verify`] where the keys are real.
pub type Verifier<'a> = &'a mut dyn FnMut(&Verification) -> bool;

/// Judges one request. Keys that the guard does not have are unavailable.
#[must_use]
pub fn judge(
    guard: &mut Guard,
    request: Request,
    now: UnixTime,
    verifier: Verifier<'_>,
) -> Judgement {
    let mut exchange = Exchange::new(now);
    let head = Head::new(request.fields);
    let end = request.body.is_none() && !request.trailers;
    let connection = Connection {
        peer: request.peer.as_deref(),
        address: request.address.as_deref(),
    };
    let first = exchange.request_head(guard, &head, connection, end);
    let mut denial = settle(&mut exchange, guard, first, verifier);
    if let (None, Some(body)) = (&denial, &request.body) {
        exchange.request_bytes(u64::try_from(body.len()).unwrap_or(u64::MAX));
        let step = exchange.request_body(guard, body, !request.trailers);
        denial = settle(&mut exchange, guard, step, verifier);
    }
    if denial.is_none() && request.trailers {
        let step = exchange.request_trailers(guard);
        denial = settle(&mut exchange, guard, step, verifier);
    }
    let status = Some(denial.as_ref().map_or(200, |denial| denial.status));
    let event = exchange.finish(
        guard,
        &Ending {
            now,
            status,
            proxy: "offline".into(),
        },
    );
    let changes = exchange.head_changes();
    let facts = facts::read(guard.engine().bundle(), &head, connection.address);
    let facts = facts.unwrap_or_default();
    Judgement {
        facts: match &event.model_version {
            Some(version) => facts::with_version(&facts, version),
            None => facts,
        },
        denial,
        changes,
        event,
    }
}

fn settle(
    exchange: &mut Exchange,
    guard: &mut Guard,
    mut step: Step,
    verifier: Verifier<'_>,
) -> Option<Denial> {
    loop {
        step = match step {
            Step::Forward | Step::Hold => return None,
            Step::Deny(denial) => return Some(denial),
            Step::Verify(verification) => exchange.signature(guard, verifier(&verification)),
            Step::NeedKeys(_) => exchange.keys(guard),
        }
    }
}

/// The identity that a token gives.
///
/// # Errors
/// Why it is refused.
pub fn whoami(
    guard: &Guard,
    token: &[u8],
    now: UnixTime,
    verifier: Verifier<'_>,
) -> Result<Identity, Refusal> {
    let unverified = token::read(guard.engine(), token, now)?;
    let name = &unverified.identity.issuer;
    if matches!(unverified.proof, Proof::Istio(_)) {
        let detail =
            format!("only a proxy can say whether Istio accepts tokens of issuer `{name}`");
        return Err(Refusal::new(Reason::UnverifiedByMesh, detail));
    }
    let Some(keys) = guard.keys(unverified.issuer, now) else {
        return Err(Refusal::new(
            Reason::JwksUnavailable,
            format!(
                "the keys of issuer `{name}` are not known here: add `--jwks {name}=FILE` or `--fetch-jwks`"
            ),
        ));
    };
    let mut candidates = keys
        .candidates(unverified.kid.as_deref(), unverified.algorithm)
        .peekable();
    if candidates.peek().is_none() {
        return Err(Refusal::new(
            Reason::KeyUnknown,
            format!(
                "issuer `{name}` has no key that the token names (`kid` and `alg`): get a new token"
            ),
        ));
    }
    let verified = candidates.any(|key| verifier(&unverified.with_key(key)));
    if verified {
        return Ok(unverified.identity);
    }
    Err(Refusal::new(
        Reason::SignatureInvalid,
        format!(
            "the token is not signed by a key of issuer `{name}`: it was changed, or made by someone else"
        ),
    ))
}
