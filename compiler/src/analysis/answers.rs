//! Whether rules can match together at a place, asked once of all places that differ in the names of principals only.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::alike::{Alike, Written};
use super::places::Place;
use super::rules::{Relevant, Side};

/// What was asked of one policy, and the answers.
#[derive(Debug)]
pub struct Answers<'a> {
    side: &'a Side<'a>,
    alike: Alike<'a>,
    places: HashMap<Written, u32>,
    known: RefCell<HashMap<Written, bool>>,
}

/// A place, and the number of all that are written like it; `None` where names of models count.
#[derive(Debug)]
pub struct Numbered {
    /// the place
    pub place: Place,
    number: Option<u32>,
}

/// What the request does, besides that it matches the rule.
#[derive(Debug, Clone, Copy)]
pub enum Besides<'q> {
    /// anything
    Anything,
    /// it matches this one, too
    Matches(usize),
    /// it matches none that denies
    Undenied,
    /// it matches no other with the same effect, these left out
    Alone(&'q BTreeSet<usize>),
    /// it matches no other with the same effect, these left out, and none that denies
    Decided(&'q BTreeSet<usize>),
    /// it matches no other with the same effect, these left out, but this one that denies
    Refused(&'q BTreeSet<usize>, usize),
}

impl<'a> Answers<'a> {
    /// With nothing asked yet.
    #[must_use]
    pub fn of(side: &'a Side<'a>) -> Self {
        Self {
            alike: Alike::of(&[side]),
            side,
            places: HashMap::new(),
            known: RefCell::default(),
        }
    }

    /// A place that can be asked about.
    pub fn number(&mut self, place: Place) -> Numbered {
        let written = place.written(&self.alike);
        let next = u32::try_from(self.places.len()).ok();
        let number = written.zip(next);
        let number = number.map(|(written, next)| *self.places.entry(written).or_insert(next));
        Numbered { place, number }
    }

    /// Whether some request there matches the rule and is like this.
    #[must_use]
    pub fn can(&self, there: &Numbered, rule: usize, besides: Besides<'_>) -> bool {
        let Some(question) = question(there, rule, besides) else {
            return self.ask(&there.place, rule, besides);
        };
        if let Some(known) = self.known.borrow().get(&question) {
            return *known;
        }
        let answer = self.ask(&there.place, rule, besides);
        self.known.borrow_mut().insert(question, answer);
        answer
    }

    fn ask(&self, place: &Place, rule: usize, besides: Besides<'_>) -> bool {
        let (with, without) = match besides {
            Besides::Anything => (vec![], vec![]),
            Besides::Matches(other) => (vec![other], vec![]),
            Besides::Undenied => (vec![], place.relevant.denies.clone()),
            Besides::Alone(gone) => (vec![], others(place, rule, gone).collect()),
            Besides::Decided(gone) => {
                let denies = place.relevant.denies.iter().copied();
                (vec![], others(place, rule, gone).chain(denies).collect())
            }
            Besides::Refused(gone, deny) => (vec![deny], others(place, rule, gone).collect()),
        };
        self.side.can(place, rule, &with, &without)
    }
}

/// The other rules there that allow as this one does, or refuse as it does, these left out.
pub fn others<'p>(
    place: &'p Place,
    rule: usize,
    gone: &'p BTreeSet<usize>,
) -> impl Iterator<Item = usize> + 'p {
    let Relevant { allows, denies } = &place.relevant;
    let alike = if allows.binary_search(&rule).is_ok() {
        allows
    } else {
        denies
    };
    let others = alike.iter().copied();
    others.filter(move |other| *other != rule && !gone.contains(other))
}

/// With rules by their numbers among those that can match there; `None` where one is not among them.
fn question(there: &Numbered, rule: usize, besides: Besides<'_>) -> Option<Written> {
    let relevant = &there.place.relevant;
    let number = |rule: usize| u32::try_from(relevant.number(rule)?).ok();
    let mut question = vec![there.number?, number(rule)?];
    match besides {
        Besides::Anything => question.push(0),
        Besides::Matches(other) => question.extend([1, number(other)?]),
        Besides::Undenied => question.push(2),
        Besides::Alone(gone) | Besides::Decided(gone) | Besides::Refused(gone, _) => {
            match besides {
                Besides::Decided(_) => question.push(4),
                Besides::Refused(_, deny) => question.extend([5, number(deny)?]),
                _ => question.push(3),
            }
            question.extend(gone.iter().filter_map(|rule| number(*rule)));
        }
    }
    Some(question)
}
