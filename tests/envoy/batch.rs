//! `audit: { batch: true }`: lines are gathered, and every exchange has its event all the same.

use std::thread;

use anyhow::{Result, anyhow, ensure};
use libtest_mimic::Trial;
use tests::audit::{events, wait_for};
use tests::backend::Backend;
use tests::cases::fixture::compile;
use tests::envoy::{Proxy, Setup};

use crate::corpus::failed;
use crate::tokens::status;

/// Requests of each client, one after the other, and clients at once.
const EACH: usize = 20;
const CLIENTS: usize = 4;
/// What a pipe takes in one piece (POSIX `PIPE_BUF`, as Linux has it).
const PIECE: usize = 4096;

/// The one trial.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "batch: events that are written several at once are all there, once each, in pieces that a pipe keeps whole",
        || gathered().map_err(failed),
    )]
}

fn gathered() -> Result<()> {
    let compiled = compile(|gate| {
        gate.replacen(
            "audit: { level: decision }",
            "audit: { level: decision, batch: true }",
            1,
        )
    })?;
    let backend = Backend::start()?;
    let proxy = Setup::new(&compiled, backend.address, backend.address)?.start("batch")?;
    thread::scope(|scope| {
        let proxy = &proxy;
        let client = |number| scope.spawn(move || requests(proxy, number));
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let ended = |client: thread::ScopedJoinHandle<'_, Result<()>>| {
            client.join().map_err(|_| anyhow!("a client panicked"))?
        };
        clients.into_iter().try_for_each(ended)
    })?;
    // the last of each client: the proxy is idle, and the next tick writes what was gathered
    for client in 0..CLIENTS {
        wait_for(&proxy, &id(client, EACH - 1))?;
    }
    pieces(&proxy.log()?)
}

fn requests(proxy: &Proxy, client: usize) -> Result<()> {
    for number in 0..EACH {
        let status = status(proxy, "ana", &id(client, number))?;
        ensure!(status == 200, "{status}");
    }
    Ok(())
}

fn id(client: usize, number: usize) -> String {
    format!("batch-{client}-{number}")
}

/// A piece begins with the proxy's own words; the lines that follow are bare.
fn pieces(log: &str) -> Result<()> {
    let mut ids: Vec<_> = events(log)?
        .into_iter()
        .filter_map(|event| event.request_id)
        .collect();
    ids.retain(|id| id.starts_with("batch-"));
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    ensure!(
        count == EACH * CLIENTS && ids.len() == count,
        "{count} events of {} requests",
        ids.len()
    );
    let bare = log.lines().filter(|line| line.starts_with('{')).count();
    ensure!(bare > 0, "no two events were written at once");
    let (mut piece, mut longest) = (0, 0);
    for line in log.lines() {
        piece = line.len() + 1 + if line.starts_with('{') { piece } else { 0 };
        longest = longest.max(piece);
    }
    ensure!(longest <= PIECE, "a piece of {longest} bytes");
    Ok(())
}
