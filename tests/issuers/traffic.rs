//! Requests that flow all the time: one client, fifty a second, each caller in turn.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tests::http::Request;
use tests::process::PAUSE;

const INTERVAL: Duration = Duration::from_millis(20);

/// What one request got.
#[derive(Debug, Clone)]
pub struct Sent {
    /// whose token it carried
    pub caller: &'static str,
    /// its `x-request-id`
    pub id: String,
    /// when it went out
    pub at: Instant,
    /// what came back
    pub status: u16,
}

/// The client. It ends when this is dropped.
#[derive(Debug)]
pub struct Traffic {
    shared: Arc<Shared>,
    client: Option<JoinHandle<Result<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    ended: AtomicBool,
    callers: Mutex<Vec<(&'static str, String)>>,
    sent: Mutex<Vec<Sent>>,
}

impl Traffic {
    /// Begins to send requests of these callers, by their tokens.
    pub fn start(address: SocketAddr, callers: Vec<(&'static str, String)>) -> Self {
        let shared = Arc::new(Shared {
            callers: Mutex::new(callers),
            ..Shared::default()
        });
        let sending = Arc::clone(&shared);
        let client = thread::spawn(move || sending.send_all(address));
        Self {
            shared,
            client: Some(client),
        }
    }

    /// From now on this one calls too.
    pub fn add(&self, caller: &'static str, token: String) {
        lock(&self.shared.callers).push((caller, token));
    }

    /// Waits until a request is as described, and returns it.
    pub fn wait_for(&self, timeout: Duration, fits: impl Fn(&Sent) -> bool) -> Result<Sent> {
        let start = Instant::now();
        loop {
            let found = lock(&self.shared.sent)
                .iter()
                .find(|sent| fits(sent))
                .cloned();
            if let Some(sent) = found {
                return Ok(sent);
            }
            if start.elapsed() > timeout || self.client.as_ref().is_none_or(JoinHandle::is_finished)
            {
                let last = lock(&self.shared.sent).last().cloned();
                bail!(
                    "no such answer after {:?}; the last: {last:?}",
                    start.elapsed()
                );
            }
            thread::sleep(PAUSE);
        }
    }

    /// Ends it and says what became of every request, in their order.
    pub fn end(mut self) -> Result<Vec<Sent>> {
        self.shared.ended.store(true, Ordering::Relaxed);
        let client = self.client.take().context("the client runs")?;
        client.join().ok().context("the client failed")??;
        Ok(lock(&self.shared.sent).clone())
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        if let Some(client) = self.client.take() {
            // whoever drops it has a failure of his own to tell
            let _ = client.join();
        }
    }
}

impl Shared {
    fn send_all(&self, address: SocketAddr) -> Result<()> {
        let start = Instant::now();
        for number in 0.. {
            if self.ended.load(Ordering::Relaxed) {
                break;
            }
            let due = INTERVAL * number;
            thread::sleep(due.saturating_sub(start.elapsed()));
            let number = usize::try_from(number)?;
            let (caller, token) = {
                let callers = lock(&self.callers);
                callers[number % callers.len()].clone()
            };
            let (id, at) = (format!("{caller}-{number}"), Instant::now());
            let status = predict(&token, &id).send(address)?.status;
            lock(&self.sent).push(Sent {
                caller,
                id,
                at,
                status,
            });
        }
        Ok(())
    }
}

/// A request for a prediction of the fraud model.
pub fn predict(token: &str, id: &str) -> Request {
    let path = "/seldon/fraud/fraud-detector/api/v1.0/predictions";
    Request::new("POST", "fraud.models.example.com", path)
        .bearer(token)
        .header("x-request-id", id)
        .json("{}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
