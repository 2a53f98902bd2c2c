//! The audit events in the proxies' logs, found by the trace that each request of the tests carries.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::mesh::Mesh;
use crate::poll;
use crate::proxy::Place;
use crate::world::{GATEWAY, MODELS, World};

/// Time for a proxy's line to pass through its agent into the log.
const WRITTEN: Duration = Duration::from_secs(2);

/// Waits for the event of `trace` at `place`: its reason must be this one, and its verdict must fit.
pub fn expect(world: &World, place: &Place, trace: &str, reason: &str) -> Result<()> {
    let event = poll::until(WRITTEN, || {
        let mut events = events(world, place)?.into_iter();
        Ok(events.find(|event| event["traceId"] == trace))
    })
    .with_context(|| format!("`{}` wrote no event of trace {trace}", place.name))?;
    ensure!(
        event["reason"] == reason,
        "`{}` says {}, not {reason}",
        place.name,
        event["reason"]
    );
    let verdict = if reason == "allowed" { "allow" } else { "deny" };
    ensure!(
        event["verdict"] == verdict,
        "`{}` says {}, not {verdict}",
        place.name,
        event["verdict"]
    );
    Ok(())
}

/// `place` has written no event of `trace`: the request did not come so far. What came before `later` was written before it.
pub fn none(world: &World, place: &Place, trace: &str, later: &str) -> Result<()> {
    expect(world, place, later, "allowed")?;
    let found = events(world, place)?;
    let event = found.iter().find(|event| event["traceId"] == trace);
    ensure!(event.is_none(), "`{}` saw it: {event:?}", place.name);
    Ok(())
}

/// No request of this run has two events at one proxy.
pub fn no_request_has_two_events(mesh: &Mesh) -> Result<()> {
    for place in [GATEWAY].iter().chain(&MODELS) {
        let mut counts = BTreeMap::new();
        for event in events(&mesh.world, place)? {
            if let Some(trace) = event["traceId"].as_str() {
                *counts.entry(trace.to_owned()).or_insert(0) += 1;
            }
        }
        ensure!(!counts.is_empty(), "`{}` wrote no event", place.name);
        let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
        ensure!(
            twice.is_empty(),
            "`{}` wrote more than one event: {twice:?}",
            place.name
        );
    }
    Ok(())
}

fn events(world: &World, place: &Place) -> Result<Vec<Value>> {
    let log = fs::read_to_string(world.log(place))?;
    let mut events = Vec::new();
    // the last line may still be in the making
    for line in log.lines() {
        if let (Some(start), Some(end)) =
            (line.find(r#"{"kind":"modelgate.audit""#), line.rfind('}'))
        {
            events.extend(serde_json::from_str(&line[start..=end]).ok());
        }
    }
    Ok(events)
}
