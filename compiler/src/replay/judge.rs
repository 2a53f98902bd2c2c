//! The verdict of changed files about a recorded request.

use std::collections::{BTreeMap, BTreeSet};

use policies::audit::{MAX_RULES, SubjectType};
use policies::bundle::{Api, ClaimTest, Effect};
use policies::decision::Reason;
use policies::digest;
use policies::facts::VERSION;

use crate::analysis::Side;
use crate::analysis::caller::Kind;
use crate::analysis::recorded::{caller_kind, workload};
use crate::analysis::still::{Property, Question};
use crate::lower;

use super::dates::When;
use super::event::Event;
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
    targets: BTreeMap<String, Routes>,
    digests: BTreeSet<String>,
}

/// Where requests are let through: host, namespace, protocol.
type Routes = BTreeSet<(String, String, Api)>;

/// What the events were recorded under.
struct Old<'a> {
    side: &'a Side<'a>,
    digests: BTreeSet<String>,
    positions: BTreeMap<&'a str, usize>,
}

impl<'a> Judge<'a> {
    /// Against `new`; `old` is what the events were recorded under.
    #[must_use]
    pub fn new(new: &'a Side<'a>, old: Option<&'a Side<'a>>) -> Self {
        let bundles = bundles(new);
        let targets = bundles
            .iter()
            .map(|(name, _, routes)| (name.clone(), routes.clone()));
        Self {
            new,
            old: old.map(Old::new),
            targets: targets.collect(),
            digests: bundles.into_iter().map(|(_, digest, _)| digest).collect(),
        }
    }

    /// Judges an event.
    #[must_use]
    pub fn judge(&self, event: &Event) -> Judged {
        let Some(routes) = self.targets.get(&event.target) else {
            return Judged::Left(Why::Target(event.target.clone()));
        };
        let is_new = |digest: &String| self.digests.contains(digest);
        if event.bundle.as_ref().is_some_and(is_new) {
            return Judged::Same;
        }
        let Some(kind) = kind(event) else {
            return Judged::Left(Why::Missing("issuer"));
        };
        let Some(question) = self.question(event, &kind) else {
            return Judged::Left(Why::Issuer(event.issuer.clone().unwrap_or_default()));
        };
        let route = event.host.as_ref().map(|host| {
            let host = host.to_ascii_lowercase();
            (host, event.namespace.clone(), event.protocol)
        });
        if route.is_some_and(|route| !routes.contains(&route)) {
            return if event.allowed {
                Judged::Otherwise(Vec::new(), kind)
            } else {
                Judged::Same
            };
        }
        self.decide(event, &kind, question)
    }

    /// Whatever is open: allowed, denied, or one or the other.
    fn decide(&self, event: &Event, kind: &Kind, mut question: Question<'_>) -> Judged {
        let old = self.old.as_ref().filter(|old| old.knows(event));
        if let Some(old) = old {
            question.also(old.side, kind);
            if !old.narrow(event, &mut question) {
                return Judged::Left(Why::Misfit);
            }
        }
        let models = std::iter::once(&event.model).chain(&event.others);
        let models: Vec<&str> = models.map(String::as_str).collect();
        let place = (event.namespace.as_str(), event.protocol, event.action);
        let can = [true, false].map(|allowed| question.ask(self.new, place, &models, allowed));
        let [allowed, denied] = can;
        match (event.allowed, allowed, denied) {
            (true, Some(_), None) | (false, None, Some(_)) => Judged::Same,
            (true, None, Some(rules)) | (false, Some(rules), None) => {
                Judged::Otherwise(rules, kind.clone())
            }
            (_, Some(_), Some(_)) if old.is_none() => Judged::Left(Why::Open),
            (true, Some(_), Some(rules)) | (false, Some(rules), Some(_)) => {
                Judged::Perhaps(rules, kind.clone())
            }
            (_, None, None) => Judged::Left(Why::Misfit),
        }
    }

    /// What is known of the caller and the request; `None` where the new files know no such caller.
    fn question(&self, event: &Event, kind: &Kind) -> Option<Question<'a>> {
        let mut question = Question::by(self.new, kind)?;
        let text = |text: &str| Some(ClaimTest::Text(text.to_owned()));
        question.is(&Property::Name, text(&event.subject));
        if *kind != Kind::Workload {
            let domain = format!("spiffe://{}/", self.new.policy.gate.trust_domain);
            let own = event
                .peer
                .as_deref()
                .filter(|peer| peer.starts_with(&domain));
            let peer = own.and_then(workload);
            question.is(&Property::Peer, peer.as_deref().and_then(text));
            question.is(&Property::Client, event.client.as_deref().and_then(text));
        }
        if let Some(method) = &event.method {
            question.is(&Property::Method, text(method));
        }
        // of several models each has its own
        if let (Some(version), true) = (&event.model_version, event.others.is_empty()) {
            question.is(&Property::Fact(VERSION.to_owned()), text(version));
        }
        for (number, comparison, constant) in event.when.iter().flat_map(When::tests) {
            let test = ClaimTest::Number(comparison, constant);
            question.is(&Property::Time(number), Some(test));
        }
        Some(question)
    }
}

fn kind(event: &Event) -> Option<Kind> {
    let kind = if event.subject_is_user {
        SubjectType::User
    } else {
        SubjectType::ServiceAccount
    };
    caller_kind(kind, event.issuer.clone(), &event.subject)
}

/// Name, digest and routes of each install target.
fn bundles(side: &Side<'_>) -> Vec<(String, String, Routes)> {
    let policy = side.policy;
    let installs = policy.gate.installs.iter();
    installs
        .map(|install| {
            let bundle = lower::bundle(&side.table, policy, install);
            let text = serde_json::to_vec(&bundle).unwrap_or_default();
            let routes = bundle.routes.iter().flat_map(|route| {
                let hosts = route.hosts.iter();
                hosts.map(|host| (host.clone(), route.namespace.clone(), route.api))
            });
            (install.name.clone(), digest::of(&text), routes.collect())
        })
        .collect()
}

impl<'a> Old<'a> {
    fn new(side: &'a Side<'a>) -> Self {
        let rules = side.table.rules.iter().enumerate();
        Self {
            digests: bundles(side)
                .into_iter()
                .map(|(_, digest, _)| digest)
                .collect(),
            positions: rules
                .map(|(position, rule)| (rule.id.as_str(), position))
                .collect(),
            side,
        }
    }

    /// Whether the event was recorded under these files.
    fn knows(&self, event: &Event) -> bool {
        let bundle = event.bundle.as_ref();
        bundle.is_some_and(|bundle| self.digests.contains(bundle))
    }

    /// Adds what the deciding rules say about the rest of the request; `false` where it contradicts what is known.
    fn narrow(&self, event: &Event, question: &mut Question<'_>) -> bool {
        if event.reason == Reason::ModelUnknown {
            return true;
        }
        let place = (event.namespace.as_str(), event.protocol, event.action);
        // of several models it is not said which rule decided about which
        if !event.others.is_empty() {
            return true;
        }
        let positions = event.rules.iter();
        let decided: Option<BTreeSet<usize>> = positions
            .map(|id| self.positions.get(id.as_str()).copied())
            .collect();
        let Some(decided) = decided else {
            return false;
        };
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
