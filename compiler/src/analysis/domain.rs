//! What one property of a request can still be. Tests narrow it; nothing left means that no request is like that.

use std::collections::BTreeSet;

use policies::bundle::{Comparison, Number};

use super::formula::Test;

mod addresses;
mod times;

pub use addresses::{Addresses, USUAL};
pub use times::Times;

/// The values that are left, and whether it may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// it may be missing: then no test holds
    pub absent: bool,
    /// what it may be where it is there
    pub values: Option<Values>,
}

/// Values of one type; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// either, or one of them
    Flag(Option<bool>),
    /// one text, or any but these
    Text {
        /// this one
        only: Option<String>,
        /// none of these
        not: BTreeSet<String>,
    },
    /// intervals with both ends, in order
    Numbers(Vec<(i64, i64)>),
    /// a time
    Times(Times),
    /// a client's address
    Addresses(Addresses),
    /// a set of texts
    Set {
        /// in it
        has: BTreeSet<String>,
        /// not in it
        lacks: BTreeSet<String>,
    },
}

impl Domain {
    /// Any value, there or not.
    pub const fn optional(values: Values) -> Self {
        Self {
            absent: true,
            values: Some(values),
        }
    }

    /// Any value, always there.
    pub const fn present(values: Values) -> Self {
        Self {
            absent: false,
            values: Some(values),
        }
    }

    /// Never there.
    pub const fn missing() -> Self {
        Self {
            absent: true,
            values: None,
        }
    }

    /// Whether the test can come out like this.
    pub fn may(&self, test: &Test, holds: bool) -> bool {
        let values = self.values.as_ref();
        (self.absent && !holds) || values.is_some_and(|values| values.may(test, holds))
    }

    /// Those for which the test comes out like this; `None` where there are none.
    pub fn restrict(&self, test: &Test, holds: bool) -> Option<Self> {
        let absent = self.absent && !holds;
        let values = self
            .values
            .as_ref()
            .and_then(|values| values.restrict(test, holds));
        (absent || values.is_some()).then_some(Self { absent, values })
    }
}

impl Domain {
    /// Does what `restrict` does, where that is to remember one more text; a thousand of them are not copied for each. `false`
    /// where it is something else.
    pub(super) fn remember(&mut self, test: &Test, holds: bool) -> bool {
        if !self
            .values
            .as_ref()
            .is_some_and(|values| values.may(test, holds))
        {
            return false;
        }
        match (&mut self.values, test) {
            (Some(Values::Text { only: None, not }), Test::Text(text)) if !holds => {
                not.insert(text.clone());
            }
            (Some(Values::Set { has, lacks }), Test::Contains(text)) => {
                let known = if holds { has } else { lacks };
                known.insert(text.clone());
            }
            _ => return false,
        }
        self.absent &= !holds;
        true
    }

    /// Those for which a test of the time comes out like this.
    pub fn at(&self, number: Number, test: &Test, holds: bool) -> Option<Self> {
        match (&self.values, test) {
            (Some(Values::Times(times)), Test::Number(comparison, constant)) => times
                .restrict(number, (*comparison, *constant), holds)
                .map(|times| Self::present(Values::Times(times))),
            _ => self.restrict(test, holds),
        }
    }
}

impl Values {
    /// Every text.
    pub const fn any_text() -> Self {
        Self::Text {
            only: None,
            not: BTreeSet::new(),
        }
    }

    /// Every set of texts.
    pub const fn any_set() -> Self {
        Self::Set {
            has: BTreeSet::new(),
            lacks: BTreeSet::new(),
        }
    }

    fn may(&self, test: &Test, holds: bool) -> bool {
        match (self, test) {
            (_, Test::Present) => holds,
            (Self::Flag(known), Test::True) => known.is_none_or(|known| known == holds),
            (Self::Text { only, not }, Test::Text(text)) => match only {
                Some(only) => (only == text) == holds,
                None => !holds || !not.contains(text),
            },
            (Self::Set { has, lacks }, Test::Contains(text)) => {
                let against = if holds { lacks } else { has };
                !against.contains(text)
            }
            (Self::Numbers(_), Test::Number(..)) | (Self::Addresses(_), Test::Begins(_)) => {
                self.restrict(test, holds).is_some()
            }
            // a value of another type passes no test
            _ => !holds,
        }
    }

    fn restrict(&self, test: &Test, holds: bool) -> Option<Self> {
        if let (Self::Addresses(addresses), Test::Begins(bits)) = (self, test) {
            return addresses.restrict(bits, holds).map(Self::Addresses);
        }
        let number = matches!((self, test), (Self::Numbers(_), Test::Number(..)));
        if !number && !self.may(test, holds) {
            return None;
        }
        Some(match (self, test) {
            (Self::Flag(_), Test::True) => Self::Flag(Some(holds)),
            (Self::Text { only, not }, Test::Text(text)) => {
                let (mut only, mut not) = (only.clone(), not.clone());
                if holds {
                    only = Some(text.clone());
                } else if only.is_none() {
                    not.insert(text.clone());
                }
                Self::Text { only, not }
            }
            (Self::Numbers(intervals), Test::Number(comparison, constant)) => {
                let wanted = satisfying(*comparison, *constant, holds);
                let left = intersection(intervals, &wanted);
                if left.is_empty() {
                    return None;
                }
                Self::Numbers(left)
            }
            (Self::Set { has, lacks }, Test::Contains(text)) => {
                let (mut has, mut lacks) = (has.clone(), lacks.clone());
                let known = if holds { &mut has } else { &mut lacks };
                known.insert(text.clone());
                Self::Set { has, lacks }
            }
            _ => self.clone(),
        })
    }
}

/// The numbers for which the comparison comes out like this.
fn satisfying(comparison: Comparison, constant: i64, holds: bool) -> Vec<(i64, i64)> {
    let below = |constant: i64| constant.checked_sub(1).map(|last| (i64::MIN, last));
    let above = |constant: i64| constant.checked_add(1).map(|first| (first, i64::MAX));
    let (to, from) = ((i64::MIN, constant), (constant, i64::MAX));
    let list = |interval: Option<(i64, i64)>| interval.into_iter().collect();
    match (comparison, holds) {
        (Comparison::Eq, true) => vec![(constant, constant)],
        (Comparison::Eq, false) => [below(constant), above(constant)]
            .into_iter()
            .flatten()
            .collect(),
        (Comparison::Lt, true) | (Comparison::Ge, false) => list(below(constant)),
        (Comparison::Le, true) | (Comparison::Gt, false) => vec![to],
        (Comparison::Gt, true) | (Comparison::Le, false) => list(above(constant)),
        (Comparison::Ge, true) | (Comparison::Lt, false) => vec![from],
    }
}

fn intersection(left: &[(i64, i64)], right: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let pairs = left
        .iter()
        .flat_map(|one| right.iter().map(move |other| (one, other)));
    pairs
        .map(|(one, other)| (one.0.max(other.0), one.1.min(other.1)))
        .filter(|(from, to)| from <= to)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_cut_at_both_ends() {
        let hours = Domain::present(Values::Numbers(vec![(0, 23)]));
        let test = |comparison, constant| Test::Number(comparison, constant);
        assert_eq!(hours.restrict(&test(Comparison::Gt, 23), true), None);
        assert_eq!(hours.restrict(&test(Comparison::Ge, 0), false), None);
        let not_noon = hours.restrict(&test(Comparison::Eq, 12), false).unwrap();
        assert_eq!(
            not_noon.values,
            Some(Values::Numbers(vec![(0, 11), (13, 23)]))
        );
        let all = Domain::present(Values::Numbers(vec![(i64::MIN, i64::MAX)]));
        assert_eq!(all.restrict(&test(Comparison::Gt, i64::MAX), true), None);
        assert_eq!(all.restrict(&test(Comparison::Lt, i64::MIN), true), None);
        let last = all
            .restrict(&test(Comparison::Eq, i64::MAX), false)
            .unwrap();
        assert_eq!(
            last.values,
            Some(Values::Numbers(vec![(i64::MIN, i64::MAX - 1)]))
        );
    }

    #[test]
    fn what_is_missing_passes_no_test() {
        let client = Domain::optional(Values::any_text());
        let none = client.restrict(&Test::Present, false).unwrap();
        assert_eq!(none, Domain::missing());
        assert_eq!(none.restrict(&Test::Text("a".into()), true), None);
        assert!(none.restrict(&Test::Text("a".into()), false).is_some());
    }

    #[test]
    fn texts_and_sets_remember_both_sides() {
        let text = |text: &str| Test::Text(text.into());
        let name = Domain::present(Values::any_text());
        let not_ann = name.restrict(&text("ann"), false).unwrap();
        assert_eq!(not_ann.restrict(&text("ann"), true), None);
        let bob = not_ann.restrict(&text("bob"), true).unwrap();
        assert_eq!(bob.restrict(&text("bob"), false), None);
        assert_eq!(bob.restrict(&text("ann"), false), Some(bob.clone()));
        let groups = Domain::present(Values::any_set());
        let contains = Test::Contains("a".into());
        let with = groups.restrict(&contains, true).unwrap();
        assert_eq!(with.restrict(&contains, false), None);
    }
}
