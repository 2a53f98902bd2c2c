//! A compact JWT (RFC 7519, RFC 7515) taken apart and checked at `now`, up to the signature: what is left to do is one
//! verification with a key of its issuer.
//!
//! Nothing here trusts the token: the issuer is chosen by `iss` only to know whose keys count, key material in the header is
//! never used, and every claim that decides must have exactly the right type (RFC 8725).

use serde_json::{Map, Value};

use crate::base64url;
use crate::bundle::{Algorithm, Issuer};
use crate::claims;
use crate::decision::Reason;
use crate::engine::Engine;
use crate::json;
use crate::principal::Identity;
use crate::signature;
use crate::time::UnixTime;

/// Longest token in bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Most members of the payload.
pub const MAX_CLAIMS: usize = 512;

/// All is well but the signature, which nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// position of the issuer in the bundle
    pub issuer: usize,
    /// which keys fit
    pub algorithm: Algorithm,
    /// which key is meant
    pub kid: Option<String>,
    /// what was signed (RFC 7515 section 5.2)
    pub signing_input: Vec<u8>,
    /// the signature in the form that verifiers take: PKCS #1 for RSA, DER for ECDSA
    pub signature: Vec<u8>,
    /// who it is, if the signature holds
    pub identity: Identity,
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
    let valid_until = claims::check(issuer, &payload, now)?;
    let identity = claims::identity(issuer, &payload, valid_until)?;
    let signature = signature::to_verifier_form(algorithm, parts.signature)?;
    let signing_input = parts.signing_input.to_vec();
    Ok(Unverified {
        issuer: position,
        algorithm,
        kid,
        signing_input,
        signature,
        identity,
    })
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
    check_type(header)?;
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
            "the token's `alg` is none of RS256, ES256",
        )
    })
}

/// RFC 8725 section 3.11: an access token, not another kind of JWT of the same issuer; no nested token.
fn check_type(header: &Map<String, Value>) -> Result<(), Refusal> {
    let lower = |name: &str| match header.get(name) {
        None => Some(String::new()),
        Some(Value::String(value)) => Some(
            value
                .to_ascii_lowercase()
                .trim_start_matches("application/")
                .to_owned(),
        ),
        Some(_) => None,
    };
    if !matches!(lower("typ").as_deref(), Some("" | "jwt" | "at+jwt")) {
        return Err(Refusal::new(
            Reason::TypeRefused,
            "the token's `typ` is neither `JWT` nor `at+jwt`",
        ));
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
        None => Err(Refusal::new(Reason::ClaimMissing, "the token has no `iss`")),
        Some(Value::String(iss)) => engine.issuer(iss).ok_or_else(|| {
            Refusal::new(
                Reason::IssuerUnknown,
                "the token's `iss` is none of the gate's issuers",
            )
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
    let detail = format!(
        "issuer `{}` does not sign with {}",
        issuer.name,
        algorithm.name()
    );
    Err(Refusal::new(Reason::AlgorithmRefused, detail))
}
