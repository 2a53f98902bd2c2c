//! The one credential of a request, and a token on its way to being verified.

use std::fmt;
use std::rc::Rc;

use crate::decision::Reason;
use crate::guard::{Guard, Verified};
use crate::head::Head;
use crate::keys::KeySet;
use crate::query;
use crate::signature::Verification;
use crate::time::UnixTime;
use crate::token::{self, Proof, Refusal, Unverified};

/// What the request brings.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credential<'a> {
    Nothing,
    Bearer(&'a [u8]),
}

/// Exactly one credential: an `Authorization` that is not one bearer token is refused, never read as none (RFC 6750 section 2.1).
pub(super) fn find<'a>(
    head: &'a Head,
    query: &[(String, String)],
) -> Result<Credential<'a>, Reason> {
    if query.iter().any(|(name, _)| name == query::TOKEN) {
        return Err(Reason::TokenInQuery);
    }
    let value = head
        .only("authorization")
        .map_err(|_| Reason::TokenRepeated)?;
    let Some(value) = value else {
        return Ok(Credential::Nothing);
    };
    let (scheme, token) = value.split_at_checked(7).ok_or(Reason::TokenMalformed)?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") || token.is_empty() {
        return Err(Reason::TokenMalformed);
    }
    if token.contains(&b',') {
        return Err(Reason::TokenRepeated);
    }
    Ok(Credential::Bearer(token))
}

/// A token whose signature is being verified, key by key.
pub(super) struct Pending {
    token: Vec<u8>,
    unverified: Unverified,
    tried: usize,
}

/// A token never shows.
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({} tried)", self.tried)
    }
}

impl Pending {
    pub(super) fn read(guard: &Guard, token: &[u8], now: UnixTime) -> Result<Self, Refusal> {
        let unverified = token::read(guard.engine(), token, now)?;
        Ok(Self {
            token: token.to_vec(),
            unverified,
            tried: 0,
        })
    }

    /// The token alone, to be read again.
    pub(super) fn into_token(self) -> Vec<u8> {
        self.token
    }

    pub(super) const fn issuer(&self) -> usize {
        self.unverified.issuer
    }

    /// Whether the proxy has verified it, and no key is needed.
    pub(super) const fn by_istio(&self) -> bool {
        matches!(self.unverified.proof, Proof::Istio(_))
    }

    /// What the proxy is asked, once.
    pub(super) fn ask_istio(&mut self) -> Result<Verification, Reason> {
        match &self.unverified.proof {
            Proof::Istio(claims) if self.tried == 0 => {
                self.tried = 1;
                Ok(Verification::Istio(claims.clone()))
            }
            _ => Err(Reason::UnverifiedByMesh),
        }
    }

    /// Whether fresh keys might hold one that made the signature: none of these was the one that the token names.
    pub(super) fn wants_fresh(&self, keys: &KeySet) -> bool {
        let kid = self.unverified.kid.as_deref();
        !kid.is_some_and(|kid| keys.names(kid))
    }

    /// The next key to try.
    pub(super) fn next(&mut self, keys: &KeySet) -> Result<Verification, Reason> {
        let unverified = &self.unverified;
        let mut candidates = keys.candidates(unverified.kid.as_deref(), unverified.algorithm);
        let Some(key) = candidates.nth(self.tried) else {
            return Err(if self.tried == 0 {
                Reason::KeyUnknown
            } else {
                Reason::SignatureInvalid
            });
        };
        self.tried = self.tried.saturating_add(1);
        Ok(unverified.with_key(key))
    }

    /// The signature holds.
    pub(super) fn remember(self, guard: &mut Guard) -> Rc<Verified> {
        guard.remember(
            &self.token,
            self.unverified.issuer,
            self.unverified.identity,
        )
    }
}
