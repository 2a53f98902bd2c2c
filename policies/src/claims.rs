//! Claims as typed data: the registered ones that decide whether a token counts (RFC 7519 section 4.1), and what the issuer's
//! settings demand besides. Who it is, says [`identity`].

use serde_json::{Map, Value};

use crate::bundle::{Issuer, RequiredClaim};
use crate::decision::Reason;
use crate::time::{UnixTime, duration};
use crate::token::Refusal;

pub(crate) mod identity;
pub(crate) mod path;

use path::{find, shown};

/// Last second of the year 9999: a later date is a mistake or an attack.
const LATEST: u64 = 253_402_300_799;

pub(crate) type Claims = Map<String, Value>;

/// Checks `aud`, `exp`, `nbf`, `iat` and the required claims; returns the second from which the token is no longer valid, skew
/// included.
#[inline(never)]
pub(crate) fn check(issuer: &Issuer, claims: &Claims, now: UnixTime) -> Result<u64, Refusal> {
    check_audience(issuer, claims)?;
    let skew = u64::from(issuer.skew);
    let Some(expiry) = date(claims, "exp", Rounding::Down)? else {
        return Err(missing("exp"));
    };
    let valid_until = expiry.saturating_add(skew);
    if now.secs() >= valid_until {
        let ago = duration(now.secs().saturating_sub(expiry));
        let when = UnixTime::from_secs(expiry).rfc3339();
        return Err(Refusal::new(
            Reason::TokenExpired,
            format!("the token expired {ago} ago, at {when}: get a new one"),
        ));
    }
    for name in ["nbf", "iat"] {
        let from = date(claims, name, Rounding::Up)?.unwrap_or_default();
        let ahead = from.saturating_sub(now.secs());
        if ahead > skew {
            let detail = format!(
                "the token's `{name}` is {} ahead: wait, or have the clocks compared",
                duration(ahead)
            );
            return Err(Refusal::new(Reason::TokenNotYetValid, detail));
        }
    }
    check_lifetime(issuer, claims, expiry)?;
    let mut required = issuer.required.iter();
    required.try_for_each(|required| check_required(required, claims))?;
    Ok(valid_until)
}

fn check_audience(issuer: &Issuer, claims: &Claims) -> Result<(), Refusal> {
    let given: Vec<&str> = match claims.get("aud") {
        None => return Err(missing("aud")),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many
            .iter()
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| malformed("aud", "a string or a list of strings"))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(malformed("aud", "a string or a list of strings")),
    };
    if given
        .iter()
        .any(|audience| issuer.audiences.iter().any(|accepted| accepted == audience))
    {
        return Ok(());
    }
    let expected = issuer.audiences.join("`, `");
    Err(Refusal::new(
        Reason::AudienceMismatch,
        format!(
            "the token is for someone else (`aud`): ask issuer `{}` for a token for `{expected}`",
            issuer.name
        ),
    ))
}

fn check_lifetime(issuer: &Issuer, claims: &Claims, expiry: u64) -> Result<(), Refusal> {
    let Some(most) = issuer.max_lifetime else {
        return Ok(());
    };
    let Some(issued) = date(claims, "iat", Rounding::Down)? else {
        return Err(missing("iat"));
    };
    let lifetime = expiry.saturating_sub(issued);
    if lifetime <= u64::from(most) {
        return Ok(());
    }
    let (lifetime, most) = (duration(lifetime), duration(most.into()));
    let detail =
        format!("the token lives for {lifetime}, the most is {most}: ask for a shorter one");
    Err(Refusal::new(Reason::LifetimeRefused, detail))
}

fn check_required(required: &RequiredClaim, claims: &Claims) -> Result<(), Refusal> {
    let name = shown(&required.claim);
    if matches!(find(claims, &required.claim), None | Some(Value::Null)) {
        return Err(missing(&name));
    }
    if has(required, claims) {
        return Ok(());
    }
    let expected = required.values.join("`, `");
    let detail = format!("the token's `{name}` has none of `{expected}`");
    Err(Refusal::new(Reason::ClaimRefused, detail))
}

/// Whether the claim is there, with one of the values where there are any.
pub(crate) fn has(required: &RequiredClaim, claims: &Claims) -> bool {
    let accepted = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| required.values.iter().any(|accepted| accepted == text))
    };
    match find(claims, &required.claim) {
        None | Some(Value::Null) => false,
        Some(_) if required.values.is_empty() => true,
        Some(Value::Array(items)) => items.iter().any(accepted),
        Some(value) => accepted(value),
    }
}

enum Rounding {
    Down,
    Up,
}

/// A NumericDate (RFC 7519 section 2) in whole seconds, rounded to the token's disadvantage.
fn date(claims: &Claims, name: &str, rounding: Rounding) -> Result<Option<u64>, Refusal> {
    let seconds = match claims.get(name) {
        None => return Ok(None),
        Some(Value::Number(number)) => match number.as_u64() {
            Some(whole) => Some(whole),
            None => whole_seconds(&number.to_string(), rounding),
        },
        Some(_) => None,
    };
    match seconds {
        Some(seconds) if seconds <= LATEST => Ok(Some(seconds)),
        _ => Err(malformed(name, "seconds since 1970 as a number")),
    }
}

/// `1700000000.25`; read as text, so that no floating-point number decides.
fn whole_seconds(text: &str, rounding: Rounding) -> Option<u64> {
    let (whole, fraction) = text.split_once('.')?;
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let up = matches!(rounding, Rounding::Up) && fraction.bytes().any(|byte| byte != b'0');
    whole.checked_add(u64::from(up))
}

fn missing(claim: &str) -> Refusal {
    let detail = format!("the token has no `{claim}`: have the issuer put it in");
    Refusal::new(Reason::ClaimMissing, detail)
}

fn malformed(claim: &str, expected: &str) -> Refusal {
    Refusal::new(
        Reason::ClaimMalformed,
        format!("the token's `{claim}` is not {expected}"),
    )
}
