//! Requests that differ in what a rule asks of the caller and the action, tried: advice must not lead to another refusal.

use std::collections::BTreeMap;

use policies::action::Action;
use policies::bundle::Who;

use crate::policy::Term;

use super::super::caller::{Kind, Shape};
use super::super::example::Example;
use super::super::formula::{Formula, Property, Test};
use super::super::offers::offers;
use super::super::rules::{Side, Target};
use super::Miss;

/// What can be tried for one request.
pub struct Tries<'a> {
    side: &'a Side<'a>,
    request: &'a Example,
    target: Target<'a>,
    /// the rules that can match the model
    covering: &'a [usize],
    /// those that refuse the request as it is
    refusing: &'a [usize],
    /// of a kind of caller, by its number, and an action: when each rule refuses
    denies: BTreeMap<(usize, Action), Vec<(usize, Formula)>>,
}

/// What came of one: the rules that refuse it, and whether the rule's own condition fails.
type Outcome = (Vec<usize>, bool);

impl<'a> Tries<'a> {
    /// Nothing is tried yet.
    pub const fn new(
        side: &'a Side<'a>,
        request: &'a Example,
        target: Target<'a>,
        covering: &'a [usize],
        refusing: &'a [usize],
    ) -> Self {
        Self {
            side,
            request,
            target,
            covering,
            refusing,
            denies: BTreeMap::new(),
        }
    }

    /// What keeps a rule from matching the request.
    pub fn miss(&self, position: usize, shape: &Shape) -> Miss {
        let rule = self.side.rule(position);
        let who = self.side.who(position).filter(|terms| {
            let is = shape.one_of(terms.iter().copied());
            !self.request.passes(&is)
        });
        let other = !rule.actions.contains(&self.request.action);
        let fails = !self.holds(position, shape, self.request);
        Miss {
            position,
            who: who.map(|terms| terms.into_iter().cloned().collect()),
            token: rule.who == Who::Anyone && !shape.has_token(),
            actions: other.then(|| self.offered(&rule.actions)),
            offered: self.offered(&Action::ALL),
            condition: self.condition(position, fails),
            denies: Vec::new(),
        }
    }

    /// Those that requests about the model can do; all where none can.
    fn offered(&self, actions: &[Action]) -> Vec<Action> {
        let known = offers(self.target.class, self.target.kind.api);
        let offered = actions.iter().filter(|action| known.contains_key(action));
        let offered: Vec<Action> = offered.copied().collect();
        match offered.is_empty() {
            true => actions.to_vec(),
            false => offered,
        }
    }

    /// A rule for everyone who has a token, of a caller who has none: what refuses whoever comes so with one, and `None` where it is for
    /// nobody who does.
    fn with_token(&self, miss: Miss) -> Option<Miss> {
        let (side, target) = (self.side, self.target);
        let over = Test::Text(self.request.name.clone());
        let over = Formula::Test(Property::Peer, over);
        let tokens = side.shapes.iter().filter(|shape| shape.has_token());
        let matching = tokens.map(|shape| {
            let matches = side.formula(miss.position, shape, target);
            (shape, Formula::all([over.clone(), matches]))
        });
        let mut matching: Vec<(&Shape, Formula)> = matching.collect();
        matching.retain(|(shape, matches)| shape.solve(matches).is_some());
        let can = |other: &dyn Fn(&Shape) -> Formula| {
            let mut all = matching.iter();
            all.any(|(shape, matches)| {
                let both = Formula::all([matches.clone(), other(shape)]);
                shape.solve(&both).is_some()
            })
        };
        let denies = |action: Action| side.relevant(self.covering, action).denies;
        let own = [self.request.action];
        let actions = miss.actions.as_deref().unwrap_or(&own);
        let leads = |action: &&Action| {
            let denies = denies(**action);
            can(&|shape| side.some(&denies, shape, target).not())
        };
        let leading: Vec<Action> = actions.iter().filter(leads).copied().collect();
        let refusing = match leading.is_empty() {
            true => denies(*actions.first().filter(|_| !matching.is_empty())?),
            false => Vec::new(),
        };
        let refusing = refusing.into_iter();
        let refusing = refusing.filter(|deny| can(&|shape| side.formula(*deny, shape, target)));
        Some(Miss {
            denies: refusing.collect(),
            actions: match leading.is_empty() {
                true => miss.actions,
                false => miss.actions.map(|_| leading),
            },
            ..miss
        })
    }

    /// Leaves of the callers and actions those that lead furthest: to no refusal by another rule, where there are such. `None` where
    /// nothing would make the rule match.
    pub fn narrow(&mut self, miss: Miss) -> Option<Miss> {
        if miss.token {
            return self.with_token(miss);
        }
        let terms: Vec<Option<&Term>> = match &miss.who {
            Some(terms) => terms.iter().map(Some).collect(),
            None => vec![None],
        };
        let own = [self.request.action];
        let actions = miss.actions.as_deref().unwrap_or(&own);
        let mut tried: Vec<(Option<&Term>, Action, Outcome)> = Vec::new();
        for action in actions {
            for term in &terms {
                let outcome = self.outcome(miss.position, *term, *action);
                tried.extend(outcome.map(|outcome| (*term, *action, outcome)));
            }
        }
        let outcomes = tried.iter().map(|(_, _, outcome)| outcome);
        let Some(best) = outcomes.min_by_key(|(denies, fails)| (denies.len(), *fails)) else {
            return Some(miss);
        };
        let best = best.clone();
        tried.retain(|(_, _, outcome)| *outcome == best);
        let callers = |action: Action| -> Vec<Option<&Term>> {
            let by_it = tried.iter().filter(|(_, of, _)| *of == action);
            by_it.map(|(term, _, _)| *term).collect()
        };
        let kept = tried.first().map(|(_, action, _)| callers(*action));
        let kept = kept.unwrap_or_default();
        let alike = actions.iter().filter(|action| callers(**action) == kept);
        let alike = alike.copied().collect();
        let (denies, fails) = best;
        Some(Miss {
            who: kept.into_iter().map(Option::<&Term>::cloned).collect(),
            actions: miss.actions.is_some().then_some(alike),
            condition: self.condition(miss.position, fails),
            denies,
            ..miss
        })
    }

    /// What comes of the request by such a caller; `None` where no issuer of the gate knows one.
    fn outcome(&mut self, position: usize, term: Option<&Term>, action: Action) -> Option<Outcome> {
        let request = match term {
            Some(term) => self.by(term)?,
            None => self.request.clone(),
        };
        let request = if action == request.action {
            request
        } else {
            request.doing(action)
        };
        let shapes = &self.side.shapes;
        let number = shapes.iter().position(|shape| shape.kind == request.kind)?;
        let shape = shapes.get(number)?;
        let fails = !self.holds(position, shape, &request);
        let (side, target, covering) = (self.side, self.target, self.covering);
        let denies = self.denies.entry((number, action)).or_insert_with(|| {
            let denies = side.relevant(covering, action).denies.into_iter();
            let formula = |position| (position, side.formula(position, shape, target));
            denies.map(formula).collect()
        });
        let refusing = denies.iter().filter(|(position, formula)| {
            !self.refusing.contains(position) && request.passes(formula)
        });
        Some((refusing.map(|(position, _)| *position).collect(), fails))
    }

    /// The request by such a caller, of the same kind where that can be.
    fn by(&self, term: &Term) -> Option<Example> {
        let (own, others): (Vec<&Shape>, Vec<&Shape>) = self
            .side
            .shapes
            .iter()
            .partition(|shape| shape.kind == self.request.kind);
        own.into_iter().chain(others).find_map(|shape| {
            let request = self.request.by(term, &shape.kind)?;
            request.passes(&shape.is(term)).then_some(request)
        })
    }

    fn holds(&self, position: usize, shape: &Shape, request: &Example) -> bool {
        let when = self.side.rule(position).when.as_ref();
        let holds = |condition| shape.condition(condition, self.side, self.target);
        when.is_none_or(|condition| request.passes(&holds(condition)))
    }

    fn condition(&self, position: usize, fails: bool) -> Option<String> {
        let shown = || self.side.shown(position).condition;
        fails.then(shown).flatten()
    }
}

impl Example {
    /// The same request by a caller of this kind who is this, or in it; `None` where such a caller is of another kind. Nothing is
    /// known of the claims of a token by another issuer.
    fn by(&self, term: &Term, kind: &Kind) -> Option<Self> {
        let (Term::User(id) | Term::Group(id) | Term::ServiceAccount(id)) = term;
        let mut request = self.clone();
        let own = kind == &self.kind;
        if !own {
            request = Self {
                kind: kind.clone(),
                groups: Default::default(),
                client: None,
                claims: Default::default(),
                ..request
            };
        }
        let (_, name) = id.split_once('/')?;
        match (term, kind) {
            (Term::User(_), Kind::User(_)) | (Term::ServiceAccount(_), Kind::Account(_)) => {
                name.clone_into(&mut request.name);
            }
            (Term::ServiceAccount(_), Kind::Token(_)) => id.clone_into(&mut request.name),
            (Term::ServiceAccount(_), Kind::Workload) => {
                id.clone_into(&mut request.name);
                request.peer = None;
            }
            (Term::Group(_), Kind::User(_) | Kind::Account(_)) => {
                request.groups.insert(name.to_owned());
            }
            _ => return None,
        }
        Some(request)
    }
}
