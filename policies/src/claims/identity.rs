//! Who a token is about: its user or machine, groups and attributes.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::Value;

use super::path::{find, shown};
use super::{Claims, has, malformed, missing};
use crate::bundle::{Attribute, ClaimKind, Issuer, ServiceAccountClaim};
use crate::decision::Reason;
use crate::principal::{ClaimValue, Identity, MAX_GROUPS, MAX_NAME, Subject, Workload};
use crate::token::Refusal;

/// Reads who the token is about.
#[inline(never)]
pub(crate) fn read(
    issuer: &Issuer,
    claims: &Claims,
    valid_until: u64,
) -> Result<Identity, Refusal> {
    complete(issuer, claims)?;
    check_email(issuer, claims)?;
    let (subject, client) = subject(issuer, claims)?;
    let groups = groups(issuer, claims)?;
    // one by one: to collect them would be a sort of another type, and kilobytes of module
    let mut attributes = crate::principal::Claims::new();
    for attribute in &issuer.claims.attributes {
        if let Some((name, value)) = self::attribute(attribute, claims)? {
            attributes.insert(name, value);
        }
    }
    Ok(Identity {
        issuer: issuer.name.clone(),
        subject,
        groups,
        client,
        claims: Rc::new(attributes),
        valid_until,
    })
}

/// Who calls, and for a person through which application. Where people and machines come from one issuer, a token is a person's
/// unless it proves otherwise: nobody becomes a machine by leaving out a claim, or by choosing a name.
fn subject(issuer: &Issuer, claims: &Claims) -> Result<(Subject, Option<String>), Refusal> {
    let names = &issuer.claims;
    let machine = match &names.service_account {
        Some(ServiceAccountClaim::Kubernetes) => {
            return Ok((Subject::Workload(kubernetes(claims)?), None));
        }
        Some(ServiceAccountClaim::Named(path)) => named(claims, path)?,
        None => None,
    };
    let own = match (&names.user, &names.service_account_when) {
        (None, _) => true,
        (Some(_), Some(sign)) => has(sign, claims),
        (Some(_), None) => {
            let subject = claims.get("sub").and_then(Value::as_str);
            subject.is_some() && subject == machine.as_deref()
        }
    };
    if own {
        let machine = machine.ok_or_else(|| nobody(issuer))?;
        return Ok((Subject::ServiceAccount(machine), None));
    }
    let user = names.user.as_deref();
    let user = user.map(|path| named(claims, path)).transpose()?.flatten();
    let user =
        user.ok_or_else(|| missing(&names.user.as_deref().map_or_else(String::new, shown)))?;
    Ok((Subject::User(user), machine))
}

/// A distributed claim (OpenID Connect Core section 5.6.2), such as Azure's groups where there are too many: rules that deny
/// must not be passed by because what they ask for is not in the token.
fn complete(issuer: &Issuer, claims: &Claims) -> Result<(), Refusal> {
    let names = &issuer.claims;
    let machine = match &names.service_account {
        Some(ServiceAccountClaim::Named(path)) => Some(path),
        Some(ServiceAccountClaim::Kubernetes) | None => None,
    };
    let sign = names.service_account_when.as_ref().map(|sign| &sign.claim);
    let attributes = names.attributes.iter().map(|attribute| &attribute.claim);
    let read = [names.user.as_ref(), names.groups.as_ref(), machine, sign];
    let mut read = read.into_iter().flatten().chain(attributes);
    if !read.any(|path| is_elsewhere(claims, path)) {
        return Ok(());
    }
    let detail = "the user is in too many groups for the token (`_claim_names`): have the issuer put in only the groups \
                  that are assigned to the application";
    Err(Refusal::new(Reason::GroupsOverage, detail))
}

fn is_elsewhere(claims: &Claims, path: &[String]) -> bool {
    let elsewhere = claims.get("_claim_names").and_then(Value::as_object);
    let named = |names: &Claims| path.first().is_some_and(|name| names.contains_key(name));
    let short = path.first().is_some_and(|name| name == "groups")
        && claims
            .get("hasgroups")
            .is_some_and(|value| value != &Value::Bool(false));
    elsewhere.is_some_and(named) || short
}

fn nobody(issuer: &Issuer) -> Refusal {
    match &issuer.claims.service_account {
        Some(ServiceAccountClaim::Named(path)) => missing(&shown(path)),
        Some(ServiceAccountClaim::Kubernetes) | None => missing("sub"),
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

/// An address that the issuer does not say is verified proves nothing (OpenID Connect Core section 5.7): at many issuers
/// people write their own.
fn check_email(issuer: &Issuer, claims: &Claims) -> Result<(), Refusal> {
    let is_email = |path: &[String]| matches!(path, [name] if name == "email");
    let names = &issuer.claims;
    let mut attributes = names.attributes.iter();
    let read = names.user.as_deref().is_some_and(is_email)
        || attributes.any(|attribute| is_email(&attribute.claim));
    let verified = claims.get("email_verified") == Some(&Value::Bool(true));
    if !read || verified || names.unverified_email || !claims.contains_key("email") {
        return Ok(());
    }
    let detail = "the token's `email` is not verified (`email_verified` is not true): verify the address at the issuer";
    Err(Refusal::new(Reason::EmailUnverified, detail))
}

fn groups(issuer: &Issuer, claims: &Claims) -> Result<Vec<String>, Refusal> {
    let path = issuer.claims.groups.as_deref();
    match path.and_then(|path| Some((path, find(claims, path)?))) {
        None => Ok(Vec::new()),
        Some((path, value)) => {
            let groups = texts(value).filter(|groups| groups.iter().all(|group| is_name(group)));
            groups.ok_or_else(|| malformed(&shown(path), "a list of at most 1000 names"))
        }
    }
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
    let mut list = BTreeSet::new();
    for text in texts? {
        list.insert(text);
    }
    Some(ClaimValue::List(list))
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
