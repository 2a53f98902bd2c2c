//! The machine driven to its end without a proxy: for the command line, tests and replay.

use serde_json::{Map, Value, json};

use crate::audit::{AuditEvent, Ending};
use crate::base64url;
use crate::bundle::{Algorithm, ClaimNames, Issuer};
use crate::decision::Reason;
use crate::exchange::Exchange;
use crate::guard::Guard;
use crate::head::Head;
use crate::principal::{Identity, Subject};
use crate::signature::Verification;
use crate::step::{Denial, Step};
use crate::time::UnixTime;
use crate::token::{self, Refusal};

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
}

/// What the machine says to it.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// `None` where the request is allowed
    pub denial: Option<Denial>,
    /// the audit event
    pub event: AuditEvent,
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
    let first = exchange.request_head(guard, &head, request.peer.as_deref(), end);
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
            proxy: String::from("offline"),
        },
    );
    Judgement { denial, event }
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
    let Some(keys) = guard.keys(unverified.issuer) else {
        return Err(Refusal::new(
            Reason::JwksUnavailable,
            format!("the keys of issuer `{name}` are not available"),
        ));
    };
    let mut candidates = keys
        .candidates(unverified.kid.as_deref(), unverified.algorithm)
        .peekable();
    if candidates.peek().is_none() {
        return Err(Refusal::new(
            Reason::KeyUnknown,
            format!("issuer `{name}` has no key that the token names"),
        ));
    }
    let verified = candidates.any(|key| {
        verifier(&Verification {
            algorithm: unverified.algorithm,
            key: key.spki().to_vec(),
            signature: unverified.signature.clone(),
            message: unverified.signing_input.clone(),
        })
    });
    if verified {
        return Ok(unverified.identity);
    }
    Err(Refusal::new(
        Reason::SignatureInvalid,
        format!("the token is not signed by a key of issuer `{name}`"),
    ))
}

/// A token that says what a test asserts, and a key set to install for it. Its signature holds for nobody: judge it with a
/// verifier that says yes.
#[must_use]
pub fn asserted(
    issuer: &Issuer,
    subject: &Subject,
    groups: &[String],
    now: UnixTime,
) -> (String, Vec<u8>) {
    let algorithm = issuer
        .algorithms
        .first()
        .copied()
        .unwrap_or(Algorithm::RS256);
    let mut claims = Map::new();
    claims.insert("iss".into(), json!(issuer.issuer));
    claims.insert("aud".into(), json!(issuer.audiences));
    claims.insert("exp".into(), json!(now.secs().saturating_add(60)));
    let ClaimNames {
        user,
        groups: group_claim,
        service_account,
    } = &issuer.claims;
    let (path, name) = match subject {
        Subject::User(name) => (user, name),
        Subject::ServiceAccount(name) => (service_account, name),
    };
    if let Some(path) = path {
        put(&mut claims, path, json!(name));
    }
    if let Some(path) = group_claim {
        put(&mut claims, path, json!(groups));
    }
    let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
    let header = part(&json!({"alg": algorithm.name(), "typ": "JWT"}));
    let length = if algorithm == Algorithm::RS256 {
        256
    } else {
        64
    };
    let signature = base64url::encode(&vec![1; length]);
    (
        format!("{header}.{}.{signature}", part(&Value::Object(claims))),
        key_set(algorithm),
    )
}

fn put(claims: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            claims.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = claims.entry(first.to_owned()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

/// Well-formed keys that nobody has the private half of.
fn key_set(algorithm: Algorithm) -> Vec<u8> {
    let filler = |length| base64url::encode(&vec![0xff; length]);
    let key = match algorithm {
        Algorithm::RS256 => json!({"kty": "RSA", "n": filler(256), "e": "AQAB"}),
        Algorithm::ES256 => json!({"kty": "EC", "crv": "P-256", "x": filler(32), "y": filler(32)}),
    };
    json!({"keys": [key]}).to_string().into_bytes()
}
