//! Audit events in a line of a log, as the proxy wrote it and as collectors of logs keep it.
//!
//! A proxy's log has more in it than events, and what clients wrote is among that: an access log has their user agents, raw in one
//! format and as texts of JSON in the other. An event counts only where no client could write one: at a line's beginning, behind Envoy's
//! words for what a filter says, as an object, and as a text in a member that collectors keep lines in.

use std::collections::{BTreeMap, BTreeSet};

use policies::audit::KIND;
use serde_json::{Error, Value};

use super::sieve::Why;

/// How deep an event may lie in the JSON of others.
const DEPTH: u32 = 4;
/// How often the length of a text is read of what begins in it as JSON and is none.
const ANEW: usize = 4;
/// What Envoy writes before a filter's name, a colon, and what it says.
const SAYS: &[u8] = b"wasm log";
/// Members in which collectors of logs, and Istio where it logs JSON, keep a line; in small letters. None of an access log is among them.
const LINES: [&str; 10] = [
    "@message",
    "_raw",
    "body",
    "line",
    "log",
    "logentry",
    "logmessage",
    "message",
    "msg",
    "textpayload",
];

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// its events, in order
    pub events: Vec<Value>,
    /// why something else in it that is like an event is none
    pub left: Option<Why>,
}

/// Looks for events in a line. One that is there twice is one: some collectors keep the text beside what they read of it.
#[must_use]
pub fn events(line: &[u8]) -> Found {
    let mut found = Found::default();
    if contains(line) {
        within(line, DEPTH, &mut found);
        if found.events.is_empty() {
            found.left.get_or_insert(Why::Misplaced);
        }
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

/// The JSON of each line of a text, where it may be an event. What fails is tried again from the next line; a text in which that takes
/// too long is given up, so that a line of a log takes no longer than its length allows.
fn within(text: &[u8], depth: u32, found: &mut Found) {
    let (mut rest, mut patience) = (text, Some(text.len().saturating_mul(ANEW)));
    while let Some(start) = rest.iter().position(|byte| *byte == b'{') {
        let Some((before, from)) = rest.split_at_checked(start) else {
            return;
        };
        rest = from;
        let line = before.rsplit(|byte| *byte == b'\n').next();
        if line.is_some_and(begins) {
            rest = values(from, depth, found, &mut patience);
        }
        if patience.is_none() {
            found.left.get_or_insert(Why::Malformed);
            return;
        }
        let end = rest.iter().position(|byte| *byte == b'\n');
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
}

/// Whether what follows these words in a line is what a filter, or a collector of logs, wrote: there are none but a list's brackets, or
/// they end with a filter's name. Neither the access log nor what Envoy says of a request has what clients wrote but in quotes.
fn begins(words: &[u8]) -> bool {
    let words = words.trim_ascii();
    if words
        .iter()
        .all(|byte| *byte == b'[' || byte.is_ascii_whitespace())
    {
        return true;
    }
    let says = words.windows(SAYS.len()).position(|words| words == SAYS);
    let name = match says {
        Some(says) => words.get(says + SAYS.len()..).unwrap_or_default(),
        // what was before it was cut off
        None if words.contains(&b' ') => return false,
        None => words,
    };
    let is_name = |name: &[u8]| !name.contains(&b':');
    name.strip_suffix(b":").is_some_and(is_name) && !words.iter().any(|byte| b"\"'".contains(byte))
}

/// The JSON that begins here, and what follows it directly; the rest is behind it.
fn values<'t>(
    text: &'t [u8],
    depth: u32,
    found: &mut Found,
    patience: &mut Option<usize>,
) -> &'t [u8] {
    let mut rest = text;
    loop {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => unwrap("", value, depth, found),
            failed => {
                if rest
                    .split(|byte| *byte == b'\n')
                    .next()
                    .is_some_and(contains)
                {
                    found.left.get_or_insert(Why::Malformed);
                }
                *patience = patience.and_then(|left| left.checked_sub(length(failed, rest)));
                return rest;
            }
        }
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
        let between = |byte: &u8| b" \t\r\n,[]".contains(byte);
        let next = rest.iter().position(|byte| !between(byte));
        match next.and_then(|next| rest.get(next..)) {
            Some(next) if next.starts_with(b"{") => rest = next,
            _ => return rest,
        }
    }
}

/// How much was read before it was no JSON.
fn length(failed: Option<Result<Value, Error>>, from: &[u8]) -> usize {
    match failed {
        Some(Err(error)) if error.line() == 1 => error.column(),
        _ => from.len(),
    }
}

/// The value is an event, or has some; `name` is the member that it is.
fn unwrap(name: &str, value: Value, depth: u32, found: &mut Found) {
    if is_event(&value) {
        found.events.push(value);
        return;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                unwrap(&name, member, depth, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                unwrap(name, item, depth, found);
            }
        }
        Value::String(text) if is_line(name) && contains(text.as_bytes()) => {
            within(text.as_bytes(), depth, found);
        }
        _ => {}
    }
}

fn is_line(name: &str) -> bool {
    LINES.contains(&name.to_ascii_lowercase().as_str())
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
