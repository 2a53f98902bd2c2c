//! The time of a question: given, or the clock's.

use std::time::{SystemTime, UNIX_EPOCH};

use compiler::syntax::timestamp;
use policies::time::UnixTime;

/// `--at`: Unix seconds or RFC 3339.
///
/// # Errors
/// When it is neither.
pub fn parse(text: &str) -> Result<UnixTime, String> {
    let error = || "write Unix seconds, or RFC 3339 like `2026-01-01T12:00:00Z`".to_owned();
    timestamp::parse(text)
        .map(UnixTime::from_secs)
        .ok_or_else(error)
}

/// The clock; 1970 where it is set to a time before.
pub fn now() -> UnixTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixTime::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
