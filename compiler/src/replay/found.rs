//! Audit events in a line of a log, whatever wrote it: alone, behind a proxy's own words, several one after the other, and as a
//! member or a text of the JSON that a collector of logs made of it.

use std::collections::{BTreeMap, BTreeSet};

use policies::audit::KIND;
use serde_json::{Error, Value};

/// How deep an event may lie in the JSON of others.
const DEPTH: u32 = 4;
/// How often the length of a text is read of what begins in it as JSON and is none.
const ANEW: usize = 4;

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// its events, in order
    pub events: Vec<Value>,
    /// something else in it is, or was, an event and cannot be read
    pub broken: bool,
}

/// Looks for events in a line. One that is there twice is one: some collectors keep the text beside what they read of it.
#[must_use]
pub fn events(line: &[u8]) -> Found {
    let mut found = Found::default();
    if contains(line) {
        within(line, DEPTH, &mut found);
        found.broken |= found.events.is_empty();
        let mut seen = BTreeSet::new();
        found
            .events
            .retain(|event| seen.insert(sorted(event).to_string()));
    }
    found
}

/// The same with every object's members in the order of their names, as some collectors write them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<&String, Value> = members
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// Whatever JSON begins somewhere in the text. What fails is tried again from the next brace; a text in which that takes too long is
/// given up, so that a line takes no longer than its length allows.
fn within(text: &[u8], depth: u32, found: &mut Found) {
    let own = format!(r#"{{"kind":"{KIND}""#);
    let (mut rest, mut patience) = (text, text.len().saturating_mul(ANEW));
    while let Some(start) = rest.iter().position(|byte| *byte == b'{') {
        let from = rest.get(start..).unwrap_or_default();
        let mut values = serde_json::Deserializer::from_slice(from).into_iter::<Value>();
        let end = match values.next() {
            Some(Ok(value)) => {
                unwrap(value, depth, found);
                values.byte_offset()
            }
            failed => {
                found.broken |= from.starts_with(own.as_bytes());
                let Some(left) = patience.checked_sub(length(failed, from)) else {
                    found.broken = true;
                    return;
                };
                patience = left;
                1
            }
        };
        rest = from.get(end..).unwrap_or_default();
    }
}

/// How much was read before it was no JSON.
fn length(failed: Option<Result<Value, Error>>, from: &[u8]) -> usize {
    match failed {
        Some(Err(error)) if error.line() == 1 => error.column(),
        _ => from.len(),
    }
}

/// The value is an event, or has some.
fn unwrap(value: Value, depth: u32, found: &mut Found) {
    if is_event(&value) {
        found.events.push(value);
        return;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (_, member) in members {
                unwrap(member, depth, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                unwrap(item, depth, found);
            }
        }
        Value::String(text) if contains(text.as_bytes()) => within(text.as_bytes(), depth, found),
        _ => {}
    }
}

/// Whether it is an event.
#[must_use]
pub fn is_event(value: &Value) -> bool {
    value.get("kind").and_then(Value::as_str) == Some(KIND)
}

fn contains(text: &[u8]) -> bool {
    let mut windows = text.windows(KIND.len());
    windows.any(|window| window == KIND.as_bytes())
}
