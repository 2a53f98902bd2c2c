//! What an issuer in a bundle must be like.

use serde_json::to_vec;

use crate::algorithm::Family;
use crate::bundle::{Issuer, KeySource, ServiceAccountClaim};
use crate::keys::KeySet;
use crate::token;

use super::{LoadError, ensure};

/// Largest clock skew in seconds.
const MOST_SKEW: u32 = 300;
/// Seconds for which fetched keys may be kept: longer than it takes to see that they are stale, and at most seven days.
const KEPT: std::ops::RangeInclusive<u32> = 900..=604_800;

/// One cluster's service accounts are `NAMESPACE/NAME`; those of a second would be the same people.
#[inline(never)]
pub(super) fn check_all(issuers: &[Issuer]) -> Result<(), LoadError> {
    let of_kubernetes =
        |issuer: &&Issuer| issuer.claims.service_account == Some(ServiceAccountClaim::Kubernetes);
    ensure(
        issuers.iter().filter(of_kubernetes).count() <= 1,
        "two issuers are Kubernetes clusters",
    )?;
    issuers.iter().try_for_each(check)
}

/// Refuses what could let a token in that nobody meant.
fn check(issuer: &Issuer) -> Result<(), LoadError> {
    ensure(!issuer.audiences.is_empty(), "an issuer has no audience")?;
    ensure(!issuer.algorithms.is_empty(), "an issuer has no algorithm")?;
    ensure(!issuer.types.is_empty(), "an issuer accepts no `typ`")?;
    let never = |kind: &String| token::NEVER_ACCEPTED.contains(&kind.as_str());
    ensure(
        !issuer.types.iter().any(never),
        "an issuer accepts a `typ` that is no access token's",
    )?;
    ensure(issuer.skew <= MOST_SKEW, "an issuer's `skew` is above 300")?;
    ensure(
        KEPT.contains(&issuer.keep_keys),
        "an issuer's `keepKeys` is not from 900 to 604800",
    )?;
    let secret = matches!(issuer.keys, KeySource::Secret(_));
    let fits = |algorithm: &crate::algorithm::Algorithm| {
        matches!(issuer.keys, KeySource::Istio) || (algorithm.family() == Family::Secret) == secret
    };
    ensure(
        issuer.algorithms.iter().all(fits),
        "an issuer's algorithms do not fit its keys",
    )?;
    let paths = issuer.required.iter().map(|required| &required.claim);
    let attributes = issuer
        .claims
        .attributes
        .iter()
        .map(|attribute| &attribute.claim);
    ensure(
        paths.chain(attributes).all(|path| !path.is_empty()),
        "an issuer's claim has no name",
    )?;
    keys(issuer)
        .map(|_| ())
        .map_err(|error| LoadError::Keys(issuer.name.clone(), error))
}

/// The keys that came with the bundle; `None` where they come from elsewhere.
pub(super) fn keys(issuer: &Issuer) -> Result<Option<KeySet>, crate::keys::KeysError> {
    match &issuer.keys {
        KeySource::Inline(set) => {
            let bytes = to_vec(set).map_err(|_| crate::keys::KeysError::NotASet)?;
            KeySet::parse(&bytes).map(Some)
        }
        KeySource::Secret(secret) => KeySet::secret(secret, &issuer.algorithms).map(Some),
        KeySource::Remote { .. } | KeySource::Discovery { .. } | KeySource::Istio => Ok(None),
    }
}
