//! What a request says beside who asks for which model, as far as the rules of the bundle ask for it. Facts stand beside the
//! attributes of the token, under names that no attribute can have.
//!
//! A fact is read in one way or the request is refused, whatever the rules would have said: a rule that allows and a rule that
//! denies are then equally safe.

use std::rc::Rc;

use crate::bundle::Bundle;
use crate::decision::Reason;
use crate::exchange::alike;
use crate::head::Head;
use crate::principal::{ClaimValue, Claims, Facts, MAX_NAME};

/// What stands before a header field's name in the name of its fact.
const HEADER: &str = "header:";

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
pub(crate) fn read(bundle: &Bundle, head: &Head) -> Result<Facts, Reason> {
    if bundle.facts.is_empty() {
        return Ok(None);
    }
    let mut facts = Vec::new();
    for fact in &bundle.facts {
        if let Some(text) = field(head, header(fact).unwrap_or_default())? {
            facts.push((fact.clone(), ClaimValue::Text(text)));
        }
    }
    Ok(Some(Rc::new(facts)))
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
