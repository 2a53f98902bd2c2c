//! Addresses that are left: those whose bits begin like this, but for some that begin like that.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use policies::facts;

/// An address that is nobody's (RFC 5737), where nothing is asked of it.
pub const USUAL: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Addresses; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// version and first bits of all of them
    beginning: String,
    /// of none of them
    not: BTreeSet<String>,
}

impl Addresses {
    /// Every address that a request can come from.
    pub fn any() -> Self {
        // IPv4 addresses that are mapped into IPv6 never come as those
        let mapped = format!("6{}{}", "0".repeat(80), "1".repeat(16));
        Self {
            beginning: String::new(),
            not: BTreeSet::from([mapped]),
        }
    }

    /// Those that begin so, or do not; `None` where there are none.
    pub fn restrict(&self, bits: &str, holds: bool) -> Option<Self> {
        let mut left = self.clone();
        if !holds {
            left.not.insert(bits.to_owned());
        } else if bits.starts_with(&self.beginning) {
            left.beginning = bits.to_owned();
        } else if !self.beginning.starts_with(bits) {
            return None;
        }
        left.has_any(&left.beginning).then_some(left)
    }

    /// The plainest of them.
    pub fn usual(&self) -> String {
        let usual = facts::bits(USUAL);
        if self.has(&usual) {
            return usual;
        }
        let mut bits = self.beginning.clone();
        while let Some(next) = halves(&bits).into_iter().find(|half| self.has_any(half)) {
            bits = next;
        }
        bits
    }

    fn has(&self, bits: &str) -> bool {
        let excluded = self.not.iter().any(|not| bits.starts_with(not));
        bits.starts_with(&self.beginning) && !excluded
    }

    /// Whether something is left that begins so.
    fn has_any(&self, bits: &str) -> bool {
        if self.not.iter().any(|not| bits.starts_with(not)) {
            return false;
        }
        // nothing below is taken out, or it is whole
        let below = self.not.iter().any(|not| not.starts_with(bits));
        !below || halves(bits).iter().any(|half| self.has_any(half))
    }
}

/// With one bit more; none of an address that is whole.
fn halves(bits: &str) -> Vec<String> {
    let ends = match (bits, bits.len()) {
        ("", _) => ["4", "6"],
        (_, 33) if bits.starts_with('4') => return Vec::new(),
        (_, 129) => return Vec::new(),
        _ => ["0", "1"],
    };
    ends.map(|end| format!("{bits}{end}")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cut_out_of_ranges() {
        let bits =
            |text: &str, length: usize| facts::bits(text.parse().unwrap())[..=length].to_owned();
        let any = Addresses::any();
        assert_eq!(facts::address(&any.usual()), Some(USUAL));
        let ten = any.restrict(&bits("10.0.0.0", 8), true).unwrap();
        assert_eq!(ten.usual(), bits("10.0.0.0", 32));
        assert_eq!(ten.restrict("4", true), Some(ten.clone()));
        assert_eq!(ten.restrict("6", true), None);
        assert_eq!(ten.restrict("4", false), None);
        let half = ten.restrict(&bits("10.0.0.0", 9), false).unwrap();
        assert_eq!(half.usual(), bits("10.128.0.0", 32));
        assert_eq!(half.restrict(&bits("10.128.0.0", 9), false), None);
        let version_6 = any.restrict("4", false).unwrap();
        assert_eq!(version_6.usual(), bits("::", 128));
        let mapped = format!("6{}", "0".repeat(80));
        let below = version_6.restrict(&mapped, true).unwrap();
        let ones = format!("{mapped}{}", "1".repeat(16));
        assert_eq!(below.restrict(&ones, true), None);
        let one = any.restrict(&bits("10.0.0.1", 32), true).unwrap();
        assert_eq!(one.restrict(&bits("10.0.0.1", 32), false), None);
    }
}
