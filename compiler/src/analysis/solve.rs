//! A complete search for a request of which a formula is true.
//!
//! The properties are independent of each other, so a test is decided by its own property's domain alone. What is not decided
//! is tried both ways, first the way that helps. Each test that is tried narrows a domain, and so the search ends.

use std::borrow::Cow;
use std::collections::BTreeMap;

use policies::bundle::ClaimTest;

use super::domain::Domain;
use super::formula::{Formula, Property};

/// What every property of a request can still be.
pub type Domains = BTreeMap<Property, Domain>;

/// The requests among these of which the formula is true; `None` where there are none. Of what comes back every request is.
pub fn solve<'d>(formula: &Formula, domains: &'d Domains) -> Option<Cow<'d, Domains>> {
    search(formula, Cow::Borrowed(domains))
}

fn search<'d>(formula: &Formula, mut domains: Cow<'d, Domains>) -> Option<Cow<'d, Domains>> {
    let mut formula = simplify(formula, &domains);
    // what must hold is worked in together: one by one, a thousand rules that must not match would be gone through a thousand times
    loop {
        let mut due = Vec::new();
        forced(&formula, true, &mut due);
        if due.is_empty() {
            break;
        }
        for (property, test, holds) in due {
            narrow(&mut domains, property, test, holds)?;
        }
        formula = simplify(&formula, &domains);
    }
    let (property, test, helps) = match &formula {
        Formula::Always(true) => return Some(domains),
        Formula::Always(false) => return None,
        open => first(open, true)?,
    };
    [helps, !helps].into_iter().find_map(|holds| {
        let mut domains = domains.clone();
        narrow(&mut domains, property, test, holds)?;
        search(&formula, domains)
    })
}

fn narrow(
    domains: &mut Cow<'_, Domains>,
    property: &Property,
    test: &ClaimTest,
    holds: bool,
) -> Option<()> {
    let domain = domains.to_mut().get_mut(property.whole())?;
    if !domain.remember(test, holds) {
        *domain = restrict(domain, property, test, holds)?;
    }
    Some(())
}

/// What is decided is worked in.
fn simplify(formula: &Formula, domains: &Domains) -> Formula {
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
fn decided(property: &Property, test: &ClaimTest, domains: &Domains) -> Option<bool> {
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
    test: &ClaimTest,
    holds: bool,
) -> Option<Domain> {
    match property {
        Property::Time(number) => domain.at(*number, test, holds),
        _ => domain.restrict(test, holds),
    }
}

/// Tests that must come out like this for the formula to hold.
fn forced<'f>(
    formula: &'f Formula,
    positive: bool,
    due: &mut Vec<(&'f Property, &'f ClaimTest, bool)>,
) {
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
fn first(formula: &Formula, positive: bool) -> Option<(&Property, &ClaimTest, bool)> {
    match formula {
        Formula::Always(_) => None,
        Formula::Test(property, test) => Some((property, test, positive)),
        Formula::Not(part) => first(part, !positive),
        Formula::All(parts) | Formula::Any(parts) => {
            parts.iter().find_map(|part| first(part, positive))
        }
    }
}
