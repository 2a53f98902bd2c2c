//! What a changed gate makes of callers who were known then: by other claims they may be somebody else, and what was accepted may be
//! refused.

use policies::bundle::{Bundle, ClaimNames, Issuer, Reselecting};

use super::event::Event;
use super::sieve::Why;

/// Why an event of the one bundle says nothing sure of its caller under the other.
pub fn another_caller([then, now]: [&Bundle; 2], event: &Event) -> Option<Why> {
    let name = event.issuer.as_ref()?;
    let [before, after] = [then, now].map(|bundle| issuer(bundle, name));
    let same = same_claims(&before?.claims, &after?.claims);
    (!same).then(|| Why::Claims(name.clone()))
}

/// Why a request that was accepted under the one bundle may be refused under the other before any rule is asked.
pub fn stricter([then, now]: [&Bundle; 2], event: &Event) -> Option<Why> {
    let token = event.issuer.as_ref().and_then(|name| {
        let [before, after] = [then, now].map(|bundle| issuer(bundle, name));
        let accepts = accepts(before?, after?);
        (!accepts).then(|| Why::Tokens(name.clone()))
    });
    let body = now.body.limit < then.body.limit || now.body.mode != then.body.mode;
    let fields = now.reselecting_headers == Reselecting::Refuse
        && then.reselecting_headers != Reselecting::Refuse;
    let body = body.then_some(Why::Gate("body"));
    let fields = fields.then_some(Why::Gate("reselectingHeaders"));
    token.or(body).or(fields)
}

fn issuer<'b>(bundle: &'b Bundle, name: &str) -> Option<&'b Issuer> {
    bundle.issuers.iter().find(|issuer| issuer.name == name)
}

/// Whether a token says the same under both, as far as both read it.
fn same_claims(before: &ClaimNames, after: &ClaimNames) -> bool {
    let without = |claims: &ClaimNames| ClaimNames {
        attributes: Vec::new(),
        ..claims.clone()
    };
    let mut attributes = before.attributes.iter();
    without(before) == without(after)
        && attributes.all(|known| {
            let mut others = after.attributes.iter();
            others.all(|other| other.name != known.name || other == known)
        })
}

/// Whether every token that was accepted then is now.
fn accepts(before: &Issuer, after: &Issuer) -> bool {
    let lifetime = match (before.max_lifetime, after.max_lifetime) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(before), Some(after)) => before <= after,
    };
    // an attribute of another type than it has is refused
    let known = |attribute| before.claims.attributes.contains(attribute);
    before.issuer == after.issuer
        && before.keys == after.keys
        && before.skew <= after.skew
        && lifetime
        && is_within(&before.audiences, &after.audiences)
        && is_within(&before.algorithms, &after.algorithms)
        && is_within(&before.types, &after.types)
        && is_within(&after.required, &before.required)
        && after.claims.attributes.iter().all(known)
}

fn is_within<T: PartialEq>(few: &[T], many: &[T]) -> bool {
    few.iter().all(|one| many.contains(one))
}
