//! One class of models and actions, with the rules of both policies about it.

use std::collections::BTreeSet;

use policies::action::Action;

use crate::analysis::alike::{Alike, Written, declared};
use crate::analysis::models::{Class, Kind};
use crate::analysis::offers::Methods;
use crate::analysis::rules::{Relevant, Target};

use super::Cause;
use super::neighbours::{Neighbours, Others};

/// With more rules about a class, those that are near are looked at first.
const MANY: usize = 64;

/// One class of models and actions, on both sides; without a kind the side knows no such model.
pub(super) struct Place<'a> {
    pub(super) class: &'a Class,
    pub(super) kinds: [Option<Kind>; 2],
    pub(super) relevant: [Relevant; 2],
    pub(super) actions: Vec<Action>,
    /// the methods of these, where a rule asks for them
    pub(super) methods: Option<Methods>,
    /// where so many rules are asked about among so many that they are better looked up
    pub(super) neighbours: Option<Neighbours<'a>>,
    /// what can be done there at all
    pub(super) offered: &'a [Action],
}

impl<'a> Place<'a> {
    pub(super) fn is_about_server(&self) -> bool {
        self.class.is_server()
    }

    pub(super) fn count(&self) -> usize {
        let count = |relevant: &Relevant| relevant.allows.len() + relevant.denies.len();
        self.relevant.iter().map(count).sum()
    }

    /// Whether many rules are about it.
    pub(super) fn is_wide(&self) -> bool {
        self.count() > MANY
    }

    pub(super) fn target(&self, number: usize) -> Option<Target<'_>> {
        let kind = self.kinds.get(number).copied().flatten()?;
        Some(Target {
            class: self.class,
            kind,
            methods: self.methods,
        })
    }

    /// Makes the rules known by their principals.
    pub(super) fn look_up(&mut self, alike: &'a Alike<'a>, edited: &BTreeSet<Cause>) {
        // those of the new side may be why the old one's grants end, and the other way round
        let refusing = [Cause::New(0), Cause::Old(0)].map(|cause| self.refusing(cause, edited));
        self.neighbours = Some(Neighbours::of(alike, &self.relevant, refusing));
    }

    /// How the models are declared.
    pub(super) fn written(&self) -> Written {
        declared(self.class, self.methods, self.kinds)
    }

    /// The rules that can make a difference there: the edited ones, or all of them where the model itself is declared
    /// otherwise.
    pub(super) fn causes(&self, edited: &BTreeSet<Cause>) -> Vec<Cause> {
        let all = self.kinds[0] != self.kinds[1];
        let both =
            |relevant: &Relevant| [relevant.allows.clone(), relevant.denies.clone()].concat();
        let old = both(&self.relevant[0]).into_iter().map(Cause::Old);
        let new = both(&self.relevant[1]).into_iter().map(Cause::New);
        old.chain(new)
            .filter(|cause| all || edited.contains(cause))
            .collect()
    }

    /// The rules besides this one, which grants, that may matter to what it changes.
    pub(super) fn others(&self, cause: Cause, edited: &BTreeSet<Cause>) -> Others {
        match &self.neighbours {
            Some(neighbours) => neighbours.others(cause.sides(), cause.position()),
            None => self.all_others(cause, edited),
        }
    }

    /// Those that may be why the other side refuses what this rule grants.
    fn refusing(&self, cause: Cause, edited: &BTreeSet<Cause>) -> Vec<usize> {
        let (_, other) = cause.sides();
        let mut refusing = self.relevant[other].denies.clone();
        // what both deny was looked at
        if self.kinds[0] == self.kinds[1] {
            refusing.retain(|position| edited.contains(&cause.opposite(*position)));
        }
        refusing
    }

    /// All of them.
    pub(super) fn all_others(&self, cause: Cause, edited: &BTreeSet<Cause>) -> Others {
        let (own, other) = cause.sides();
        Others {
            denies: self.relevant[own].denies.clone(),
            allows: self.relevant[other].allows.clone(),
            refusing: self.refusing(cause, edited),
        }
    }
}
