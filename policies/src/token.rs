//! A compact JWT (RFC 7519, RFC 7515) taken apart and checked at `now`, up to the signature: what is left to do is one
//! verification with a key of its issuer.
//!
//! Nothing here trusts the token: the issuer is chosen by `iss` only to know whose keys count, key material in the header is
//! never used, and every claim that decides must have exactly the right type (RFC 8725).

use std::fmt;

use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::base64url;
use crate::bundle::{Issuer, KeySource};
use crate::claims;
use crate::decision::Reason;
use crate::engine::Engine;
use crate::json;
use crate::keys::Key;
use crate::principal::Identity;
use crate::signature::{self, Signature, Verification};
use crate::time::UnixTime;

/// Longest token in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Most members of the payload.
pub const MAX_CLAIMS: usize = 512;
/// Values of `typ` that no issuer may accept: these tokens prove something else (RFC 8725 section 3.11).
pub const NEVER_ACCEPTED: [&str; 3] = ["dpop+jwt", "logout+jwt", "secevent+jwt"];

/// All is well but the signature, which nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// position of the issuer in the bundle
    pub issuer: usize,
    /// which keys fit
    pub algorithm: Algorithm,
    /// which key is meant
    pub kid: Option<String>,
    /// what is left to do
    pub proof: Proof,
    /// who it is, if the signature holds
    pub identity: Identity,
}

/// What shows that the issuer made the token.
#[derive(Clone, PartialEq, Eq)]
pub enum Proof {
    /// a signature with one of the issuer's keys
    Signature {
        /// what was signed (RFC 7515 section 5.2)
        signing_input: Vec<u8>,
        /// the signature in the form that verifiers take
        signature: Vec<u8>,
    },
    /// the proxy has verified a token with these claims
    Istio(Map<String, Value>),
}

/// No part of a token ever shows.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signature { .. } => "Signature",
            Self::Istio(_) => "Istio",
        })
    }
}

/// Why a token is refused. The detail names claims and expected values, never the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// stable code
    pub reason: Reason,
    /// one sentence for the token's owner, lower case, no full stop
    pub detail: String,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self {
            reason,
            detail: detail.into(),
        }
    }
}

/// Takes a token apart.
///
/// # Errors
/// When anything but the signature is wrong with it.
#[inline(never)]
pub fn read(engine: &Engine, token: &[u8], now: UnixTime) -> Result<Unverified, Refusal> {
    if token.len() > MAX_BYTES {
        return Err(Refusal::new(
            Reason::TokenTooLarge,
            format!("the token is longer than {MAX_BYTES} bytes"),
        ));
    }
    let parts = split(token)
        .ok_or_else(|| malformed("the token is not three base64url parts joined by dots"))?;
    let header = object(parts.header)
        .ok_or_else(|| malformed("the token's header is not a strict JSON object"))?;
    let algorithm = check_header(&header)?;
    let kid = key_id(&header)?;
    let payload = object(parts.payload)
        .ok_or_else(|| malformed("the token's payload is not a strict JSON object"))?;
    if payload.len() > MAX_CLAIMS {
        return Err(malformed("the token's payload has too many claims"));
    }
    let (position, issuer) = find_issuer(engine, &payload)?;
    check_algorithm(issuer, algorithm)?;
    check_type(issuer, &header)?;
    let valid_until = claims::check(issuer, &payload, now)?;
    let identity = claims::identity::read(issuer, &payload, valid_until)?;
    let signature = signature::to_verifier_form(algorithm, parts.signature)?;
    let proof = match issuer.keys {
        KeySource::Istio => Proof::Istio(payload),
        _ => Proof::Signature {
            signing_input: parts.signing_input.to_vec(),
            signature,
        },
    };
    Ok(Unverified {
        issuer: position,
        algorithm,
        kid,
        proof,
        identity,
    })
}

impl Unverified {
    /// The verification with this key.
    pub(crate) fn with_key(&self, key: &Key) -> Verification {
        match &self.proof {
            Proof::Signature {
                signing_input,
                signature,
            } => Verification::Signature(Signature {
                algorithm: self.algorithm,
                key: key.bytes().to_vec(),
                signature: signature.clone(),
                message: signing_input.clone(),
            }),
            Proof::Istio(claims) => Verification::Istio(claims.clone()),
        }
    }
}

struct Parts<'a> {
    signing_input: &'a [u8],
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
}

/// Exactly two dots, counted before anything is decoded (CVE-2025-30204).
fn split(token: &[u8]) -> Option<Parts<'_>> {
    let first = token.iter().position(|byte| *byte == b'.')?;
    let last = token.iter().rposition(|byte| *byte == b'.')?;
    let (signing_input, signature) = (token.get(..last)?, token.get(last.checked_add(1)?..)?);
    let (header, payload) = (token.get(..first)?, token.get(first.checked_add(1)?..last)?);
    let whole = !header.is_empty() && !payload.is_empty() && !payload.contains(&b'.');
    whole.then_some(Parts {
        signing_input,
        header,
        payload,
        signature,
    })
}

#[inline(never)]
fn object(part: &[u8]) -> Option<Map<String, Value>> {
    json::parse_object(&base64url::decode(part)?).ok()
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(Reason::TokenMalformed, detail)
}

fn check_header(header: &Map<String, Value>) -> Result<Algorithm, Refusal> {
    for name in ["crit", "b64", "zip", "enc"] {
        if header.contains_key(name) {
            let detail = format!("the token's header has `{name}`, which is not accepted");
            return Err(Refusal::new(Reason::HeaderParameterRefused, detail));
        }
    }
    let Some(Value::String(name)) = header.get("alg") else {
        return Err(malformed(
            "the token's header has no `alg` that is a string",
        ));
    };
    let known = Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == name);
    known.ok_or_else(|| {
        Refusal::new(
            Reason::AlgorithmRefused,
            "the token's `alg` is none that could be accepted",
        )
    })
}

/// RFC 8725 section 3.11: an access token, not another kind of JWT of the same issuer; no nested token.
fn check_type(issuer: &Issuer, header: &Map<String, Value>) -> Result<(), Refusal> {
    let lower = |name: &str| match header.get(name) {
        None => Some(String::new()),
        Some(Value::String(value)) => {
            let value = value.to_ascii_lowercase();
            let short = value.strip_prefix("application/").unwrap_or(&value);
            // an empty one is not none
            Some(short.to_owned()).filter(|short| !short.is_empty())
        }
        Some(_) => None,
    };
    if !lower("typ").is_some_and(|kind| issuer.types.contains(&kind)) {
        let named = issuer.types.iter().filter(|kind| !kind.is_empty());
        let accepted = named.map(String::as_str).collect::<Vec<_>>().join("`, `");
        let detail = format!("the token's `typ` is none of `{accepted}`: send an access token");
        return Err(Refusal::new(Reason::TypeRefused, detail));
    }
    match lower("cty").as_deref() {
        Some("jwt") | None => Err(Refusal::new(
            Reason::HeaderParameterRefused,
            "the token holds another token (`cty`)",
        )),
        Some(_) => Ok(()),
    }
}

fn key_id(header: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    match header.get("kid") {
        None => Ok(None),
        Some(Value::String(kid)) if kid.len() <= crate::keys::MAX_KID => Ok(Some(kid.clone())),
        Some(_) => Err(malformed(
            "the token's `kid` is not a string of at most 256 bytes",
        )),
    }
}

fn find_issuer<'a>(
    engine: &'a Engine,
    payload: &Map<String, Value>,
) -> Result<(usize, &'a Issuer), Refusal> {
    match payload.get("iss") {
        None => Err(Refusal::new(
            Reason::ClaimMissing,
            "the token has no `iss`: have the issuer put it in",
        )),
        Some(Value::String(iss)) => engine.issuer(iss).ok_or_else(|| {
            let known: Vec<&str> = engine
                .bundle()
                .issuers
                .iter()
                .map(|issuer| issuer.issuer.as_str())
                .collect();
            let detail = format!(
                "the token's `iss` is none of `{}`: get one from there",
                known.join("`, `")
            );
            Refusal::new(Reason::IssuerUnknown, detail)
        }),
        Some(_) => Err(Refusal::new(
            Reason::ClaimMalformed,
            "the token's `iss` is not a string",
        )),
    }
}

fn check_algorithm(issuer: &Issuer, algorithm: Algorithm) -> Result<(), Refusal> {
    if issuer.algorithms.contains(&algorithm) {
        return Ok(());
    }
    let accepted: Vec<&str> = issuer
        .algorithms
        .iter()
        .map(|accepted| accepted.name())
        .collect();
    let detail = format!(
        "the token's `alg` is {}, tokens of issuer `{}` are accepted with {}",
        algorithm.name(),
        issuer.name,
        accepted.join(", ")
    );
    Err(Refusal::new(Reason::AlgorithmRefused, detail))
}
