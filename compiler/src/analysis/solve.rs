//! A complete search for a request of which a formula is true.
//!
//! The properties are independent of each other, so a test is decided by its own property's domain alone. What is not decided
//! is tried both ways, first the way that helps. Each test that is tried narrows a domain, and so the search ends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::domain::Domain;
use super::effort::{Effort, GivenUp};
use super::formula::{Formula, Property, Test};
use super::shared::without_shared;

/// What every property of a request can still be.
pub type Domains = BTreeMap<Property, Domain>;

/// How many guesses of a search may turn out wrong before it is given up, and what else bounds it.
#[derive(Debug)]
pub struct Patience<'e> {
    guesses: Option<u32>,
    effort: Option<&'e Effort>,
    /// as how many each test counts
    weight: u64,
}

impl<'e> Patience<'e> {
    /// For so many wrong guesses, in one search or in several.
    pub const fn of(guesses: u32) -> Self {
        Self {
            guesses: Some(guesses),
            effort: None,
            weight: 1,
        }
    }

    fn wrong_guess(&mut self) -> Result<(), GivenUp> {
        if let Some(left) = &mut self.guesses {
            *left = left.checked_sub(1).ok_or(GivenUp)?;
        }
        Ok(())
    }

    fn look(&self, formula: &Formula) -> Result<(), GivenUp> {
        match self.effort {
            Some(effort) => effort.spend(tests(formula).saturating_mul(self.weight)),
            None => Ok(()),
        }
    }
}

/// The requests among these of which the formula is true; `None` where there are none, or nothing is left of the effort. Of what comes
/// back every request is.
pub fn solve<'d>(
    formula: &Formula,
    domains: &'d Domains,
    effort: &Effort,
) -> Option<Cow<'d, Domains>> {
    // mostly there are few, and then what is shared is not worth looking for
    const FEW: u32 = 100;
    // many questions of few guesses may take their time, a few of many may not
    const LONG: u64 = 10;
    let [mut short, mut long] = [(Some(FEW), 1), (None, LONG)].map(|(guesses, weight)| Patience {
        guesses,
        effort: Some(effort),
        weight,
    });
    let found = solve_within(formula, domains, &mut short);
    let again = |GivenUp| solve_within(&without_shared(formula), domains, &mut long);
    found.or_else(again).unwrap_or_default()
}

fn tests(formula: &Formula) -> u64 {
    match formula {
        Formula::Always(_) | Formula::Test(..) => 1,
        Formula::Not(part) => tests(part),
        Formula::All(parts) | Formula::Any(parts) => parts.iter().map(tests).sum(),
    }
}

/// The same, with so much patience.
///
/// # Errors
/// When it was given up.
pub fn solve_within<'d>(
    formula: &Formula,
    domains: &'d Domains,
    patience: &mut Patience<'_>,
) -> Result<Option<Cow<'d, Domains>>, GivenUp> {
    search(formula, Cow::Borrowed(domains), patience)
}

fn search<'d>(
    formula: &Formula,
    domains: Cow<'d, Domains>,
    patience: &mut Patience<'_>,
) -> Result<Option<Cow<'d, Domains>>, GivenUp> {
    patience.look(formula)?;
    let Some((formula, domains)) = propagate(formula, domains) else {
        return Ok(None);
    };
    let (property, test, helps) = match (&formula, first(&formula, true)) {
        (Formula::Always(true), _) => return Ok(Some(domains)),
        (_, None) => return Ok(None),
        (_, Some(open)) => open,
    };
    for holds in [helps, !helps] {
        let mut domains = domains.clone();
        if narrow(&mut domains, property, test, holds).is_some()
            && let Some(found) = search(&formula, domains, patience)?
        {
            return Ok(Some(found));
        }
    }
    patience.wrong_guess()?;
    Ok(None)
}

/// Works in what must hold, and what is left of the formula then; `None` where it cannot.
fn propagate<'d>(
    formula: &Formula,
    mut domains: Cow<'d, Domains>,
) -> Option<(Formula, Cow<'d, Domains>)> {
    let mut formula = simplify(formula, &domains);
    // together: one by one, a thousand rules that must not match would be gone through a thousand times
    loop {
        let mut due = Vec::new();
        forced(&formula, true, &mut due);
        if due.is_empty() {
            return Some((formula, domains));
        }
        for (property, test, holds) in due {
            narrow(&mut domains, property, test, holds)?;
        }
        formula = simplify(&formula, &domains);
    }
}

fn narrow(
    domains: &mut Cow<'_, Domains>,
    property: &Property,
    test: &Test,
    holds: bool,
) -> Option<()> {
    let domain = domains.to_mut().get_mut(property.whole())?;
    if !domain.remember(test, holds) {
        *domain = restrict(domain, property, test, holds)?;
    }
    Some(())
}

/// What is decided is worked in.
pub fn simplify(formula: &Formula, domains: &Domains) -> Formula {
    match formula {
        Formula::Always(value) => Formula::Always(*value),
        Formula::Test(property, test) => match decided(property, test, domains) {
            Some(value) => Formula::Always(value),
            None => formula.clone(),
        },
        Formula::Not(part) => simplify(part, domains).not(),
        Formula::All(parts) => {
            let mut kept = Vec::new();
            for part in parts {
                match simplify(part, domains) {
                    Formula::Always(false) => return Formula::Always(false),
                    part => kept.push(part),
                }
            }
            Formula::all(kept)
        }
        Formula::Any(parts) => {
            let mut kept = Vec::new();
            for part in parts {
                match simplify(part, domains) {
                    Formula::Always(true) => return Formula::Always(true),
                    part => kept.push(part),
                }
            }
            Formula::any(kept)
        }
    }
}

/// What a test says, where it says the same of all that is left. A property without a domain is never there.
fn decided(property: &Property, test: &Test, domains: &Domains) -> Option<bool> {
    let Some(domain) = domains.get(property.whole()) else {
        return Some(false);
    };
    let may = |holds| match property {
        Property::Time(_) => restrict(domain, property, test, holds).is_some(),
        _ => domain.may(test, holds),
    };
    match (may(true), may(false)) {
        (false, _) => Some(false),
        (_, false) => Some(true),
        _ => None,
    }
}

/// The values for which the property's test comes out like this.
pub(super) fn restrict(
    domain: &Domain,
    property: &Property,
    test: &Test,
    holds: bool,
) -> Option<Domain> {
    match property {
        Property::Time(number) => domain.at(*number, test, holds),
        _ => domain.restrict(test, holds),
    }
}

/// Tests that must come out like this for the formula to hold.
fn forced<'f>(formula: &'f Formula, positive: bool, due: &mut Vec<(&'f Property, &'f Test, bool)>) {
    match (formula, positive) {
        (Formula::Test(property, test), _) => due.push((property, test, positive)),
        (Formula::Not(part), _) => forced(part, !positive, due),
        (Formula::All(parts), true) | (Formula::Any(parts), false) => {
            parts.iter().for_each(|part| forced(part, positive, due));
        }
        (Formula::Always(_) | Formula::All(_) | Formula::Any(_), _) => {}
    }
}

/// A test of the formula, and how it should come out for the formula to hold.
fn first(formula: &Formula, positive: bool) -> Option<(&Property, &Test, bool)> {
    match formula {
        Formula::Always(_) => None,
        Formula::Test(property, test) => Some((property, test, positive)),
        Formula::Not(part) => first(part, !positive),
        Formula::All(parts) | Formula::Any(parts) => {
            parts.iter().find_map(|part| first(part, positive))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::domain::Values;

    /// Whoever is in one group is not in the other, of many pairs; and is in both of some pair.
    #[test]
    fn a_search_is_given_up_and_then_says_nothing() {
        let is_in = |group: String| Formula::Test(Property::Groups, Test::Contains(group));
        let pair =
            |number| Formula::all([is_in(format!("g{number}")), is_in(format!("t{number}"))]);
        let domains = Domains::from([(Property::Groups, Domain::present(Values::any_set()))]);
        let none = |count| Formula::all((0..count).map(|number| pair(number).not()));
        let some = |count| Formula::any((0..count).map(pair));
        let turned =
            |number| Formula::all([is_in(format!("t{number}")), is_in(format!("g{number}"))]);
        let turned = |count| Formula::any((0..count).map(turned));
        let impossible = |count| Formula::all([none(count), turned(count)]);
        let mut patience = Patience::of(100);
        assert_eq!(
            solve_within(&impossible(3), &domains, &mut patience),
            Ok(None)
        );
        assert_eq!(
            solve_within(&impossible(30), &domains, &mut patience),
            Err(GivenUp)
        );
        let effort = Effort::of(10_000);
        assert!(solve(&none(30), &domains, &effort).is_some() && !effort.is_spent());
        assert!(solve(&impossible(30), &domains, &effort).is_none() && effort.is_spent());
        effort.renew(10_000);
        assert!(solve(&none(30), &domains, &effort).is_some());
        let mut patience = Patience::of(0);
        let found = solve_within(&none(30), &domains, &mut patience);
        assert!(matches!(found, Ok(Some(_))));
        // of what is written alike nothing is searched
        effort.renew(10_000);
        assert!(solve(&Formula::all([none(30), some(30)]), &domains, &effort).is_none());
        assert!(!effort.is_spent());
        effort.renew(100_000);
        let side = |also: &str| Formula::all([some(60), some(59), is_in(also.to_owned())]);
        let subset = Formula::all([side("x"), side("x").not()]);
        assert!(solve(&subset, &domains, &effort).is_none() && !effort.is_spent());
        let differs = Formula::all([side("x"), side("y").not()]);
        assert!(solve(&differs, &domains, &effort).is_some() && !effort.is_spent());
    }
}
