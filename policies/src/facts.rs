//! What a request says beside who asks for which model, as far as the rules of the bundle ask for it. Facts stand beside the
//! attributes of the token, under names that no attribute can have.
//!
//! A fact is read in one way or the request is refused, whatever the rules would have said: a rule that allows and a rule that
//! denies are then equally safe.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use crate::bundle::Bundle;
use crate::decision::Reason;
use crate::exchange::alike;
use crate::head::Head;
use crate::principal::{ClaimValue, Claims, Facts, MAX_NAME};

/// What stands before a header field's name in the name of its fact.
const HEADER: &str = "header:";
/// IPv4 in IPv6.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/// The fact that is the client's address, see [`bits`].
pub const ADDRESS: &str = "request:address";
/// The fact that is the version of the model, where the request names one and rules ask for versions.
pub const VERSION: &str = "request:version";

/// The fact that is a header field.
#[must_use]
pub fn of_header(name: &str) -> String {
    format!("{HEADER}{name}")
}

/// The header field that a fact is.
#[must_use]
pub fn header(fact: &str) -> Option<&str> {
    fact.strip_prefix(HEADER)
}

/// Whether it is the name of a fact, and not of a token's attribute.
#[must_use]
pub fn is_fact(name: &str) -> bool {
    name.contains(':')
}

/// Those that the bundle asks for and the request has.
///
/// # Errors
/// The reason to refuse the request for: one of them could be read in two ways.
#[inline(never)]
pub(crate) fn read(bundle: &Bundle, head: &Head, address: Option<&[u8]>) -> Result<Facts, Reason> {
    if bundle.facts.is_empty() {
        return Ok(None);
    }
    let mut facts = Vec::new();
    for fact in &bundle.facts {
        let text = match header(fact) {
            Some(name) => field(head, name)?,
            // each model has its own, and it may stand in the body
            None if fact == VERSION => None,
            None => Some(client(address).ok_or(Reason::AddressUnknown)?),
        };
        if let Some(text) = text {
            facts.push((fact.clone(), ClaimValue::Text(text)));
        }
    }
    Ok(Some(Rc::new(facts)))
}

/// And the version of the model.
#[must_use]
pub fn with_version(facts: &Facts, version: &str) -> Facts {
    let version = ClaimValue::Text(version.to_owned());
    let all = facts.iter().flat_map(|facts| facts.iter().cloned());
    let all = all.chain([(VERSION.to_owned(), version)]);
    Some(Rc::new(all.collect()))
}

/// As if a request said so, for whoever judges one without a head.
#[must_use]
pub fn given(facts: &Claims) -> Facts {
    let each = facts
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    Some(Rc::new(each.collect()))
}

/// The same by name.
#[must_use]
pub fn said(facts: &Facts) -> Claims {
    let all = facts.iter().flat_map(|facts| facts.iter());
    all.cloned().collect()
}

/// The one of this name.
pub(crate) fn find<'a>(facts: &'a Facts, name: &str) -> Option<&'a ClaimValue> {
    let mut all = facts.iter().flat_map(|facts| facts.iter());
    all.find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Whether it is one that some filter can read.
pub(crate) fn is_known(fact: &str) -> bool {
    header(fact).is_some() || matches!(fact, ADDRESS | VERSION)
}

/// An address as its version, `4` or `6`, and its bits, `0` and `1`: a range is then a beginning. An IPv4 address that is mapped into
/// IPv6 (RFC 4291 section 2.5.5.2) is the IPv4 address.
#[must_use]
pub fn bits(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => of_bytes(&address.octets()),
        IpAddr::V6(address) => of_bytes(&address.octets()),
    }
}

fn of_bytes(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(&MAPPED).unwrap_or(bytes);
    let mut text = String::from(if bytes.len() == 4 { "4" } else { "6" });
    for byte in bytes {
        let mut mask = 0x80_u8;
        while mask > 0 {
            text.push(if byte & mask == 0 { '0' } else { '1' });
            mask = mask.wrapping_shr(1);
        }
    }
    text
}

/// The address of these bits; of the beginning of one, the first that begins so.
#[must_use]
pub fn address(bits: &str) -> Option<IpAddr> {
    let (version, bits) = bits.split_at_checked(1)?;
    let most = if version == "4" { 32 } else { 128 };
    let value = u128::from_str_radix(&format!("{bits:0<most$}"), 2).ok()?;
    match version {
        "4" => Some(IpAddr::from(u32::try_from(value).ok()?.to_be_bytes())),
        "6" => Some(IpAddr::from(value.to_be_bytes())),
        _ => None,
    }
}

/// As Envoy writes addresses: `10.0.0.1:4000`, `[2001:db8::1]:4000`.
fn client(address: Option<&[u8]>) -> Option<String> {
    let address: SocketAddr = std::str::from_utf8(address?).ok()?.parse().ok()?;
    Some(bits(address.ip()))
}

/// The one value of a header field, which is there in its own spelling only: servers take others for it.
fn field(head: &Head, name: &str) -> Result<Option<String>, Reason> {
    let own = name.as_bytes();
    let mut given = head.fields().filter(|(known, _)| alike(own, known));
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some((known, value)), None) if known == own => match text(value) {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(Reason::HeaderMalformed),
        },
        (Some(_), None) => Err(Reason::HeaderMalformed),
        (Some(_), Some(_)) => Err(Reason::HeaderRepeated),
    }
}

fn text(value: &[u8]) -> Option<&str> {
    let short = value.len() <= MAX_NAME;
    let text = std::str::from_utf8(value).ok().filter(|_| short)?;
    (!text.bytes().any(|byte| byte.is_ascii_control())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(fields: &[(&str, &[u8])]) -> Result<Option<String>, Reason> {
        let fields = fields.iter();
        let head =
            Head::new(fields.map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())));
        field(&head, "x-purpose")
    }

    #[test]
    fn an_address_is_its_bits() {
        let client = |text: &str| client(Some(text.as_bytes()));
        let of = |text: &str| Some(bits(text.parse().unwrap()));
        assert_eq!(client("10.0.0.1:4000"), of("10.0.0.1"));
        assert_eq!(client("10.0.0.1:0").unwrap().len(), 33);
        assert_eq!(client("[2001:db8::1]:4000"), of("2001:db8::1"));
        assert_eq!(client("[::ffff:10.0.0.1]:4000"), of("10.0.0.1"));
        assert_ne!(client("[::10.0.0.1]:4000"), of("10.0.0.1"));
        assert!(of("10.0.0.1").unwrap().starts_with("400001010"));
        for text in [
            "",
            "10.0.0.1",
            "::1",
            "[::1]",
            "10.0.0.1:",
            "10.0.0.1:x",
            "/tmp/socket",
            "envoy://internal/",
            "10.0.0.1:1 ",
            "[fe80::1%eth0]:1",
            "10.0.0.256:1",
            "\u{0660}.0.0.1:1",
        ] {
            assert_eq!(client(text), None, "{text}");
        }
        for text in [
            "10.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "1::",
            "2001:db8::ff",
            "1:2:3:4:5:6:7:8",
            "::ffff:0:1.2.3.4",
            "1::3:4:5:6:7:8",
            "fe80::dead:beef",
        ] {
            let known: IpAddr = text.parse().unwrap();
            assert_eq!(address(&bits(known)), Some(known));
            let port = SocketAddr::new(known, 65_535).to_string();
            assert_eq!(client(&port), Some(bits(known)), "{port}");
        }
        assert_eq!(address("40"), "0.0.0.0".parse().ok());
        assert_eq!(address("61"), "8000::".parse().ok());
    }

    #[test]
    fn a_field_is_read_in_one_way_or_not_at_all() {
        let longest = "é".repeat(128);
        let text = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(given(&[("x-purposes", b"a")]), Ok(None));
        assert_eq!(given(&[("X-Purpose", b"batch")]), text("batch"));
        assert_eq!(given(&[("x-purpose", b"")]), text(""));
        assert_eq!(given(&[("x-purpose", b"a, b")]), text("a, b"));
        assert_eq!(given(&[("x-purpose", longest.as_bytes())]), text(&longest));
        for value in [&b"\xff"[..], b"a\tb", b"\x7f", &[b'a'; 257]] {
            assert_eq!(given(&[("x-purpose", value)]), Err(Reason::HeaderMalformed));
        }
        assert_eq!(given(&[("x_purpose", b"a")]), Err(Reason::HeaderMalformed));
        for second in ["x-purpose", "X_Purpose"] {
            let both: [(&str, &[u8]); 2] = [("x-purpose", b"a"), (second, b"a")];
            assert_eq!(given(&both), Err(Reason::HeaderRepeated));
        }
    }
}
