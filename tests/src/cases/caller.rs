//! Who sends a case's request: a token described as data, or what stands in its place.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use anyhow::bail;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::expand::expand;
use crate::token::{Key, Scheme};

mod mint;

use mint::Mutation;

/// The callers that cases speak of by name.
static KNOWN: LazyLock<BTreeMap<String, Token>> = LazyLock::new(|| {
    serde_saphyr::from_str(include_str!("../../cases/known/callers.yaml"))
        .expect("known/callers.yaml parses")
});

/// `who` of a case.
#[derive(Debug, Clone)]
pub enum Caller {
    /// a known caller, or `nobody`
    Known(String),
    /// a caller that differs from a known one
    Described(Box<Token>),
}

/// A token as data, and how it is presented.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Token {
    /// known caller to start from
    like: Option<String>,
    /// whose `iss` and key; `people` unless given
    issuer: Option<Issuer>,
    /// signs it, and gives `kid`
    key: Option<Key>,
    /// how it is signed; `none`: not at all
    scheme: Option<Signing>,
    /// members of the header that differ
    #[serde(default)]
    header: Map<String, Value>,
    /// members of the header that are missing
    #[serde(default)]
    without_header: Vec<String>,
    /// the header's text, whatever it would be
    raw_header: Option<String>,
    /// claims that differ; `now+60` is a time
    #[serde(default)]
    claims: Map<String, Value>,
    /// claims that are missing
    #[serde(default)]
    without: Vec<String>,
    /// the payload's text, whatever it would be
    raw_payload: Option<String>,
    /// the signature as hex, whatever it would be
    signature: Option<String>,
    /// what happens to the finished token
    mutate: Option<Mutation>,
    /// values of `authorization`; `{token}` is the token
    authorization: Option<Vec<String>>,
    /// URI SAN of the connection's certificate
    peer: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Issuer {
    People,
    Workloads,
    Partners,
    Labs,
    Legacy,
    Cluster,
    Meshed,
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(untagged)]
enum Signing {
    Made(Scheme),
    None(Nothing),
}

#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Nothing {
    None,
}

impl Default for Caller {
    fn default() -> Self {
        Self::Known(NOBODY.to_owned())
    }
}

const NOBODY: &str = "nobody";

impl<'de> Deserialize<'de> for Caller {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(NameOrToken)
    }
}

struct NameOrToken;

impl<'de> Visitor<'de> for NameOrToken {
    type Value = Caller;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a caller, or a token")
    }

    fn visit_str<E>(self, name: &str) -> Result<Caller, E> {
        Ok(Caller::Known(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Caller, A::Error> {
        let token = Token::deserialize(MapAccessDeserializer::new(members))?;
        Ok(Caller::Described(Box::new(token)))
    }
}

impl Caller {
    /// The values of `authorization`.
    #[must_use]
    pub fn authorization(&self, now: u64) -> Vec<String> {
        match self.token() {
            Some(token) => token.authorization(now),
            None => Vec::new(),
        }
    }

    /// URI SAN of the connection's certificate.
    #[must_use]
    pub fn peer(&self) -> Option<String> {
        self.token()?.peer
    }

    pub(super) fn check(&self) -> anyhow::Result<()> {
        let name = match self {
            Self::Known(name) => Some(name),
            Self::Described(token) => token.like.as_ref(),
        };
        match name {
            Some(name) if name != NOBODY && !KNOWN.contains_key(name) => {
                bail!("no caller is called `{name}`")
            }
            _ => Ok(()),
        }
    }

    /// The whole description, or nobody.
    fn token(&self) -> Option<Token> {
        match self {
            Self::Known(name) => KNOWN.get(name).cloned(),
            Self::Described(token) => Some(token.whole()),
        }
    }
}

impl Token {
    /// With everything that the known caller has and this one does not say.
    fn whole(&self) -> Self {
        let known = self.like.as_ref().and_then(|name| KNOWN.get(name)).cloned();
        let known = known.unwrap_or_default();
        let mut claims = known.claims;
        claims.extend(self.claims.clone());
        let mut header = known.header;
        header.extend(self.header.clone());
        let mut without_header = known.without_header;
        without_header.extend(self.without_header.clone());
        Self {
            issuer: self.issuer.or(known.issuer),
            key: self.key.or(known.key),
            scheme: self.scheme.or(known.scheme),
            header,
            without_header,
            claims,
            ..self.clone()
        }
    }

    fn authorization(&self, now: u64) -> Vec<String> {
        let bearer = vec![String::from("Bearer {token}")];
        let peer_alone = self.peer.is_some() && self.issuer.is_none();
        let values = match &self.authorization {
            Some(values) => values.clone(),
            None if peer_alone => Vec::new(),
            None => bearer,
        };
        let token = self.mint(now);
        values
            .iter()
            .map(|value| expand(value, now, &|name| (name == "token").then(|| token.clone())))
            .collect()
    }
}
