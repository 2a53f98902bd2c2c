//! Which of all possible requests about a policy are asked: all where they are few; else each value of each dimension around
//! a request that the policy matches, and around the same without all that can be missing, and an even sample of the rest.
//! The choice is the same in every run.

use std::collections::BTreeSet;
use std::rc::Rc;

use policies::facts;
use policies::principal::Claims;

use super::boundary::{Case, Dimensions};

const COUNT: usize = 9;

/// At most about `share` requests, and more only where a policy names more than that. The request that others are chosen around
/// is one that the policy matches, and if there is such a one, where it `shows`: where another refuses, an allow cannot be seen.
pub fn chosen<'a>(
    dimensions: &'a Dimensions,
    share: usize,
    matches: impl Fn(&Case<'a>) -> bool,
    shows: impl Fn(&Case<'a>) -> bool,
) -> Vec<Case<'a>> {
    let lengths = lengths(dimensions);
    let product = lengths
        .iter()
        .fold(1_usize, |product, length| product.saturating_mul(*length));
    if product == 0 {
        return Vec::new();
    }
    let even = |count: usize| (0..count).map(move |turn| position(spread(turn, product), lengths));
    if product <= share {
        return (0..product)
            .filter_map(|number| case(dimensions, position(number, lengths)))
            .collect();
    }
    let matching = |at: &[usize; COUNT]| case(dimensions, *at).is_some_and(|case| matches(&case));
    let showing = |at: &[usize; COUNT]| case(dimensions, *at).is_some_and(|case| shows(&case));
    let near = || around([0; COUNT], lengths).take(share);
    let tried = || near().chain(even(share / 4));
    let base = tried()
        .find(|at| matching(at) && showing(at))
        .or_else(|| tried().find(matching))
        .unwrap_or([0; COUNT]);
    let mut asked: BTreeSet<[usize; COUNT]> = even(share).collect();
    for base in [base, bare(dimensions, base)] {
        asked.extend(around(base, lengths));
    }
    asked
        .into_iter()
        .filter_map(|at| case(dimensions, at))
        .collect()
}

/// The request itself, and with each other value of one dimension.
fn around(base: [usize; COUNT], lengths: [usize; COUNT]) -> impl Iterator<Item = [usize; COUNT]> {
    let each = lengths.into_iter().enumerate();
    let others = each.flat_map(move |(dimension, length)| {
        (0..length).map(move |value| with(base, dimension, value))
    });
    std::iter::once(base).chain(others)
}

/// The request without peer, application, claims and facts: of `a || b` each is then what decides.
fn bare(dimensions: &Dimensions, base: [usize; COUNT]) -> [usize; COUNT] {
    let [caller, _, _, _, _, rest @ ..] = base;
    let at = |position: Option<usize>| position.unwrap_or_default();
    let peer = at(dimensions.peers.iter().position(Option::is_none));
    let client = at(dimensions.clients.iter().position(Option::is_none));
    let claims = at(dimensions
        .claims
        .iter()
        .position(|claims| claims.is_empty()));
    let no_field = |facts: &Rc<Claims>| facts.keys().all(|name| name == facts::ADDRESS);
    let facts = at(dimensions.facts.iter().position(no_field));
    let [model, action, time, method] = rest;
    [
        caller, peer, client, claims, facts, model, action, time, method,
    ]
}

const fn lengths(dimensions: &Dimensions) -> [usize; COUNT] {
    let Dimensions {
        callers,
        peers,
        clients,
        claims,
        facts,
        models,
        actions,
        times,
        methods,
    } = dimensions;
    [
        callers.len(),
        peers.len(),
        clients.len(),
        claims.len(),
        facts.len(),
        models.len(),
        actions.len(),
        times.len(),
        methods.len(),
    ]
}

/// The `turn`-th of `product` numbers, far from the ones before: steps of the golden section.
fn spread(turn: usize, product: usize) -> usize {
    let step = (product / 1000)
        .saturating_mul(618)
        .saturating_add(product % 1000 * 618 / 1000)
        .max(1);
    let step = (step..).find(|step| gcd(*step, product) == 1).unwrap_or(1);
    let far = u128::try_from(turn).unwrap_or(0) * u128::try_from(step).unwrap_or(1);
    usize::try_from(far % u128::try_from(product).unwrap_or(1)).unwrap_or(0)
}

const fn gcd(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn position(mut number: usize, lengths: [usize; COUNT]) -> [usize; COUNT] {
    lengths.map(|length| {
        let value = number % length;
        number /= length;
        value
    })
}

fn with(mut base: [usize; COUNT], dimension: usize, value: usize) -> [usize; COUNT] {
    if let Some(place) = base.get_mut(dimension) {
        *place = value;
    }
    base
}

fn case(dimensions: &Dimensions, at: [usize; COUNT]) -> Option<Case<'_>> {
    let [
        caller,
        peer,
        client,
        claims,
        facts,
        model,
        action,
        time,
        method,
    ] = at;
    Some(Case {
        caller: dimensions.callers.get(caller)?,
        connection: dimensions.peers.get(peer)?.as_ref(),
        client: dimensions.clients.get(client)?.as_deref(),
        claims: dimensions.claims.get(claims)?,
        facts: dimensions.facts.get(facts)?,
        model: dimensions.models.get(model)?,
        action: *dimensions.actions.get(action)?,
        now: *dimensions.times.get(time)?,
        method: dimensions.methods.get(method)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_visits_every_number_once() {
        for product in [1, 2, 7, 1000, 1237] {
            let visited: BTreeSet<usize> = (0..product).map(|turn| spread(turn, product)).collect();
            assert_eq!(visited.len(), product);
        }
    }
}
