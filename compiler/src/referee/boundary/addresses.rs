//! The client's address: just inside and outside of each range that a policy names, by arithmetic of whole addresses and not by the
//! bits that the table has.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policies::facts::{self, ADDRESS};
use policies::principal::{ClaimValue, Claims};

use crate::referee::mentions::Mentions;

/// Addresses that are nobody's (RFC 5737, RFC 3849).
pub const NOBODYS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
];

/// With an address in any case: no request is judged without.
pub fn with_address(facts: &Claims) -> Claims {
    let mut facts = facts.clone();
    let usual = || ClaimValue::Text(facts::bits(NOBODYS[0]));
    facts.entry(ADDRESS.to_owned()).or_insert_with(usual);
    facts
}

/// As facts; what the policy names stands first.
pub fn around(mentions: &Mentions) -> Vec<Option<ClaimValue>> {
    let mut seen = BTreeSet::new();
    let ranges = mentions.addresses.iter().flat_map(|range| edges(range));
    let all = ranges.chain(NOBODYS).map(|address| address.to_canonical());
    let fact = |address| Some(ClaimValue::Text(facts::bits(address)));
    all.filter(|address| seen.insert(*address))
        .map(fact)
        .collect()
}

/// The first and the last address of a range, and those beside it.
fn edges(range: &str) -> Vec<IpAddr> {
    let (address, length) = range.split_once('/').unwrap_or((range, "128"));
    let Ok(address) = address.parse::<IpAddr>() else {
        return Vec::new();
    };
    let (value, width): (u128, u32) = match address {
        IpAddr::V4(address) => (u32::from(address).into(), 32),
        IpAddr::V6(address) => (address.into(), 128),
    };
    let length: u32 = length.parse().unwrap_or(width);
    let rest = (u128::MAX >> (128 - width))
        .checked_shr(length)
        .unwrap_or(0);
    let first = value & !rest;
    let last = first | rest;
    let beside = [first.checked_sub(1), last.checked_add(1)];
    let near = [Some(first), Some(last)].into_iter().chain(beside);
    near.flatten()
        .filter_map(|one| match address {
            // nothing is beside the last address of all
            IpAddr::V4(_) => u32::try_from(one).ok().map(|one| IpAddr::V4(one.into())),
            IpAddr::V6(_) => Some(IpAddr::V6(one.into())),
        })
        .collect()
}
