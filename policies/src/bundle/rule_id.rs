//! The ids of rules, of which a bundle has a hundred thousand: those of one list of one file differ in a number alone.

use std::fmt;
use std::rc::Rc;

use super::CLOCK;

/// The id of a rule in audit events: `fraud/fraud-models/allow[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleId {
    /// up to the bracket before the number, that included, or all of it
    text: Rc<str>,
    /// or [`NONE`]
    number: u32,
}

/// No number; so many rules there are not.
const NONE: u32 = u32::MAX;

impl RuleId {
    /// It ends in [`CLOCK`].
    #[must_use]
    pub fn is_clock(&self) -> bool {
        self.number == NONE && self.text.ends_with(CLOCK)
    }

    /// The same as without the one before, with which it shares what it can.
    pub(super) fn next_to(before: Option<&Self>, id: &str) -> Self {
        let (text, number) = split(id);
        let text = match before {
            Some(before) if *before.text == *text => Rc::clone(&before.text),
            _ => text.into(),
        };
        Self { text, number }
    }
}

impl From<&str> for RuleId {
    fn from(id: &str) -> Self {
        Self::next_to(None, id)
    }
}

impl PartialEq<str> for RuleId {
    fn eq(&self, id: &str) -> bool {
        split(id) == (&self.text, self.number)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.number {
            NONE => Ok(()),
            number => write!(f, "{number}]"),
        }
    }
}

/// The number in brackets at the end, if it is written as all numbers are.
fn split(id: &str) -> (&str, u32) {
    let number = || {
        let (before, number) = id.strip_suffix(']')?.rsplit_once('[')?;
        let plain = number == "0" || number.starts_with(|digit| matches!(digit, '1'..='9'));
        let number: u32 = number.parse().ok().filter(|_| plain)?;
        let text = id.get(..before.len().checked_add(1)?)?;
        (number != NONE).then_some((text, number))
    };
    number().unwrap_or((id, NONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_they_were_made_of() {
        let mut before = None;
        for id in [
            "a/b/allow[0]",
            "a/b/allow[12]",
            "a/b/deny[4294967294]",
            "a/b/deny[4294967295]",
            "a/b/deny[4294967296]",
            "a/b/deny[012]",
            "a/b/deny[+1]",
            "a/b/deny[]",
            "a/b/deny[1]x",
            "a[1][2]",
            "alone",
            "",
            "]",
            "[0]",
            "a/b/deny[0]/clock",
        ] {
            let next = RuleId::next_to(before.as_ref(), id);
            assert_eq!(next.to_string(), id);
            assert_eq!(next, RuleId::from(id));
            assert!(next == *id && next != *"a/b/allow[1]", "{id}");
            assert_eq!(next.is_clock(), id == "a/b/deny[0]/clock");
            before = Some(next);
        }
    }

    #[test]
    fn rules_of_one_list_share_its_name() {
        let first = RuleId::from("a/b/allow[0]");
        let next = RuleId::next_to(Some(&first), "a/b/allow[1]");
        assert!(Rc::ptr_eq(&first.text, &next.text));
    }
}
