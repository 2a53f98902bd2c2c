//! An item of a gate's `issuers`.

use policies::bundle::{Algorithm, RequiredClaim};
use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::fields::Fields;
use super::value::Value;
use super::{Spanned, Text, json, quantity};

mod algorithms;
mod claims;
mod types;

pub use claims::{Attribute, Claims, ServiceAccount, is_name};

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
    /// whether Istio's RequestAuthentication verifies the tokens, and the filter asks it
    pub verified_by_istio: bool,
    /// whether the keys may come over plain HTTP or from an IP address; where it is written
    pub insecure_jwks: Option<Span>,
    /// accepted algorithms
    pub algorithms: Vec<Spanned<Algorithm>>,
    /// accepted values of `typ`, lower case, without `application/`; an empty one stands for none
    pub types: Vec<String>,
    /// most seconds from `iat` to `exp`
    pub max_lifetime: Option<u32>,
    /// seconds for which fetched keys are used after the last good fetch
    pub keep_keys: u32,
    /// claims that a token must have
    pub required: Vec<RequiredClaim>,
    /// where the identity is found
    pub claims: Claims,
    /// seconds
    pub clock_skew: u32,
}

/// Where the keys come from.
#[derive(Clone)]
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
    /// `secret`, base64url
    Secret(String),
    /// none of these: where the issuer itself says
    Discovery,
}

const DEFAULT_SKEW: u64 = 60;
const LARGEST_SKEW: u64 = 300;
const DEFAULT_KEEP: u32 = 24 * 60 * 60;
/// Seconds for which fetched keys may be kept.
const KEPT: std::ops::RangeInclusive<u32> = 900..=604_800;
/// Seconds that a token may live at most, where that is limited.
const LIFETIMES: std::ops::RangeInclusive<u32> = 1..=31_536_000;

impl Issuer {
    /// Whether its tokens are those of Kubernetes' service accounts.
    #[must_use]
    pub const fn is_kubernetes(&self) -> bool {
        matches!(
            self.claims.service_account,
            Some(ServiceAccount::Kubernetes)
        )
    }
}

/// A secret never shows.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Uri(_) => "Uri",
            Self::Inline { .. } => "Inline",
            Self::Secret(_) => "Secret",
            Self::Discovery => "Discovery",
        })
    }
}

/// Reads one issuer.
pub(super) fn read(value: Value<'_>) -> Option<Issuer> {
    let mut fields = value.fields("an issuer")?;
    let insecure = fields.optional("insecureJwks").filter(|value| value.flag());
    let skew = fields
        .optional("clockSkew")
        .and_then(|value| value.number(0, LARGEST_SKEW))
        .unwrap_or(DEFAULT_SKEW);
    let by_istio = fields.optional("verifiedBy");
    let seconds =
        |value: Option<Value<'_>>, range| value.and_then(|value| quantity::seconds(value, &range));
    let issuer = Issuer {
        name: fields.text("name"),
        issuer: fields.text("issuer"),
        audiences: fields.texts("audiences"),
        verified_by_istio: by_istio.is_some_and(|value| value.choice(&[("istio", ())]).is_some()),
        insecure_jwks: insecure.map(Value::span),
        algorithms: algorithms::read(value, &mut fields),
        types: types::read(&mut fields),
        max_lifetime: seconds(fields.optional("maxLifetime"), LIFETIMES),
        keep_keys: seconds(fields.optional("keepKeys"), KEPT).unwrap_or(DEFAULT_KEEP),
        required: fields
            .optional_list("requiredClaims", claims::required)
            .unwrap_or_default(),
        claims: claims::read(&mut fields),
        clock_skew: u32::try_from(skew).unwrap_or_default(),
        keys: keys(value, &mut fields),
    };
    fields.finish();
    Some(issuer)
}

/// With none of the fields the issuer says itself where its keys are (OpenID Connect Discovery).
fn keys(value: Value<'_>, fields: &mut Fields<'_>) -> Option<Keys> {
    let by_istio = fields.has("verifiedBy");
    let (uri, set) = (fields.optional("jwksUri"), fields.optional("jwks"));
    let secret = fields.optional("secret");
    record_keys(fields, [uri, set, secret]);
    let given: Vec<Value<'_>> = [uri, set, secret].into_iter().flatten().collect();
    if let [first, second, ..] = given.as_slice() {
        let message = format!(
            "an issuer has either `{}` or `{}`, not both",
            first.name, second.name
        );
        let help = "write the address of its key set as `jwksUri`, or the key set itself as `jwks: {keys: [...]}`, or the \
                    secret that it signs with as `secret`";
        value.report(Diagnostic::error("MG0109", first.span(), message).with_help(help));
        return None;
    }
    match (uri, set, secret) {
        (Some(uri), _, _) => Some(Keys::Uri(uri.text())),
        (_, Some(jwks), _) => Some(Keys::Inline {
            value: json::from(jwks)?,
            span: jwks.span(),
        }),
        (_, _, Some(_)) if by_istio => {
            let message = "an issuer has either `verifiedBy: istio` or a `secret`, not both";
            let help = "delete `verifiedBy`: the filter verifies what is signed with a secret";
            // at the issuer: what is shown of the file must not hold the secret
            value.report(Diagnostic::error("MG0109", fields.span(), message).with_help(help));
            None
        }
        (_, _, Some(secret)) => Some(secret.text().value)
            .filter(|text| !text.is_empty())
            .map(Keys::Secret),
        _ if ["jwksUri", "jwks", "secret"]
            .iter()
            .any(|name| fields.has(name)) =>
        {
            None
        }
        _ => Some(Keys::Discovery),
    }
}

/// Only one of the fields is looked at in a document, so all of them are shown to a schema here.
fn record_keys(fields: &Fields<'_>, written: [Option<Value<'_>>; 3]) {
    for [a, b] in [
        ["jwksUri", "jwks"],
        ["jwksUri", "secret"],
        ["jwks", "secret"],
        ["verifiedBy", "secret"],
    ] {
        fields.rule(|| json!({ "not": { "required": [a, b] } }));
    }
    if let [Some(uri), Some(set), Some(secret)] = written {
        uri.record(Value::text);
        set.record(json::from);
        secret.record(Value::text);
    }
}
