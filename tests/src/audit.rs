//! The audit events in an Envoy's log.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use policies::audit::AuditEvent;

use crate::envoy::Proxy;
use crate::process::PAUSE;

/// Time from the end of an exchange to its line in the log.
const LOGGED: Duration = Duration::from_secs(10);
const KIND: &str = r#"{"kind":"modelgate.audit""#;

/// Every event of a log, in order.
///
/// # Errors
/// A line begins like an event and is none.
pub fn events(log: &str) -> Result<Vec<AuditEvent>> {
    log.lines()
        .filter_map(text)
        .map(|text| Ok(serde_json::from_str(text)?))
        .collect()
}

/// Every event of a proxy's log, as soon as there are so many and the last line is whole.
///
/// # Errors
/// They do not come, or the log cannot be read.
pub fn wait_for_all(proxy: &Proxy, count: usize) -> Result<Vec<AuditEvent>> {
    let start = Instant::now();
    loop {
        let log = proxy.log()?;
        let found = log.matches(KIND).count();
        if found >= count && log.ends_with('\n') {
            return events(&log);
        }
        if start.elapsed() > LOGGED {
            bail!("{found} audit events, not {count}");
        }
        std::thread::sleep(PAUSE);
    }
}

/// The event of the request with this id, as soon as it is there.
///
/// # Errors
/// It does not come, or the log cannot be read.
pub fn wait_for(proxy: &Proxy, id: &str) -> Result<AuditEvent> {
    let start = Instant::now();
    let mark = format!(r#""requestId":"{id}""#);
    loop {
        let log = proxy.log()?;
        if let Some(text) = log
            .lines()
            .filter_map(text)
            .find(|text| text.contains(&mark))
        {
            return Ok(serde_json::from_str(text)?);
        }
        if start.elapsed() > LOGGED {
            bail!("no audit event of request `{id}`");
        }
        std::thread::sleep(PAUSE);
    }
}

/// The JSON of a line that holds an event.
fn text(line: &str) -> Option<&str> {
    line.get(line.find(KIND)?..)
}
