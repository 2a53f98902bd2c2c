//! One event, as far as replay needs it, out of a line of a log. Events of later filters may have further fields; what has another
//! meaning has another version, and is left.

use policies::action::Action;
use policies::audit::{KIND, MAX_OTHERS, MAX_TEXT, SubjectType, VERSION};
use policies::bundle::Api;
use policies::decision::{Reason, Verdict};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::syntax::timestamp;

use super::dates::{Dates, When};
use super::sieve::Why;

/// What a line is.
#[derive(Debug)]
pub enum Line {
    /// no event
    Other,
    /// an event that cannot be replayed, whatever the files say
    Unreadable(Why),
    /// an event, and when, in Unix seconds
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

/// Finds the event in a line.
#[must_use]
pub fn read(line: &[u8], dates: &Dates) -> Line {
    if !contains(line, KIND.as_bytes()) {
        return Line::Other;
    }
    let text = within(line).unwrap_or_default();
    // a log may have something behind the event, too
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<Value>();
    let Some(Ok(value)) = values.next() else {
        return Line::Unreadable(Why::Malformed);
    };
    if value.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Line::Other;
    }
    match serde_json::from_value::<Written>(value) {
        Err(_) => Line::Unreadable(Why::Malformed),
        Ok(written) => {
            let at = written.time.as_deref().and_then(timestamp::parse);
            match event(written, at, dates) {
                Ok(event) => Line::Event(Box::new(event), at),
                Err(why) => Line::Unreadable(why),
            }
        }
    }
}

/// The line of a log from the event on, whatever the log writes before it.
#[must_use]
pub fn within(line: &[u8]) -> Option<&[u8]> {
    let own = format!(r#"{{"kind":"{KIND}""#);
    let start = find(line, own.as_bytes()).or_else(|| line.iter().position(|byte| *byte == b'{'));
    start.and_then(|start| line.get(start..))
}

fn event(written: Written, at: Option<u64>, dates: &Dates) -> Result<Event, Why> {
    let reason = reason(&written)?;
    let verdict: Verdict = choice("verdict", written.verdict)?;
    let subject_type: SubjectType = choice("subjectType", written.subject_type)?;
    let event = Event {
        allowed: verdict == Verdict::Allow,
        reason,
        rules: written.rules.unwrap_or_default(),
        issuer: written.issuer,
        subject: written.subject.ok_or(Why::Missing("subject"))?,
        subject_is_user: subject_type == SubjectType::User,
        client: written.client,
        peer: written.peer,
        namespace: written.namespace.ok_or(Why::Missing("namespace"))?,
        model: written.model.ok_or(Why::Missing("model"))?,
        model_version: written.model_version,
        others: written.other_models.unwrap_or_default(),
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
    if cut || event.others.len() >= MAX_OTHERS {
        return Err(Why::Cut);
    }
    Ok(event)
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

/// A field with a few choices.
fn choice<T: DeserializeOwned>(field: &'static str, text: Option<String>) -> Result<T, Why> {
    let text = text.ok_or(Why::Missing(field))?;
    let shown: String = text.chars().take(40).collect();
    serde_json::from_value(Value::String(text)).map_err(|_| Why::Unknown(field, shown))
}

fn contains(line: &[u8], part: &[u8]) -> bool {
    find(line, part).is_some()
}

fn find(line: &[u8], part: &[u8]) -> Option<usize> {
    line.windows(part.len()).position(|window| window == part)
}
