//! Who a token is about: its user or machine, groups and attributes.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::path::{find, shown};
use super::{Claims, malformed, missing};
use crate::bundle::{Attribute, ClaimKind, Issuer, ServiceAccountClaim};
use crate::decision::Reason;
use crate::principal::{ClaimValue, Identity, MAX_GROUPS, MAX_NAME, Subject, Workload};
use crate::token::Refusal;

/// Reads who the token is about.
pub(crate) fn read(
    issuer: &Issuer,
    claims: &Claims,
    valid_until: u64,
) -> Result<Identity, Refusal> {
    let (subject, client) = subject(issuer, claims)?;
    let groups = groups(issuer, claims)?;
    let attributes = issuer.claims.attributes.iter();
    let attributes =
        attributes.filter_map(|attribute| self::attribute(attribute, claims).transpose());
    Ok(Identity {
        issuer: issuer.name.clone(),
        subject,
        groups,
        client,
        claims: Rc::new(attributes.collect::<Result<_, _>>()?),
        valid_until,
    })
}

/// A machine calls for itself where the token names no user, or names the machine as its user (RFC 9068 section 5); else it is
/// the application through which the user calls.
fn subject(issuer: &Issuer, claims: &Claims) -> Result<(Subject, Option<String>), Refusal> {
    let path = issuer.claims.user.as_deref();
    let user = path.map(|path| named(claims, path)).transpose()?.flatten();
    let machine = match &issuer.claims.service_account {
        Some(ServiceAccountClaim::Kubernetes) => {
            return Ok((Subject::Workload(kubernetes(claims)?), None));
        }
        Some(ServiceAccountClaim::Named(path)) => named(claims, path)?,
        None => None,
    };
    match (user, machine) {
        (Some(user), Some(machine)) if user == machine => {
            Ok((Subject::ServiceAccount(machine), None))
        }
        (Some(user), machine) => {
            check_email(issuer, claims)?;
            Ok((Subject::User(user), machine))
        }
        (None, Some(machine)) => Ok((Subject::ServiceAccount(machine), None)),
        (None, None) => Err(nobody(issuer)),
    }
}

fn nobody(issuer: &Issuer) -> Refusal {
    match (&issuer.claims.user, &issuer.claims.service_account) {
        (None, Some(ServiceAccountClaim::Named(path))) => missing(&shown(path)),
        (user, _) => missing(&user.as_deref().map_or_else(|| "sub".to_owned(), shown)),
    }
}

/// A service account's token of Kubernetes (KEP 1205): `sub` and the object `kubernetes.io` must name the same account.
fn kubernetes(claims: &Claims) -> Result<Workload, Refusal> {
    let text = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        find(claims, &path)
            .and_then(Value::as_str)
            .ok_or_else(|| missing(&shown(&path)))
    };
    let namespace = text(&["kubernetes.io", "namespace"])?;
    let name = text(&["kubernetes.io", "serviceaccount", "name"])?;
    let subject = text(&["sub"])?;
    Workload::new(namespace, name)
        .filter(|_| subject == format!("system:serviceaccount:{namespace}:{name}"))
        .ok_or_else(|| malformed("sub", "the service account that `kubernetes.io` names"))
}

/// A name that a rule could carry: a string of 1 to [`MAX_NAME`] bytes without control characters.
fn named(claims: &Claims, path: &[String]) -> Result<Option<String>, Refusal> {
    match find(claims, path) {
        None => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name.clone())),
        Some(_) => Err(malformed(&shown(path), "a name of at most 256 bytes")),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_NAME && !text.chars().any(char::is_control)
}

/// An address that the issuer does not say is verified names nobody (OpenID Connect Core section 5.7): at many issuers
/// people write their own.
fn check_email(issuer: &Issuer, claims: &Claims) -> Result<(), Refusal> {
    let by_email = matches!(issuer.claims.user.as_deref(), Some([name]) if name == "email");
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    if !by_email || verified || issuer.claims.unverified_email {
        return Ok(());
    }
    let detail = "the token's `email` is not verified (`email_verified` is not true): verify the address at the issuer";
    Err(Refusal::new(Reason::EmailUnverified, detail))
}

fn groups(issuer: &Issuer, claims: &Claims) -> Result<Vec<String>, Refusal> {
    let Some(path) = issuer.claims.groups.as_deref() else {
        return Ok(Vec::new());
    };
    if are_elsewhere(claims, path) {
        let detail = "the user is in too many groups for the token (`_claim_names`): have the issuer put in only the groups \
                      that are assigned to the application";
        return Err(Refusal::new(Reason::GroupsOverage, detail));
    }
    match find(claims, path) {
        None => Ok(Vec::new()),
        Some(value) => {
            let groups = texts(value).filter(|groups| groups.iter().all(|group| is_name(group)));
            groups.ok_or_else(|| malformed(&shown(path), "a list of at most 1000 names"))
        }
    }
}

/// A distributed claim (OpenID Connect Core section 5.6.2): Azure's groups where there are too many. Rules that deny a group
/// must not be passed by because it is not in the token.
fn are_elsewhere(claims: &Claims, path: &[String]) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(Value::as_object);
    let named = |names: &Claims| path.first().is_some_and(|name| names.contains_key(name));
    elsewhere.is_some_and(named)
        || claims
            .get("hasgroups")
            .is_some_and(|value| value != &Value::Bool(false))
}

fn attribute(
    attribute: &Attribute,
    claims: &Claims,
) -> Result<Option<(String, ClaimValue)>, Refusal> {
    let Some(value) = find(claims, &attribute.claim) else {
        return Ok(None);
    };
    let (read, expected) = match attribute.kind {
        ClaimKind::Text => (
            text(value).map(ClaimValue::Text),
            "a text of at most 256 bytes",
        ),
        ClaimKind::Number => (value.as_i64().map(ClaimValue::Number), "an integer"),
        ClaimKind::Boolean => (
            value.as_bool().map(ClaimValue::Boolean),
            "`true` or `false`",
        ),
        ClaimKind::List => (list(texts(value)), "a list of at most 1000 texts"),
        ClaimKind::Words => (list(words(value)), "words with spaces between them"),
    };
    match read {
        Some(read) => Ok(Some((attribute.name.clone(), read))),
        None => Err(malformed(&shown(&attribute.claim), expected)),
    }
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| text.len() <= MAX_NAME)
        .map(str::to_owned)
}

fn list(texts: Option<Vec<String>>) -> Option<ClaimValue> {
    texts.map(|texts| ClaimValue::List(texts.into_iter().collect::<BTreeSet<_>>()))
}

/// A list of texts, or one text.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(items) if items.len() <= MAX_GROUPS => items.iter().map(text).collect(),
        Value::String(_) => text(value).map(|text| vec![text]),
        _ => None,
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    let Value::String(line) = value else {
        return texts(value);
    };
    let words: Vec<String> = line
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(MAX_GROUPS.saturating_add(1))
        .map(str::to_owned)
        .collect();
    let fits = words.len() <= MAX_GROUPS && words.iter().all(|word| word.len() <= MAX_NAME);
    fits.then_some(words)
}
