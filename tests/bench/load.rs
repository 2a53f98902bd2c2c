//! A load generator: some connections that are kept alive, each with one request after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow, ensure};

/// Connections at once.
const CONNECTIONS: usize = 8;
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);
/// What every answer begins with.
const EXPECTED: &[u8] = b"HTTP/1.1 200";

/// What was done.
#[derive(Debug, Clone)]
pub struct Load {
    /// time from sending to answer of each request, in order
    latencies: Vec<Duration>,
    /// time that it took
    pub elapsed: Duration,
}

impl Load {
    /// Answered requests.
    #[must_use]
    pub const fn requests(&self) -> usize {
        self.latencies.len()
    }

    /// The latency that this part of the requests does not exceed, in microseconds.
    #[must_use]
    pub fn latency(&self, part: f64) -> f64 {
        let at = (self.latencies.len() as f64 * part) as usize;
        let latency = self.latencies.get(at.min(self.latencies.len() - 1));
        latency.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e6)
    }
}

/// Sends `requests` in turns for `duration`, from the one that `next` says; every answer must be 200.
///
/// # Errors
/// A connection breaks, or an answer is another one.
pub fn run(
    address: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    duration: Duration,
) -> Result<Load> {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let latencies: Result<Vec<Vec<Duration>>> = thread::scope(|scope| {
        let connection = || client(address, requests, next, &stop);
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(connection)).collect();
        thread::sleep(duration);
        stop.store(true, Ordering::Relaxed);
        let latencies = clients
            .into_iter()
            .map(|client| client.join().map_err(|_| anyhow!("a client panicked"))?);
        latencies.collect()
    });
    let elapsed = start.elapsed();
    let mut latencies = latencies?.concat();
    ensure!(!latencies.is_empty(), "nothing was answered");
    latencies.sort_unstable();
    Ok(Load { latencies, elapsed })
}

fn client(
    address: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    stop: &AtomicBool,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER))?;
    let mut latencies = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let at = next.fetch_add(1, Ordering::Relaxed) % requests.len();
        latencies.push(ask(&mut stream, &requests[at])?);
    }
    Ok(latencies)
}

/// Unix seconds.
///
/// # Errors
/// The clock is before 1970.
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// Sends a request and waits for its answer.
///
/// # Errors
/// The connection breaks, or the answer is not 200.
pub fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<Duration> {
    let start = Instant::now();
    stream.write_all(request)?;
    let (mut buffer, mut length) = ([0; 4096], 0);
    // the answers have no body
    while !buffer[..length].ends_with(b"\r\n\r\n") {
        let count = stream.read(&mut buffer[length..])?;
        ensure!(count > 0, "the connection ended");
        length += count;
    }
    let latency = start.elapsed();
    let answer = &buffer[..length];
    ensure!(
        answer.starts_with(EXPECTED),
        "{}",
        String::from_utf8_lossy(answer)
    );
    Ok(latency)
}
