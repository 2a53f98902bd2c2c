//! An item of a gate's `issuers`.

use policies::bundle::{Algorithm, ClaimNames, ClaimPath, ServiceAccountClaim};
use serde_json::Value as Json;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::Text;
use super::fields::Fields;
use super::gate::ALGORITHMS;
use super::json;
use super::value::Value;

/// An issuer as written.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// short name
    pub name: Text,
    /// value of `iss`
    pub issuer: Text,
    /// accepted values of `aud`
    pub audiences: Vec<Text>,
    /// where the keys come from; `None` where a problem was reported
    pub keys: Option<Keys>,
    /// whether the keys may come over plain HTTP or from an IP address; where it is written
    pub insecure_jwks: Option<Span>,
    /// accepted algorithms
    pub algorithms: Vec<Algorithm>,
    /// where the identity is found
    pub claims: ClaimNames,
    /// seconds
    pub clock_skew: u32,
}

/// Where the keys come from.
#[derive(Debug, Clone)]
pub enum Keys {
    /// `jwksUri`
    Uri(Text),
    /// `jwks`
    Inline {
        /// as JSON
        value: Json,
        /// where it stands
        span: Span,
    },
}

const DEFAULT_SKEW: u64 = 60;
const LARGEST_SKEW: u64 = 300;
const DEFAULT_USER: &str = "sub";
const DEFAULT_GROUPS: &str = "groups";

/// Reads one issuer.
pub(super) fn read(value: Value<'_>) -> Option<Issuer> {
    let mut fields = value.fields("an issuer")?;
    let insecure = fields.optional("insecureJwks").filter(|value| value.flag());
    let skew = fields
        .optional("clockSkew")
        .and_then(|value| value.number(0, LARGEST_SKEW))
        .unwrap_or(DEFAULT_SKEW);
    let issuer = Issuer {
        name: fields.text("name"),
        issuer: fields.text("issuer"),
        audiences: fields.texts("audiences"),
        keys: keys(value, &mut fields),
        insecure_jwks: insecure.map(Value::span),
        algorithms: algorithms(&mut fields),
        claims: claims(fields.optional("claims")),
        clock_skew: u32::try_from(skew).unwrap_or_default(),
    };
    fields.finish();
    Some(issuer)
}

fn keys(value: Value<'_>, fields: &mut Fields<'_>) -> Option<Keys> {
    match (fields.optional("jwksUri"), fields.optional("jwks")) {
        (Some(uri), None) => Some(Keys::Uri(uri.text())),
        (None, Some(jwks)) => Some(Keys::Inline {
            value: json::from(jwks)?,
            span: jwks.span(),
        }),
        (None, None) if fields.has("jwksUri") || fields.has("jwks") => None,
        (first, _) => {
            let span = first.map_or(fields.span(), Value::span);
            let message = match first {
                Some(_) => "an issuer has either `jwksUri` or `jwks`, not both",
                None => "an issuer needs `jwksUri` or `jwks`",
            };
            let help = "write the address of its key set as `jwksUri`, or the key set itself as `jwks: {keys: [...]}`";
            value.report(Diagnostic::error("MG0109", span, message).with_help(help));
            None
        }
    }
}

fn algorithms(fields: &mut Fields<'_>) -> Vec<Algorithm> {
    let mut written = fields.optional_list("algorithms", algorithm);
    if let Some(list) = &mut written {
        list.dedup();
    }
    written.unwrap_or_else(|| ALGORITHMS.map(|(_, algorithm)| algorithm).to_vec())
}

/// No nearest name is suggested: for `HS256` that would be `ES256`, which is something else altogether.
fn algorithm(value: Value<'_>) -> Option<Algorithm> {
    let text = value.text();
    let known = ALGORITHMS.into_iter().find(|(name, _)| *name == text.value);
    if known.is_none() && !text.value.is_empty() {
        let message = format!("the algorithm `{}` is not accepted", text.value);
        let help = "the algorithms are `RS256` and `ES256`";
        value.report(Diagnostic::error("MG0112", text.span, message).with_help(help));
    }
    known.map(|(_, algorithm)| algorithm)
}

/// An issuer of workloads alone says so by naming `serviceAccount` without `user`: then no token of it is a person's.
fn claims(value: Option<Value<'_>>) -> ClaimNames {
    let none = ClaimNames {
        user: Some(path(DEFAULT_USER)),
        groups: Some(path(DEFAULT_GROUPS)),
        ..ClaimNames::default()
    };
    let Some(mut fields) = value.and_then(|value| value.fields("`claims`")) else {
        return none;
    };
    let mut name = |field| {
        let text: Option<Text> = fields.optional_text(field);
        text.map(|text| path(&text.value))
    };
    let (user, groups, service_account) = (name("user"), name("groups"), name("serviceAccount"));
    fields.finish();
    ClaimNames {
        user: user.or(if service_account.is_some() {
            None
        } else {
            none.user
        }),
        groups: groups.or(none.groups),
        service_account: service_account.map(ServiceAccountClaim::Named),
        ..none
    }
}

/// Dots walk into objects.
fn path(text: &str) -> ClaimPath {
    text.split('.').map(str::to_owned).collect()
}
