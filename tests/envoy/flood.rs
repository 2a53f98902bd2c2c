//! Many requests over a few connections that stay open, one after another; only the statuses are kept.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

const CONNECTIONS: usize = 4;
/// Longest wait for one answer.
const DUE: Duration = Duration::from_secs(30);

/// Sends `count` requests, whose bytes `request` makes of their number; says how many got which status.
pub fn flood(
    address: SocketAddr,
    count: usize,
    request: impl Fn(usize) -> Vec<u8> + Sync,
) -> Result<BTreeMap<u16, usize>> {
    let request = &request;
    thread::scope(|scope| {
        let run = |first: usize| {
            scope.spawn(move || exchange(address, (first..count).step_by(CONNECTIONS), request))
        };
        let running: Vec<_> = (0..CONNECTIONS).map(run).collect();
        let mut statuses = BTreeMap::new();
        for thread in running {
            for status in thread.join().ok().context("a client failed")?? {
                *statuses.entry(status).or_default() += 1;
            }
        }
        Ok(statuses)
    })
}

fn exchange(
    address: SocketAddr,
    numbers: impl Iterator<Item = usize>,
    request: &impl Fn(usize) -> Vec<u8>,
) -> Result<Vec<u16>> {
    let mut connection = connect(address)?;
    let mut statuses = Vec::new();
    for number in numbers {
        let bytes = request(number);
        let (status, stays) =
            ask(&mut connection, &bytes).with_context(|| format!("request {number}"))?;
        statuses.push(status);
        if !stays {
            connection = connect(address)?;
        }
    }
    Ok(statuses)
}

/// A connection that stays open.
pub fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, DUE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DUE))?;
    Ok(BufReader::new(stream))
}

/// The status, and whether the connection stays open.
pub fn ask(connection: &mut BufReader<TcpStream>, request: &[u8]) -> Result<(u16, bool)> {
    connection.get_mut().write_all(request)?;
    let mut line = String::new();
    connection.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("no status line: {line:?}"))?;
    let (mut length, mut stays) = (0, true);
    loop {
        line.clear();
        ensure!(connection.read_line(&mut line)? > 0, "the head is cut");
        let field = line.trim_end().to_ascii_lowercase();
        match field.split_once(": ") {
            Some(("content-length", value)) => length = value.parse()?,
            Some(("connection", "close")) => stays = false,
            _ if field.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body)?;
    Ok((status, stays))
}
