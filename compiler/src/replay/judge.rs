//! The verdict of changed files about a recorded request.

use std::collections::{BTreeMap, BTreeSet};

use policies::audit::{MAX_RULES, SubjectType};
use policies::bundle::Effect;
use policies::decision::Reason;

use crate::analysis::Side;
use crate::analysis::caller::Kind;
use crate::analysis::recorded::Callers;
use crate::analysis::still::{Can, Property, Question, Test};

use super::dates::When;
use super::event::Event;
use super::reading::{Asks, Proxies, Unasked, Version};
use super::sieve::Why;

/// What becomes of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// decided as before
    Same,
    /// decided otherwise: by these rules, positions in the new table; for this kind of caller
    Otherwise(Vec<usize>, Kind),
    /// the same, for some of the groups and attributes that are possible
    Perhaps(Vec<usize>, Kind),
    /// not replayed
    Left(Why),
}

/// Both sides, as events name them.
pub struct Judge<'a> {
    new: &'a Side<'a>,
    old: Option<Old<'a>>,
    /// by name of the install target
    targets: BTreeMap<String, Proxies>,
}

/// What the events were recorded under.
struct Old<'a> {
    side: &'a Side<'a>,
    /// by digest of their bundle
    bundles: BTreeMap<String, Proxies>,
    positions: BTreeMap<&'a str, usize>,
}

impl<'a> Judge<'a> {
    /// Against `new`; `old` is what the events were recorded under.
    #[must_use]
    pub fn new(new: &'a Side<'a>, old: Option<&'a Side<'a>>) -> Self {
        Self {
            new,
            old: old.map(Old::new),
            targets: proxies(new).collect(),
        }
    }

    /// Whether the event is of a bundle that one of the sides gives.
    #[must_use]
    pub fn knows(&self, event: &Event) -> bool {
        let old = self.old.as_ref().and_then(|old| old.recorded(event));
        let is_new = |proxies: &Proxies| event.bundle.as_deref() == Some(proxies.digest());
        old.is_some() || self.targets.get(&event.target).is_some_and(is_new)
    }

    /// Judges an event.
    #[must_use]
    pub fn judge(&self, event: &Event) -> Judged {
        let Some(proxies) = self.targets.get(&event.target) else {
            return Judged::Left(Why::Target(event.target.clone()));
        };
        if event.bundle.as_deref() == Some(proxies.digest()) {
            return Judged::Same;
        }
        let known = self.kind(event).and_then(|kind| {
            let question = self.question(event, &kind, proxies)?;
            Some((kind, question))
        });
        let Some((kind, question)) = known else {
            let of = |issuer: &String| Why::Issuer(issuer.clone());
            return Judged::Left(event.issuer.as_ref().map_or(Why::Missing("issuer"), of));
        };
        let old = self.old.as_ref().and_then(|old| old.recorded(event));
        match proxies.read(event, &kind, old.map(|(_, then)| then)) {
            Ok(asks) => self.decide(event, &kind, question, (&asks, old.map(|(old, _)| old))),
            Err(Unasked::Unclear(why)) => Judged::Left(why),
            Err(Unasked::Refused) if event.allowed => Judged::Otherwise(Vec::new(), kind),
            Err(Unasked::Refused) => Judged::Same,
        }
    }

    /// Whatever is open: allowed, denied, or one or the other.
    fn decide(
        &self,
        event: &Event,
        kind: &Kind,
        mut question: Question<'_>,
        (asks, old): (&Asks, Option<&Old<'_>>),
    ) -> Judged {
        for (number, (_, version)) in asks.models.iter().enumerate() {
            if let Version::Known(version) = version {
                question.version(number, version.clone());
            }
        }
        if let Some(old) = old {
            question.also(old.side, kind);
            if !old.narrow(event, asks, &mut question) {
                return Judged::Left(Why::Misfit);
            }
        }
        let models: Vec<&str> = asks.models.iter().map(|(name, _)| name.as_str()).collect();
        let place = (asks.namespace.as_str(), event.protocol, event.action);
        let can = |allowed| question.ask(self.new, place, &models, allowed);
        let perhaps = |rules| match old {
            Some(_) => Judged::Perhaps(rules, kind.clone()),
            None => Judged::Left(Why::Open),
        };
        match (event.allowed, can(event.allowed), can(!event.allowed)) {
            (_, Can::Unknown, _) | (_, _, Can::Unknown) => Judged::Left(Why::Hard),
            (true, Can::By(_), Can::Not) => asks.doubt.clone().map_or(Judged::Same, Judged::Left),
            (false, Can::By(_), Can::Not) => Judged::Same,
            (false, Can::Not, Can::By(rules)) if asks.doubt.is_some() => {
                Judged::Perhaps(rules, kind.clone())
            }
            (_, Can::Not, Can::By(rules)) => Judged::Otherwise(rules, kind.clone()),
            (_, Can::By(_), Can::By(rules)) => perhaps(rules),
            (_, Can::Not, Can::Not) => Judged::Left(Why::Misfit),
        }
    }

    fn kind(&self, event: &Event) -> Option<Kind> {
        let subject = if event.subject_is_user {
            SubjectType::User
        } else {
            SubjectType::ServiceAccount
        };
        let callers = Callers::from(&self.new.policy.gate);
        callers.kind(subject, event.issuer.as_deref())
    }

    /// What is known of the caller and the request; `None` where the new files know no such caller.
    fn question(&self, event: &Event, kind: &Kind, proxies: &Proxies) -> Option<Question<'a>> {
        let mut question = Question::by(self.new, kind)?;
        let text = |text: &str| Some(Test::Text(text.to_owned()));
        question.is(&Property::Name, text(&event.subject));
        if *kind != Kind::Workload {
            let peer = proxies.peer(event).map(|workload| workload.name());
            question.is(&Property::Peer, peer.as_deref().and_then(text));
            // none is none only where it is known that the claim was read then
            if event.client.is_some() || self.knows(event) {
                question.is(&Property::Client, event.client.as_deref().and_then(text));
            }
        }
        if let Some(method) = &event.method {
            question.is(&Property::Method, text(method));
        }
        for (number, comparison, constant) in event.when.iter().flat_map(When::tests) {
            let test = Test::Number(comparison, constant);
            question.is(&Property::Time(number), Some(test));
        }
        Some(question)
    }
}

/// The proxies of each install target, by its name.
fn proxies(side: &Side<'_>) -> impl Iterator<Item = (String, Proxies)> {
    let installs = side.policy.gate.installs.iter();
    installs.filter_map(|install| Some((install.name.clone(), Proxies::of(side, install)?)))
}

impl<'a> Old<'a> {
    fn new(side: &'a Side<'a>) -> Self {
        let rules = side.table.rules.iter().enumerate();
        Self {
            bundles: proxies(side)
                .map(|(_, proxies)| (proxies.digest().to_owned(), proxies))
                .collect(),
            positions: rules
                .map(|(position, rule)| (rule.id.as_str(), position))
                .collect(),
            side,
        }
    }

    /// The proxies that recorded the event, where they had these files.
    fn recorded(&self, event: &Event) -> Option<(&Self, &Proxies)> {
        let proxies = self.bundles.get(event.bundle.as_ref()?)?;
        Some((self, proxies))
    }

    /// Adds what the deciding rules say about the rest of the request; `false` where it contradicts what is known.
    fn narrow(&self, event: &Event, asks: &Asks, question: &mut Question<'_>) -> bool {
        // of several models it is not said which rule decided about which
        if event.reason == Reason::ModelUnknown || !asks.asked_once || !asks.same_peer {
            return true;
        }
        let place = (event.namespace.as_str(), event.protocol, event.action);
        let positions = event.rules.iter();
        let decided: Option<BTreeSet<usize>> = positions
            .map(|id| self.positions.get(id.as_str()).copied())
            .collect();
        let Some(decided) = decided else {
            return false;
        };
        let rules = &self.side.table.rules;
        let grants = |position: &usize| {
            let rule = rules.get(*position);
            rule.is_some_and(|rule| rule.effect == Effect::Allow)
        };
        if decided.iter().any(|rule| grants(rule) != event.allowed) {
            return false;
        }
        let cut = event.rules.len() >= MAX_RULES;
        question.assume(self.side, place, &event.model, |position, effect| {
            let grants = effect == Effect::Allow;
            match (event.allowed, grants) {
                _ if decided.contains(&position) => Some(true),
                (true, false) => Some(false),
                // all that decide are named, as long as there is room
                (true, true) | (false, false) => (!cut).then_some(false),
                (false, true) => (event.reason == Reason::NotPermitted).then_some(false),
            }
        })
    }
}
