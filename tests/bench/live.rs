//! How long a change of policy takes until every worker of an Envoy judges by it, while requests come over old connections to each.

use std::net::{SocketAddr, TcpStream};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, ensure};
use serde_json::{Value, json};
use tests::cases::fixture::{Mode, compile};
use tests::envoy::{Proxy, Setup, filter_in_file, push, stats, with_policy};
use tests::http::read_response;

use crate::goals::most;
use crate::running::{median, request};
use crate::stream::sink;

const WORKERS: usize = 4;
const CONNECTIONS: usize = 24;
const CHANGES: usize = 20;
const NAME: &str = "live";
/// Longest wait for a change.
const LATE: Duration = Duration::from_secs(30);

/// Measures and prints; the figures, and the goal of them.
///
/// # Errors
/// Something does not start, or a change does not come.
pub fn measure() -> Result<(Value, (String, Value))> {
    let policy = |whom: &str| {
        compile(|gate| {
            gate.replacen("mode: hold", "mode: stream", 1)
                .replace("people/outsiders", whom)
        })
    };
    let (open, closed) = (policy("people/outsiders")?, policy("people/leads")?);
    let sink = sink()?;
    let mut setup = Setup::new(Mode::Stream.compiled(), sink, sink)?;
    setup.workers = WORKERS;
    let filter = filter_in_file(&mut setup, NAME)?;
    let policies = [
        with_policy(&filter, &open, false)?,
        with_policy(&filter, &closed, false)?,
    ];
    let proxy = setup.start(NAME)?;
    let mut connections = (0..CONNECTIONS)
        .map(|_| connect(proxy.address))
        .collect::<Result<Vec<_>>>()?;
    let request = request(0)?;
    let mut seconds = Vec::new();
    for number in 0..CHANGES {
        let (policy, status) = match number % 2 {
            0 => (&policies[1], 403),
            _ => (&policies[0], 204),
        };
        seconds.push(change(&mut connections, &request, policy, status)?);
    }
    every_worker_was_asked(&proxy)?;
    let slowest = seconds.iter().copied().fold(0.0, f64::max);
    let middle = median(seconds.clone());
    println!(
        "\n{CHANGES} changes were live on all of {WORKERS} workers after {middle:.3} s, at most {slowest:.3} s"
    );
    let goal = most(
        slowest,
        2.0,
        "s until a change is live on all workers, the slowest of 20",
    );
    Ok((
        json!({ "workers": WORKERS, "connections": CONNECTIONS, "seconds": seconds }),
        (String::from("F8 live"), goal),
    ))
}

/// Seconds from the file's new name to the last connection's first answer by the new policy.
fn change(
    connections: &mut [TcpStream],
    request: &[u8],
    policy: &Value,
    status: u16,
) -> Result<f64> {
    let begun = Barrier::new(connections.len() + 1);
    thread::scope(|scope| {
        let watch = |stream| {
            let begun = &begun;
            scope.spawn(move || {
                begun.wait();
                until(stream, request, status)
            })
        };
        let watching: Vec<_> = connections.iter_mut().map(watch).collect();
        begun.wait();
        let start = Instant::now();
        let pushed = push(policy, NAME);
        let mut last = start;
        for watching in watching {
            last = last.max(watching.join().map_err(|_| anyhow!("a client failed"))??);
        }
        pushed?;
        Ok((last - start).as_secs_f64())
    })
}

/// When this connection first got this status; from then on it gets no other.
fn until(stream: &mut TcpStream, request: &[u8], status: u16) -> Result<Instant> {
    let start = Instant::now();
    while ask(stream, request)? != status {
        ensure!(start.elapsed() < LATE, "the change does not come");
    }
    let seen = Instant::now();
    for _ in 0..10 {
        ensure!(ask(stream, request)? == status, "the old policy came back");
    }
    Ok(seen)
}

fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<u16> {
    std::io::Write::write_all(stream, request)?;
    Ok(read_response(stream)?.status)
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LATE))?;
    Ok(stream)
}

fn every_worker_was_asked(proxy: &Proxy) -> Result<()> {
    let all = stats(proxy.admin, "worker_.*downstream_cx_total")?;
    let asked = all.values().filter(|count| **count > 0).count();
    ensure!(asked == WORKERS, "{all:?}");
    Ok(())
}
