//! Polling for what takes a moment in a mesh.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

const PAUSE: Duration = Duration::from_millis(20);

/// Polls until `attempt` yields a value; fails after `limit`.
pub fn until<T>(limit: Duration, mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = attempt()? {
            return Ok(value);
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} in vain");
        }
        thread::sleep(PAUSE);
    }
}

/// Whether a GET of `path` at `address` is answered by 200.
pub fn answers(address: &str, path: &str) -> bool {
    let Ok(address) = address.parse() else {
        return false;
    };
    tests::http::Request::new("GET", "localhost", path)
        .send(address)
        .is_ok_and(|answer| answer.status == 200)
}
