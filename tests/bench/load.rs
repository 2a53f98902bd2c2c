//! A load generator: some connections that are kept alive, each with one request after the other.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};

/// Connections at once.
const CONNECTIONS: usize = 8;
/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(10);

/// What was done.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// answered requests
    pub requests: u64,
    /// time that it took
    pub elapsed: Duration,
}

/// Sends `request` for `duration`; every answer must begin with `expected`.
///
/// # Errors
/// A connection breaks, or an answer is another one.
pub fn run(
    address: SocketAddr,
    request: &[u8],
    expected: &str,
    duration: Duration,
) -> Result<Load> {
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let requests: Result<u64> = thread::scope(|scope| {
        let connection = || client(address, request, expected.as_bytes(), &stop);
        let clients: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(connection)).collect();
        thread::sleep(duration);
        stop.store(true, Ordering::Relaxed);
        let counts = clients
            .into_iter()
            .map(|client| client.join().map_err(|_| anyhow!("a client panicked"))?);
        counts.sum()
    });
    Ok(Load {
        requests: requests?,
        elapsed: start.elapsed(),
    })
}

fn client(address: SocketAddr, request: &[u8], expected: &[u8], stop: &AtomicBool) -> Result<u64> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER))?;
    let mut buffer = [0; 4096];
    let mut requests = 0;
    while !stop.load(Ordering::Relaxed) {
        stream.write_all(request)?;
        let mut length = 0;
        // the answers have no body
        while !buffer[..length].ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut buffer[length..])?;
            ensure!(count > 0, "the connection ended");
            length += count;
        }
        ensure!(
            buffer.starts_with(expected),
            "{}",
            String::from_utf8_lossy(&buffer[..length])
        );
        requests += 1;
    }
    Ok(requests)
}
