//! Wire types of an issuer: what its tokens must look like, and where they say who is calling.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::algorithm::Algorithm;

use super::by_name::{apart, by_name};

by_name!(Issuer, RequiredClaim, ClaimNames, Attribute);

/// One accepted issuer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct Issuer {
    /// short name, used in terms and audit events
    pub name: String,
    /// exact value of the `iss` claim
    pub issuer: String,
    /// one of these must be in `aud`
    #[serde(deserialize_with = "apart")]
    pub audiences: Vec<String>,
    /// accepted values of the `alg` header; HMAC only, and always, with [`KeySource::Secret`]
    #[serde(deserialize_with = "apart")]
    pub algorithms: Vec<Algorithm>,
    /// accepted values of the `typ` header, lower case, without `application/`; an empty one stands for none
    #[serde(deserialize_with = "apart")]
    pub types: Vec<String>,
    /// most seconds from `iat` to `exp`; a token without `iat` is then refused
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_lifetime: Option<u32>,
    /// claims that a token must have
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<RequiredClaim>,
    /// where the identity is found
    pub claims: ClaimNames,
    /// clock skew in seconds, 0 to 300
    pub skew: u32,
    /// where the keys come from
    #[serde(deserialize_with = "apart")]
    pub keys: KeySource,
    /// seconds for which fetched keys are used after the last good fetch, 900 to 604,800
    pub keep_keys: u32,
}

/// The names of the members that lead to a claim, outermost first; not empty.
pub type ClaimPath = Vec<String>;

/// A claim that a token must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct RequiredClaim {
    /// where it is
    pub claim: ClaimPath,
    /// it is one of these texts, or a list with one of them; empty: whatever it is
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// Where a token says who is calling.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct ClaimNames {
    /// the user's name
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<ClaimPath>,
    /// the groups: a list of texts, or one text
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<ClaimPath>,
    /// the machine's name: of the caller where the token is a machine's own, else of the application that it was given to
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<ServiceAccountClaim>,
    /// what makes a token a machine's own where people's tokens come from the same issuer; none: that `sub` is the machine's
    /// name (RFC 9068 section 2.2)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account_when: Option<RequiredClaim>,
    /// an e-mail address names a user also where `email_verified` is not `true`
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified_email: bool,
    /// what conditions can ask for; names unique
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// How a token names a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum ServiceAccountClaim {
    /// a claim holds its name at the issuer
    Named(ClaimPath),
    /// the token is a Kubernetes service account's: the same workload as by its certificate
    Kubernetes,
}

/// A claim as typed data: `context.claims.NAME` in conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", remote = "Self")]
pub struct Attribute {
    /// its name in conditions
    pub name: String,
    /// where it is
    pub claim: ClaimPath,
    /// what it must be; a token in which it is something else is refused
    pub kind: ClaimKind,
}

/// The type of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClaimKind {
    /// Cedar `String`
    Text,
    /// Cedar `Long`: an integer
    Number,
    /// Cedar `Bool`
    Boolean,
    /// Cedar `Set<String>`: a list of texts, or one text
    List,
    /// Cedar `Set<String>`: words with one space between them, as in `scope` (RFC 8693 section 4.2), or a list
    Words,
}

/// Where an issuer's keys come from.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub enum KeySource {
    /// a JWK set (RFC 7517) in the bundle itself
    Inline(Value),
    /// fetched by the filter
    #[serde(rename_all = "camelCase")]
    Remote {
        /// Envoy cluster, e.g. `outbound|443||id.example.com`
        cluster: String,
        /// `:authority` of the fetch
        authority: String,
        /// `:path` of the fetch
        path: String,
    },
    /// fetched by the filter from where the issuer's discovery document says (OpenID Connect Discovery section 4); only from
    /// the server that serves the document
    #[serde(rename_all = "camelCase")]
    Discovery {
        /// Envoy cluster
        cluster: String,
        /// `:authority` of both fetches
        authority: String,
        /// `:path` of the document
        path: String,
        /// beginning of every accepted `jwks_uri`, without a trailing slash: `https://id.example.com`
        origin: String,
    },
    /// a secret that the issuer signs with, base64url; never from a JWK set
    Secret(String),
    /// none: Istio's RequestAuthentication in the same proxy has verified the token
    Istio,
}

/// A secret never shows.
impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(set) => write!(f, "Inline({set})"),
            Self::Remote {
                authority, path, ..
            } => write!(f, "Remote({authority}{path})"),
            Self::Discovery {
                authority, path, ..
            } => write!(f, "Discovery({authority}{path})"),
            Self::Secret(_) => f.write_str("Secret"),
            Self::Istio => f.write_str("Istio"),
        }
    }
}
