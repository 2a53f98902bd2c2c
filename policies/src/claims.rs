//! Claims as typed data: the registered ones that decide whether a token counts (RFC 7519 section 4.1), and those that say
//! who it is.

use serde_json::{Map, Value};

use crate::bundle::Issuer;
use crate::decision::Reason;
use crate::principal::{Identity, MAX_GROUPS, MAX_NAME, Subject};
use crate::time::UnixTime;
use crate::token::Refusal;

/// Last second of the year 9999: a later date is a mistake or an attack.
const LATEST: u64 = 253_402_300_799;

type Claims = Map<String, Value>;

/// Checks `aud`, `exp`, `nbf` and `iat`; returns the second from which the token is no longer valid, skew included.
pub(crate) fn check(issuer: &Issuer, claims: &Claims, now: UnixTime) -> Result<u64, Refusal> {
    check_audience(issuer, claims)?;
    let skew = u64::from(issuer.skew);
    let Some(expiry) = date(claims, "exp", Rounding::Down)? else {
        return Err(missing("exp"));
    };
    let valid_until = expiry.saturating_add(skew);
    if now.secs() >= valid_until {
        let ago = now.secs().saturating_sub(expiry);
        return Err(Refusal::new(
            Reason::TokenExpired,
            format!("the token expired {ago} seconds ago"),
        ));
    }
    for name in ["nbf", "iat"] {
        let from = date(claims, name, Rounding::Up)?.unwrap_or_default();
        let ahead = from.saturating_sub(now.secs());
        if ahead > skew {
            let detail = format!("the token's `{name}` is {ahead} seconds ahead");
            return Err(Refusal::new(Reason::TokenNotYetValid, detail));
        }
    }
    Ok(valid_until)
}

/// Reads who the token is about.
pub(crate) fn identity(
    issuer: &Issuer,
    claims: &Claims,
    valid_until: u64,
) -> Result<Identity, Refusal> {
    let user = named(claims, issuer.claims.user.as_deref())?;
    let subject = match user {
        Some(user) => {
            check_email(issuer, claims)?;
            Subject::User(user)
        }
        None => match named(claims, issuer.claims.service_account.as_deref())? {
            Some(account) => Subject::ServiceAccount(account),
            None => return Err(missing(issuer.claims.user.as_deref().unwrap_or("sub"))),
        },
    };
    let groups = match issuer
        .claims
        .groups
        .as_deref()
        .and_then(|path| find(claims, path))
    {
        Some(value) => groups(value).ok_or_else(|| malformed("groups", "a list of names"))?,
        None => Vec::new(),
    };
    Ok(Identity {
        issuer: issuer.name.clone(),
        subject,
        groups,
        valid_until,
    })
}

/// A claim by its whole name, else by the path that its dots make.
fn find<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        return Some(value);
    }
    let mut steps = path.split('.');
    let first = claims.get(steps.next()?)?;
    steps.try_fold(first, |value, step| value.as_object()?.get(step))
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
        format!("the token's `aud` has none of `{expected}`"),
    ))
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

/// A name that a rule could carry: a string of 1 to [`MAX_NAME`] bytes without control characters.
fn named(claims: &Claims, path: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(path) = path else { return Ok(None) };
    match find(claims, path) {
        None => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name.clone())),
        Some(_) => Err(malformed(path, "a name of at most 256 bytes")),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && !text.chars().any(char::is_control)
}

/// An address that the issuer says is not verified names nobody (OpenID Connect Core section 5.7).
fn check_email(issuer: &Issuer, claims: &Claims) -> Result<(), Refusal> {
    let by_email = issuer.claims.user.as_deref() == Some("email");
    match claims.get("email_verified") {
        Some(value) if by_email && value != &Value::Bool(true) => Err(Refusal::new(
            Reason::ClaimMalformed,
            "the token's `email_verified` is not true",
        )),
        _ => Ok(()),
    }
}

fn groups(value: &Value) -> Option<Vec<String>> {
    let names: Vec<&Value> = match value {
        Value::String(_) => vec![value],
        Value::Array(names) if names.len() <= MAX_GROUPS => names.iter().collect(),
        _ => return None,
    };
    names
        .into_iter()
        .map(|name| {
            name.as_str()
                .filter(|name| is_name(name))
                .map(str::to_owned)
        })
        .collect()
}

fn missing(claim: &str) -> Refusal {
    Refusal::new(Reason::ClaimMissing, format!("the token has no `{claim}`"))
}

fn malformed(claim: &str, expected: &str) -> Refusal {
    Refusal::new(
        Reason::ClaimMalformed,
        format!("the token's `{claim}` is not {expected}"),
    )
}
