//! Questions about a few rules of a place: whether a request exists that all of these match, and none of those. Each is asked
//! once of all that differ in the names of principals only ([`crate::analysis::alike`]), here and elsewhere.

use std::collections::BTreeSet;

use policies::bundle::Effect;

use crate::analysis::alike::{Alike, Met, Words, Written};
use crate::analysis::formula::Formula;
use crate::policy::Term;

use super::Cause;
use super::neighbours::{List, Neighbours, Rule};
use super::place::Place;
use super::search::Search;

/// Whom it is about of those whom the first of its rules names, by number; `None` where no such request exists.
pub(super) type Answer = Option<BTreeSet<usize>>;

/// Some rules that must match, and others that must not.
pub(super) struct Question<'q> {
    all: &'q [Rule],
    none: Vec<(usize, Vec<usize>)>,
    /// whether it is wanted whom it is about
    who: bool,
}

impl<'q> Question<'q> {
    /// Whether all of these match, and none of the lists, of which it has those that matter.
    pub(super) fn of(neighbours: &Neighbours<'_>, all: &'q [Rule], lists: &[List]) -> Self {
        let sides = lists.iter().map(|list| list.side());
        Self {
            all,
            none: sides.zip(neighbours.near(all, lists)).collect(),
            who: false,
        }
    }

    /// The same, and for whom.
    const fn for_whom(mut self) -> Self {
        self.who = true;
        self
    }

    /// All of whom its rules speak.
    pub(super) fn terms(&self, alike: &Alike<'_>) -> BTreeSet<u32> {
        let rules = self.all.iter().copied().chain(self.none());
        let words = rules.filter_map(|(side, rule)| alike.words(side, rule));
        words.flat_map(Words::all).copied().collect()
    }

    fn none(&self) -> impl Iterator<Item = Rule> {
        let none = self.none.iter();
        none.flat_map(|(side, rules)| rules.iter().map(|rule| (*side, *rule)))
    }

    /// Without names, after what is written already; `None` where names of models count.
    pub(super) fn write(&self, alike: &Alike<'_>, text: &mut Written, met: &mut Met) -> Option<()> {
        text.push(u32::from(self.who));
        // the model may be declared otherwise on the other side
        let none = self.none.iter().map(|(side, _)| side);
        let sides = self.all.iter().map(|(side, _)| side).chain(none);
        text.push(sides.fold(1, |bits, side| 2 * bits + u32::from(*side == 1)));
        alike.write_rules(self.all.iter().copied(), text, met)?;
        for (side, rules) in &self.none {
            let rules = rules.iter().map(|rule| (*side, *rule));
            alike.write_rules(rules, text, met)?;
        }
        Some(())
    }
}

impl Search<'_, '_> {
    /// Whether the rule changes a verdict there, and where it grants, for whom of those that it names.
    pub(super) fn difference(
        &mut self,
        place: &Place<'_>,
        neighbours: &Neighbours<'_>,
        cause: Cause,
    ) -> Option<BTreeSet<Term>> {
        let (own, other) = cause.sides();
        place.target(own)?;
        if self.rule(cause).effect != Effect::Allow {
            place.target(other)?;
            let takes = self.takes_away(place, neighbours, cause);
            return takes.then(BTreeSet::new);
        }
        let numbers = self.gives(place, neighbours, cause)?;
        let side = [self.old, self.new][own];
        let who = side.who(cause.position()).into_iter().flatten();
        let numbered = who.enumerate();
        let known = numbered.filter(|(number, _)| numbers.contains(number));
        Some(known.map(|(_, term)| term.clone()).collect())
    }

    /// A rule that grants, where nothing of its own side refuses, makes a difference where nothing grants it on the other side,
    /// or something refuses it there.
    fn gives(&mut self, place: &Place<'_>, neighbours: &Neighbours<'_>, cause: Cause) -> Answer {
        let (own, other) = cause.sides();
        let rule = (own, cause.position());
        let lists = [List::Denies(own), List::Grants(other)];
        let there = place.target(other).is_some();
        let all = [rule];
        let question = Question::of(neighbours, &all, &lists[..=usize::from(there)]).for_whom();
        let mut found = self.answer(place, neighbours, &question);
        let side = [self.old, self.new][own];
        let count = side.who(cause.position()).map_or(0, |who| who.len());
        let is_all = |found: &Answer| found.as_ref().is_some_and(|who| who.len() == count);
        if !there || is_all(&found) || neighbours.refusing(other).is_empty() {
            return found;
        }
        let alone = Question::of(neighbours, &all, &lists[..1]);
        for deny in neighbours.refusers(other).enough(neighbours, &alone) {
            let all = [rule, (other, deny)];
            let question = Question::of(neighbours, &all, &lists[..1]).for_whom();
            if let Some(more) = self.answer(place, neighbours, &question) {
                found.get_or_insert_default().extend(more);
                if is_all(&found) {
                    break;
                }
            }
        }
        found
    }

    /// A rule that denies makes a difference where the other side allows: some rule grants it there, and none refuses it.
    fn takes_away(&mut self, place: &Place<'_>, neighbours: &Neighbours<'_>, cause: Cause) -> bool {
        let (own, other) = cause.sides();
        let all = [(own, cause.position())];
        let lists = [List::Denies(other)];
        // mostly there is nothing already without the grants
        let alone = Question::of(neighbours, &all, &lists);
        if self.answer(place, neighbours, &alone).is_none() {
            return false;
        }
        let mut is_granted = |grant: usize| {
            let all = [all[0], (other, grant)];
            let question = Question::of(neighbours, &all, &lists);
            self.answer(place, neighbours, &question).is_some()
        };
        // and mostly the first that comes shows that it takes something away
        let first = place.relevant[other].allows.first();
        first.is_some_and(|first| is_granted(*first)) || {
            let enough = neighbours.granters(other).enough(neighbours, &alone);
            enough.into_iter().any(is_granted)
        }
    }

    /// Asks, unless the same was asked with other names.
    fn answer(
        &mut self,
        place: &Place<'_>,
        neighbours: &Neighbours<'_>,
        question: &Question<'_>,
    ) -> Answer {
        let (mut written, mut met) = (place.written(), Met::default());
        if question
            .write(neighbours.alike, &mut written, &mut met)
            .is_none()
        {
            return self.solved(place, question);
        }
        if let Some(known) = self.known.get(&written) {
            return known.clone();
        }
        let answer = self.solved(place, question);
        self.known.insert(written, answer.clone());
        answer
    }

    fn solved(&self, place: &Place<'_>, question: &Question<'_>) -> Answer {
        let sides = [self.old, self.new];
        let mut found: Answer = None;
        for shape in &self.shapes {
            let formula = |(side, rule): Rule| match place.target(side) {
                Some(target) => sides[side].formula(rule, shape, target),
                None => Formula::Always(false),
            };
            let matching = Formula::all(question.all.iter().map(|rule| formula(*rule)));
            // nobody of this kind: nothing else needs to be looked at
            if matching == Formula::Always(false) {
                continue;
            }
            let others = Formula::any(question.none().map(formula));
            let whole = Formula::all([matching, others.not()]);
            if shape.solve(&whole).is_none() {
                continue;
            }
            let known = found.get_or_insert_default();
            let Some((side, rule)) = question.all.first().filter(|_| question.who) else {
                return found;
            };
            let who = sides[*side].who(*rule).into_iter().flatten();
            for (number, term) in who.enumerate() {
                let theirs = Formula::all([shape.is(term), whole.clone()]);
                if !known.contains(&number) && shape.solve(&theirs).is_some() {
                    known.insert(number);
                }
            }
        }
        found
    }
}
