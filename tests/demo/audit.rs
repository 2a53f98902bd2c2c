//! The audit events in Envoy's log, found by the trace id that each request carried.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use policies::audit::AuditEvent;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// Longest wait for an event after the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How every event begins.
const BEGINNING: &str = r#"{"kind":"modelgate.audit""#;

/// Events by trace id.
pub type Events = BTreeMap<String, Vec<AuditEvent>>;

/// The `traceparent` of a request (W3C Trace Context), and the trace id in it.
pub fn traceparent(number: usize) -> (String, String) {
    let trace = format!("{:032x}", number + 1);
    (format!("00-{trace}-00f067aa0ba902b7-01"), trace)
}

/// Reads the log until there is an event of each trace, or for ten seconds.
pub fn collect(log: &Path, traces: &[String]) -> Result<Events> {
    let start = Instant::now();
    loop {
        let events = read(log)?;
        let complete = traces.iter().all(|trace| events.contains_key(trace));
        if complete || start.elapsed() > PATIENCE {
            return Ok(events);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The event as lines of names and values, those that were not known left out.
pub fn readable(event: &AuditEvent) -> Result<String> {
    let Fields(fields) = serde_json::from_str(&event.to_line())?;
    let known: Vec<_> = fields
        .iter()
        .filter(|(_, value)| !is_unknown(value))
        .collect();
    let width = known
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let lines = known.iter().map(|(name, value)| {
        format!(
            "  {:<width$}  {}\n",
            format!("{name}:"),
            plain(value),
            width = width + 1
        )
    });
    Ok(lines.collect())
}

fn read(log: &Path) -> Result<Events> {
    let text = fs::read(log).with_context(|| format!("read `{}`", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    let mut events = Events::new();
    // the last line may not be complete yet
    let lines = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    for line in lines.filter_map(|line| line.find(BEGINNING).and_then(|start| line.get(start..))) {
        let mut values = serde_json::Deserializer::from_str(line).into_iter::<AuditEvent>();
        let event = values
            .next()
            .context("an event")?
            .with_context(|| format!("not an audit event: {line}"))?;
        if let Some(trace) = event.trace_id.clone() {
            events.entry(trace).or_default().push(event);
        }
    }
    Ok(events)
}

fn is_unknown(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The members of a JSON object in the order they are written.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Fields;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields, A::Error> {
        let mut fields = Vec::new();
        while let Some(member) = members.next_entry()? {
            fields.push(member);
        }
        Ok(Fields(fields))
    }
}
