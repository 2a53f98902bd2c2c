//! Tests of `context.address`: a range of addresses is a beginning of their bits.

use std::net::IpAddr;

use cedar_policy::pst::{Expr, Literal, UnaryOp};
use policies::bundle::{ClaimTest, Condition};
use policies::facts::{self, ADDRESS};

use super::condition::{any, unknown};
use super::refusal::Refusal;

/// `context.address.isIpv4()` and its like.
pub fn is_of_kind(whole: &Expr, op: UnaryOp) -> Result<Condition, Refusal> {
    let ranges: &[&str] = match op {
        UnaryOp::IsIPv4 => &["0.0.0.0/0"],
        UnaryOp::IsIPV6 => &["::/0"],
        UnaryOp::IsLoopback => &["127.0.0.0/8", "::1"],
        UnaryOp::IsMulticast => &["224.0.0.0/4", "ff00::/8"],
        _ => return Err(unknown(whole)),
    };
    let tests = ranges.iter().filter_map(|range| beginning(range).ok());
    Ok(any(tests.map(|(beginning, _)| begins(beginning)).collect()))
}

/// `context.address.isInRange(ip("RANGE"))`.
pub fn is_in(whole: &Expr, range: &Expr) -> Result<Condition, Refusal> {
    let (beginning, _) = constant(whole, range)?;
    Ok(begins(beginning))
}

/// `context.address == ip("ADDRESS")`: a range is no address.
pub fn is(whole: &Expr, address: &Expr) -> Result<Condition, Refusal> {
    match constant(whole, address)? {
        (beginning, true) => Ok(begins(beginning)),
        (_, false) => Err(Refusal::entity(
            address,
            "is a range, and no client has it for its address",
            "write `context.address.isInRange(...)`",
        )),
    }
}

fn begins(beginning: String) -> Condition {
    Condition::Claim(ADDRESS.to_owned(), ClaimTest::Begins(vec![beginning]))
}

/// The bits that all addresses of a constant begin with, and whether it is a single one.
fn constant(whole: &Expr, constant: &Expr) -> Result<(String, bool), Refusal> {
    let Some(text) = text(constant) else {
        return Err(unknown(whole));
    };
    beginning(text).map_err(|()| {
        let help = "write the range of IPv4, such as `ip(\"10.0.0.0/8\")`";
        Refusal::entity(text, "is never a client's: it counts as IPv4", help)
    })
}

/// What is written in `ip("...")`.
pub fn text(constant: &Expr) -> Option<&str> {
    let Expr::UnaryOp {
        op: UnaryOp::Ip,
        expr,
    } = constant
    else {
        return None;
    };
    match expr.as_ref() {
        Expr::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}

/// The bits of a range that Cedar has read, and whether it is one address; none for mapped addresses.
fn beginning(range: &str) -> Result<(String, bool), ()> {
    let (address, length) = match range.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (range, None),
    };
    let address: IpAddr = address.parse().map_err(drop)?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length: usize = length.map_or(Ok(most), str::parse).map_err(drop)?;
    let bits = facts::bits(address);
    let mapped = address.is_ipv6() && bits.starts_with('4');
    match (mapped, length) {
        // those that begin so are not all mapped
        (true, ..96) => {
            let zeros = "0".repeat(80.min(length));
            let ones = "1".repeat(length.saturating_sub(80));
            Ok((format!("6{zeros}{ones}"), false))
        }
        (true, _) => Err(()),
        (false, _) => {
            let begins: String = bits.chars().take(length + 1).collect();
            Ok((begins, length == most))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_a_beginning() {
        let of = |range: &str| beginning(range).map(|(bits, _)| bits);
        assert_eq!(of("0.0.0.0/0"), Ok("4".into()));
        assert_eq!(of("10.1.2.3/8"), Ok("400001010".into()));
        assert_eq!(of("::/0"), Ok("6".into()));
        assert_eq!(of("2001:db8::/16"), Ok("60010000000000001".into()));
        assert_eq!(of("::ffff:0:0/81"), Ok(format!("6{}1", "0".repeat(80))));
        assert_eq!(of("::ffff:a00:1/8"), Ok("600000000".into()));
        for mapped in ["::ffff:0:0/96", "::ffff:a00:1", "::ffff:a00:0/104"] {
            assert_eq!(of(mapped), Err(()), "{mapped}");
        }
        assert_eq!(
            beginning("10.0.0.1").map(|(bits, one)| (bits.len(), one)),
            Ok((33, true))
        );
        assert_eq!(
            beginning("::1/128").map(|(bits, one)| (bits.len(), one)),
            Ok((129, true))
        );
        assert_eq!(beginning("10.0.0.0/31").map(|(_, one)| one), Ok(false));
    }
}
