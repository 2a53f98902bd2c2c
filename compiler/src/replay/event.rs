//! One event, as far as replay needs it. Events of later filters may have further fields; what has another
//! meaning has another version, and is left.

use policies::action::Action;
use policies::audit::{MAX_OTHERS, MAX_RULES, MAX_TEXT, SubjectType, VERSION};
use policies::bundle::Api;
use policies::decision::{Reason, Verdict};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::syntax::timestamp;

use super::dates::{Dates, When};
use super::sieve::Why;

/// Longest id of a rule: a namespace's and a file's name, each shorter than [`MAX_TEXT`], and a place there.
const MAX_RULE: usize = 2 * MAX_TEXT + 64;
/// Most bytes by which a text that was cut is longer, where it is cut in a character: U+FFFD stands for the rest.
const MAX_ADDED: usize = 8;

/// What an event is.
#[derive(Debug)]
pub enum Read {
    /// one that cannot be replayed, whatever the files say
    Unreadable(Why),
    /// one that can, and when it was, in Unix seconds
    Event(Box<Event>, Option<u64>),
}

/// An event that the rules decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each field is explained in docs/audit-event.md"
)]
pub struct Event {
    pub allowed: bool,
    pub reason: Reason,
    pub rules: Vec<String>,
    pub issuer: Option<String>,
    pub subject: String,
    pub subject_is_user: bool,
    pub client: Option<String>,
    pub peer: Option<String>,
    pub namespace: String,
    pub model: String,
    pub model_version: Option<String>,
    pub others: Vec<String>,
    pub action: Action,
    pub protocol: Api,
    pub method: Option<String>,
    pub host: Option<String>,
    pub path: Option<String>,
    pub bundle: Option<String>,
    pub target: String,
    /// when, as far as rules can ask
    pub when: Option<When>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    version: Option<u64>,
    time: Option<String>,
    verdict: Option<String>,
    reason: Option<String>,
    rules: Option<Vec<String>>,
    issuer: Option<String>,
    subject: Option<String>,
    subject_type: Option<String>,
    client: Option<String>,
    peer: Option<String>,
    namespace: Option<String>,
    model: Option<String>,
    model_version: Option<String>,
    other_models: Option<Vec<String>>,
    action: Option<String>,
    protocol: Option<String>,
    method: Option<String>,
    host: Option<String>,
    path: Option<String>,
    bundle: Option<String>,
    target: Option<String>,
}

/// Reads an event.
#[must_use]
pub fn read(event: Value, dates: &Dates) -> Read {
    let Ok(written) = serde_json::from_value::<Written>(event) else {
        return Read::Unreadable(Why::Malformed);
    };
    let at = written.time.as_deref().and_then(timestamp::parse);
    match self::event(written, at, dates) {
        Ok(event) => Read::Event(Box::new(event), at),
        Err(why) => Read::Unreadable(why),
    }
}

fn event(written: Written, at: Option<u64>, dates: &Dates) -> Result<Event, Why> {
    let reason = reason(&written)?;
    let verdict: Verdict = choice("verdict", written.verdict)?;
    let subject_type: SubjectType = choice("subjectType", written.subject_type)?;
    let event = Event {
        allowed: verdict == Verdict::Allow,
        reason,
        rules: rules(reason, written.rules)?,
        issuer: written.issuer,
        subject: written.subject.ok_or(Why::Missing("subject"))?,
        subject_is_user: subject_type == SubjectType::User,
        client: written.client,
        peer: written.peer,
        namespace: written.namespace.ok_or(Why::Missing("namespace"))?,
        model: written.model.ok_or(Why::Missing("model"))?,
        model_version: written.model_version,
        others: written.other_models.ok_or(Why::Missing("otherModels"))?,
        action: choice("action", written.action)?,
        protocol: choice("protocol", written.protocol)?,
        method: written.method,
        host: written.host,
        path: written.path,
        bundle: written.bundle,
        target: written.target.ok_or(Why::Missing("target"))?,
        when: at.map(|at| dates.of_time(at)),
    };
    let texts = [
        Some(&event.subject),
        event.client.as_ref(),
        event.peer.as_ref(),
    ];
    let cut = texts
        .into_iter()
        .flatten()
        .any(|text| text.len() >= MAX_TEXT);
    if !event.is_short() {
        return Err(Why::Foreign);
    }
    if cut || event.others.len() >= MAX_OTHERS {
        return Err(Why::Cut);
    }
    Ok(event)
}

impl Event {
    /// Whether all of it is as short as the filter writes it: events are remembered.
    fn is_short(&self) -> bool {
        let own = [&self.subject, &self.namespace, &self.model, &self.target];
        let optional = [
            &self.issuer,
            &self.client,
            &self.peer,
            &self.model_version,
            &self.method,
            &self.host,
            &self.path,
            &self.bundle,
        ];
        let texts = own.into_iter().chain(optional.into_iter().flatten());
        let mut texts = texts.chain(&self.others);
        texts.all(|text| text.len() <= MAX_TEXT + MAX_ADDED)
            && self.rules.iter().all(|rule| rule.len() <= MAX_RULE)
            && self.rules.len() <= MAX_RULES
            && self.others.len() <= MAX_OTHERS
    }
}

/// The reason, where the rules were asked.
fn reason(written: &Written) -> Result<Reason, Why> {
    match written.version {
        Some(version) if version == u64::from(VERSION) => {}
        Some(version) => return Err(Why::Unknown("version", version.to_string())),
        None => return Err(Why::Missing("version")),
    }
    let reason: Reason = choice("reason", written.reason.clone())?;
    let asked = matches!(
        reason,
        Reason::Allowed
            | Reason::NotPermitted
            | Reason::TimeUnknown
            | Reason::DeniedByRule
            | Reason::DeniedByGuardrail
            | Reason::ModelUnknown
    );
    if !asked {
        return Err(Why::BeforeRules(reason.code().to_owned()));
    }
    Ok(reason)
}

/// The rules that decided. An event has its lists even where they are empty: one that is not there was lost on the way, as collectors
/// of logs drop lists that are empty or long.
fn rules(reason: Reason, written: Option<Vec<String>>) -> Result<Vec<String>, Why> {
    let rules = written.ok_or(Why::Missing("rules"))?;
    let by_none = matches!(reason, Reason::NotPermitted | Reason::ModelUnknown);
    match (by_none, rules.is_empty()) {
        (true, true) | (false, false) => Ok(rules),
        (false, true) => Err(Why::Missing("rules")),
        (true, false) => Err(Why::Malformed),
    }
}

/// A field with a few choices.
fn choice<T: DeserializeOwned>(field: &'static str, text: Option<String>) -> Result<T, Why> {
    let text = text.ok_or(Why::Missing(field))?;
    let shown: String = text.chars().take(40).collect();
    serde_json::from_value(Value::String(text)).map_err(|_| Why::Unknown(field, shown))
}
