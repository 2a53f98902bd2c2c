//! Recorded requests, judged by changed files: what would have been decided otherwise, for whom, how often, and by which rule.
//!
//! An audit event does not say all that rules can ask: groups and attributes of a token are not in it. They are left open, and so is
//! whatever else an event lacks; a request counts as decided otherwise only where that holds whatever the open part was. With the files
//! that the events were recorded under, the rules that decided say something about the open part, and less is left undecided.
//!
//! Memory is bounded, whatever is read: by the numbers below.

mod dates;
mod event;
mod found;
mod gates;
mod judge;
mod reading;
mod sieve;

use std::collections::BTreeMap;

use policies::action::Action;

use crate::analysis::Side;
use crate::analysis::caller::Kind;
use dates::Dates;

pub use event::{Event, Read};
pub use found::{Found, events, is_event};
pub use judge::{Judge, Judged};
pub use sieve::Why;

/// Most groups that are kept apart.
pub const MAX_GROUPS: usize = 10_000;
/// Most reasons that are kept apart.
pub const MAX_REASONS: usize = 100;
/// Most verdicts that are remembered.
const MAX_KNOWN: usize = 20_000;

/// Requests that are told together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// it depends on groups or attributes, which an event does not hold
    pub perhaps: bool,
    /// what was decided then
    pub before: bool,
    /// by whom
    pub who: Caller,
    /// what was asked
    pub action: Action,
    /// of which namespace
    pub namespace: String,
    /// its name, and with commas the others of the same request
    pub model: String,
    /// ids of the rules that decided then
    pub rules_before: Vec<String>,
    /// positions of the rules that decide now, in the new table
    pub rules_now: Vec<usize>,
}

/// A caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// `user`, `service account` or `workload`
    pub kind: &'static str,
    /// of its token
    pub issuer: Option<String>,
    /// its name there
    pub name: String,
}

/// How often, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// how often
    pub count: u64,
    /// Unix seconds of the first
    pub first: Option<u64>,
    /// of the last
    pub last: Option<u64>,
}

/// What was read, and what came of it.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// lines of any kind
    pub lines: u64,
    /// lines that hold no event
    pub others: u64,
    /// events, and what may have been some
    pub events: u64,
    /// events, whether they can be replayed or not
    pub found: u64,
    /// replayed, of bundles that neither side gives
    pub foreign: u64,
    /// decided as before
    pub same: u64,
    /// decided otherwise, by kind
    pub changed: BTreeMap<Key, Times>,
    /// allowed now, and not kept apart
    pub more_allowed: u64,
    /// denied now, and not kept apart
    pub more_denied: u64,
    /// decided otherwise perhaps, and not kept apart
    pub more_perhaps: u64,
    /// not replayed, and why
    pub left: BTreeMap<Why, u64>,
}

/// Reads events one by one.
pub struct Replay<'a> {
    judge: Judge<'a>,
    dates: Dates,
    known: BTreeMap<Event, Judged>,
    report: Report,
}

impl<'a> Replay<'a> {
    /// Against `new`; `old` is what the events were recorded under.
    #[must_use]
    pub fn new(new: &'a Side<'a>, old: Option<&'a Side<'a>>) -> Self {
        Self {
            judge: Judge::new(new, old),
            dates: Dates::of(std::iter::once(new).chain(old)),
            known: BTreeMap::new(),
            report: Report::default(),
        }
    }

    /// One line of a log, with or without something around its events; `None` for one that was too long to be read.
    pub fn line(&mut self, line: Option<&[u8]>) {
        self.report.lines += 1;
        let Some(line) = line else {
            return self.unreadable(Why::TooLong);
        };
        let Found { events, left } = found::events(line);
        if events.is_empty() && left.is_none() {
            self.report.others += 1;
        }
        if let Some(why) = left {
            self.unreadable(why);
        }
        for event in events {
            self.report.found += 1;
            match event::read(event, &self.dates) {
                Read::Unreadable(why) => self.unreadable(why),
                Read::Event(event, at) => {
                    self.report.events += 1;
                    self.event(*event, at);
                }
            }
        }
    }

    fn unreadable(&mut self, why: Why) {
        self.report.events += 1;
        self.leave(why);
    }

    /// All that was read.
    #[must_use]
    pub fn finish(self) -> Report {
        self.report
    }

    fn event(&mut self, event: Event, at: Option<u64>) {
        let judged = match self.known.get(&event) {
            Some(judged) => judged.clone(),
            None => {
                let judged = self.judge.judge(&event);
                if self.known.len() >= MAX_KNOWN {
                    self.known.clear();
                }
                self.known.insert(event.clone(), judged.clone());
                judged
            }
        };
        let is_left = matches!(judged, Judged::Left(_));
        self.report.foreign += u64::from(!is_left && !self.judge.knows(&event));
        match judged {
            Judged::Left(why) => self.leave(why),
            Judged::Same => self.report.same += 1,
            Judged::Otherwise(rules, kind) => self.change(key(event, rules, &kind, false), at),
            Judged::Perhaps(rules, kind) => self.change(key(event, rules, &kind, true), at),
        }
    }

    fn change(&mut self, key: Key, at: Option<u64>) {
        let full = self.report.changed.len() >= MAX_GROUPS;
        if full && !self.report.changed.contains_key(&key) {
            let more = match (key.perhaps, key.before) {
                (true, _) => &mut self.report.more_perhaps,
                (false, true) => &mut self.report.more_denied,
                (false, false) => &mut self.report.more_allowed,
            };
            *more += 1;
            return;
        }
        let times = self.report.changed.entry(key).or_default();
        times.count += 1;
        times.first = [times.first, at].into_iter().flatten().min();
        times.last = [times.last, at].into_iter().flatten().max();
    }

    fn leave(&mut self, why: Why) {
        let full = self.report.left.len() >= MAX_REASONS;
        let why = if full && !self.report.left.contains_key(&why) {
            Why::Elsewise
        } else {
            why
        };
        *self.report.left.entry(why).or_default() += 1;
    }
}

fn key(event: Event, rules_now: Vec<usize>, kind: &Kind, perhaps: bool) -> Key {
    let (kind, issuer) = match kind {
        Kind::User(issuer) => ("user", Some(issuer)),
        Kind::Account(issuer) => ("service account", Some(issuer)),
        Kind::Token(issuer) => ("workload", Some(issuer)),
        Kind::Workload => ("workload", None),
    };
    let models = std::iter::once(event.model).chain(event.others);
    Key {
        perhaps,
        before: event.allowed,
        who: Caller {
            kind,
            issuer: issuer.cloned(),
            name: event.subject,
        },
        action: event.action,
        namespace: event.namespace,
        model: models.collect::<Vec<_>>().join(", "),
        rules_before: event.rules,
        rules_now,
    }
}

impl Report {
    /// Requests that are allowed now.
    #[must_use]
    pub fn allowed(&self) -> u64 {
        self.count(|key| !key.perhaps && !key.before) + self.more_allowed
    }

    /// Requests that are denied now.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.count(|key| !key.perhaps && key.before) + self.more_denied
    }

    /// Requests that are decided otherwise for some groups and attributes that the caller may have had.
    #[must_use]
    pub fn perhaps(&self) -> u64 {
        self.count(|key| key.perhaps) + self.more_perhaps
    }

    /// Events that were not replayed.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left.values().sum()
    }

    fn count(&self, wanted: impl Fn(&Key) -> bool) -> u64 {
        let groups = self.changed.iter();
        let groups = groups.filter(|(key, _)| wanted(key));
        groups.map(|(_, times)| times.count).sum()
    }
}

#[cfg(test)]
mod tests;
