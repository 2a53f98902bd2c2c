//! Which rule changes a verdict where: one question for each edited rule, class of models, group of actions and kind of caller.

use std::collections::{BTreeMap, BTreeSet};

use policies::action::Action;
use policies::bundle::{Api, Effect};

use crate::analysis::alike::{Alike, Written};
use crate::analysis::caller::Shape;
use crate::analysis::formula::Formula;
use crate::analysis::models::{self, Class, Kind};
use crate::analysis::numbered::Numbered;
use crate::analysis::offers::{Methods, offers};
use crate::analysis::rules::Side;
use crate::lower::Pattern;
use crate::policy::Term;

use super::near::{Asked, Near};
use super::neighbours::Others;
use super::place::Place;
use super::question::Answer;
use super::{Cause, Change, Direction};

/// Edited rules that are gone through for each class of models.
pub(super) const FEW: usize = 16;

pub(super) struct Search<'a, 's> {
    pub(super) old: &'s Side<'s>,
    pub(super) new: &'s Side<'s>,
    pub(super) edited: &'a BTreeSet<Cause>,
    pub(super) shapes: Vec<&'a Shape>,
    pub(super) found: BTreeMap<(Direction, Cause), Change>,
    /// of what a change does no models, principals and deciding rules are told, and the rules are of one table
    pub(super) near: Option<&'a Near>,
    /// with more rules about a place than a few, those that matter are looked up
    pub(super) alike: Option<&'a Alike<'s>>,
    pub(super) few: usize,
    /// questions that were asked once
    pub(super) known: Numbered<Written, Answer>,
}

impl<'a> Search<'a, '_> {
    pub(super) fn rule(&self, cause: Cause) -> &crate::lower::TableRule {
        match cause {
            Cause::Old(position) => self.old.rule(position),
            Cause::New(position) => self.new.rule(position),
        }
    }

    pub(super) fn namespace(&mut self, namespace: &str) {
        let (old, new) = (self.old, self.new);
        let about = [old.about(namespace), new.about(namespace)];
        let rules = about[0].iter().map(|position| old.rule(*position));
        let rules = rules.chain(about[1].iter().map(|position| new.rule(*position)));
        let mut classes = models::classes(namespace, &[&old.declared, &new.declared], rules);
        // about servers most rules are, and an example about a model is told rather
        classes.sort_by_key(Class::is_server);
        for class in classes {
            let kinds = [old, new].map(|side| side.declared.kind(namespace, &class.example));
            if kinds[0] == kinds[1] && !self.is_edited(&class) {
                continue;
            }
            let covering = [old.covering(&class), new.covering(&class)];
            self.class(&class, kinds, &covering, None);
        }
    }

    /// One class of models, with the rules that can match there on each side.
    pub(super) fn class(
        &mut self,
        class: &Class,
        kinds: [Option<Kind>; 2],
        covering: &[Vec<usize>; 2],
        only: Option<Cause>,
    ) {
        let edited = self.edited_of(covering);
        let apis: BTreeSet<Api> = kinds.iter().flatten().map(|kind| kind.api).collect();
        for api in apis {
            let mut wanted = offers(class, api);
            let offered: Vec<Action> = wanted.keys().copied().collect();
            if let Some(only) = only {
                let spoken = &self.rule(only).actions;
                wanted.retain(|action, _| spoken.contains(action));
            }
            let kinds = kinds.map(|kind| kind.filter(|kind| kind.api == api));
            for mut place in self.places((class, &offered), kinds, covering, &wanted) {
                let mut causes = place.causes(&edited);
                causes.retain(|cause| only.is_none_or(|only| only == *cause));
                if let Some(alike) = self.alike.filter(|_| place.count() > self.few) {
                    place.look_up(alike, &edited);
                }
                for cause in causes {
                    self.ask(&place, cause);
                }
            }
        }
    }

    /// Those of the rules of both sides that were edited.
    fn edited_of(&self, [old, new]: &[Vec<usize>; 2]) -> BTreeSet<Cause> {
        let old = old.iter().copied().map(Cause::Old);
        let all = old.chain(new.iter().copied().map(Cause::New));
        all.filter(|cause| self.edited.contains(cause)).collect()
    }

    /// Whether an edited rule speaks of the class; where many were edited, that is not asked.
    fn is_edited(&self, class: &Class) -> bool {
        let name = Pattern::exact(&class.pattern.namespace, &class.example);
        let mut edited = self.edited.iter();
        self.edited.len() > FEW || edited.any(|cause| self.rule(*cause).resources.covers(&name))
    }

    /// Actions that the same rules speak of are one place.
    fn places<'c>(
        &self,
        (class, offered): (&'c Class, &'c [Action]),
        kinds: [Option<Kind>; 2],
        covering: &[Vec<usize>; 2],
        wanted: &BTreeMap<Action, Methods>,
    ) -> Vec<Place<'c>> {
        let actions: Vec<Action> = wanted.keys().copied().collect();
        let old = self.old.relevant_to(&covering[0], &actions);
        let new = self.new.relevant_to(&covering[1], &actions);
        let mut groups: BTreeMap<_, Vec<Action>> = BTreeMap::new();
        for ((action, methods), (old, new)) in wanted.iter().zip(old.into_iter().zip(new)) {
            // what nobody grants is refused on both sides
            if !old.allows.is_empty() || !new.allows.is_empty() {
                let asked = self.old.asked(&old, *methods);
                let asked = asked.or_else(|| self.new.asked(&new, *methods));
                groups.entry(([old, new], asked)).or_default().push(*action);
            }
        }
        let place = |((relevant, methods), actions)| Place {
            class,
            kinds,
            relevant,
            actions,
            methods,
            neighbours: None,
            offered,
        };
        groups.into_iter().map(place).collect()
    }

    /// Whether the rule changes a verdict there.
    fn ask(&mut self, place: &Place<'_>, cause: Cause) {
        // already to write the question down takes time
        if self.old.effort.is_spent() || self.new.effort.is_spent() {
            return;
        }
        let grants = self.rule(cause).effect == Effect::Allow;
        let key = (cause.direction(grants), cause);
        if self.near.is_some() {
            return self.try_once(place, key);
        }
        let who = match &place.neighbours {
            Some(neighbours) => self.difference(place, neighbours, cause),
            None => self.whole_difference(place, cause),
        };
        let Some(who) = who else {
            return;
        };
        // one example is told, and one about a model says more than one about its server
        let better = |known: &Change| known.is_about_server() && !place.is_about_server();
        if self.found.get(&key).is_none_or(better) {
            let Some(change) = self.shown(place, key, self.shapes.iter().copied()) else {
                return;
            };
            let known = self.found.insert(key, change);
            if let (Some(known), Some(change)) = (known, self.found.get_mut(&key)) {
                change.places = known.places;
                change.offered = known.offered;
            }
        }
        self.note(place, key, &who);
    }

    /// The same, where nothing more is to be told of a rule that was found.
    fn try_once(&mut self, place: &Place<'_>, key: (Direction, Cause)) {
        if self.found.contains_key(&key) {
            return;
        }
        let shapes = self.shapes.iter().copied();
        let near = shapes.filter(|shape| !place.is_wide() || self.can(place, key.1, shape));
        if let Some(change) = self.shown(place, key, near) {
            self.found.insert(key, change);
        }
    }

    /// What [`Self::difference`] says, with all rules of the place in one question.
    fn whole_difference(&self, place: &Place<'_>, cause: Cause) -> Option<BTreeSet<Term>> {
        let mut who = None;
        for shape in &self.shapes {
            let formula = self.whole(place, cause, shape);
            if shape.solve(&formula).is_some() {
                let known: &mut BTreeSet<Term> = who.get_or_insert_default();
                if self.rule(cause).effect == Effect::Allow {
                    known.extend(self.affected(cause, &formula, shape));
                }
            }
        }
        who
    }

    /// Whether a rule changes a verdict about the class of models and the action.
    pub(super) fn is_about(
        &self,
        class: &Class,
        kind: Option<Kind>,
        covering: &[Vec<usize>; 2],
        (cause, action): (Cause, Action),
    ) -> bool {
        let mut wanted = kind.map_or_else(BTreeMap::new, |kind| offers(class, kind.api));
        let offered: Vec<Action> = wanted.keys().copied().collect();
        wanted.retain(|known, _| *known == action);
        let places = self.places((class, &offered), [kind, kind], covering, &wanted);
        let differs = |place: &Place<'_>| {
            let mut shapes = self.shapes.iter();
            shapes.any(|shape| self.can(place, cause, shape))
        };
        places.iter().any(differs)
    }

    /// Whether requests are there that the formula is true of: asked with the rules that are near, where that can be.
    fn can(&self, place: &Place<'_>, cause: Cause, shape: &Shape) -> bool {
        let ((own, other), position) = (cause.sides(), cause.position());
        let near = self.near.zip(place.target(own)).zip(place.target(other));
        let Some(((near, target), _)) = near else {
            return shape.solve(&self.whole(place, cause, shape)).is_some();
        };
        let asked = Asked {
            side: self.old,
            shape,
            target,
        };
        let [own, other] = [own, other].map(|number| &place.relevant[number]);
        if self.rule(cause).effect != Effect::Allow {
            return near.can_any(asked, position, &other.allows, &other.denies);
        }
        let is_new = |deny: &&usize| self.edited.contains(&cause.opposite(**deny));
        let denied = |deny: &usize| near.can(asked, &[position, *deny], &[&own.denies]);
        near.can(asked, &[position], &[&own.denies, &other.allows])
            || other.denies.iter().filter(is_new).any(denied)
    }

    /// The rule changes something there for these; for whom it is, where it denies, is not told.
    fn note(&mut self, place: &Place<'_>, key: (Direction, Cause), who: &BTreeSet<Term>) {
        let Some(change) = self.found.get_mut(&key) else {
            return;
        };
        let known = change.offered.entry(place.class.pattern.clone());
        known.or_default().extend(place.offered);
        for action in &place.actions {
            let key = (place.class.pattern.clone(), *action);
            let known = change.places.entry(key).or_default();
            known.extend(who.iter().cloned());
        }
    }

    /// The question with all rules.
    pub(super) fn whole(&self, place: &Place<'_>, cause: Cause, shape: &Shape) -> Formula {
        let grants = self.rule(cause).effect == Effect::Allow;
        let others = grants.then(|| place.all_others(cause, self.edited));
        self.formula(place, cause, others.as_ref(), shape)
    }

    /// The rule matches, and makes the difference: a rule that grants by itself, where the other side refuses as far as these
    /// others go; a rule that denies by itself, where the other side allows.
    pub(super) fn formula(
        &self,
        place: &Place<'_>,
        cause: Cause,
        others: Option<&Others>,
        shape: &Shape,
    ) -> Formula {
        let (own, other) = cause.sides();
        let sides = [self.old, self.new];
        let Some(target) = place.target(own) else {
            return Formula::Always(false);
        };
        let matches = sides[own].formula(cause.position(), shape, target);
        // nobody of this kind: nothing else needs to be looked at
        if matches == Formula::Always(false) {
            return matches;
        }
        let there = place.target(other);
        let Some(others) = others else {
            let allowed = there
                .map(|target| sides[other].allowed(&place.relevant[other], shape, target))
                .unwrap_or(Formula::Always(false));
            return Formula::all([matches, allowed]);
        };
        let denied = sides[own].some(&others.denies, shape, target);
        let refused = there.map(|target| {
            let rules = (&*others.allows, &*others.refusing);
            sides[other].allowed_by(rules, shape, target).not()
        });
        Formula::all([matches, denied.not()].into_iter().chain(refused))
    }

    /// Those of the rule's principals for whom it changes something.
    fn affected(&self, cause: Cause, formula: &Formula, shape: &Shape) -> BTreeSet<Term> {
        let terms = match cause {
            Cause::Old(position) => self.old.who(position),
            Cause::New(position) => self.new.who(position),
        };
        let changed = |term: &&Term| {
            let formula = Formula::all([shape.is(term), formula.clone()]);
            shape.solve(&formula).is_some()
        };
        terms
            .into_iter()
            .flatten()
            .filter(changed)
            .cloned()
            .collect()
    }
}
