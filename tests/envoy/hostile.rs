//! Malformed requests in great number: valid ones of the corpus, with mistakes in their bytes, over HTTP/1.1 and HTTP/2, whole, cut and
//! broken off. No virtual machine fails, nothing reaches the model server that no event allows, and whoever sends good requests
//! meanwhile gets the right answers.
//!
//! `MODELGATE_HOSTILE` says how many to each Envoy.

use std::env;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::Trial;
use policies::decision::Verdict;
use tests::backend::Backend;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::cases::{Case, Place, Subject};
use tests::envoy::{Proxy, Setup};
use tests::mutation::Dice;
use tests::process::free_addresses;

use crate::audit;
use crate::corpus::{failed, now};

pub mod mistakes;

/// Whom the policy lets through.
pub const GRANTED: &str = "{ name: granted, who: ana, expect: { verdict: allow, status: 200 } }";
/// Without a body: a connection whose request is refused before its end is closed.
pub const REFUSED: &str = "{ name: refused, who: newsletter, expect: { verdict: deny, status: 403 },
    request: { method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true } }";
/// Requests to each Envoy unless the environment says otherwise.
const COUNT: usize = 4000;
const NUMBER: &str = "MODELGATE_HOSTILE";
const CLIENTS: usize = 16;
/// Malformed requests between two pairs of good ones.
const BETWEEN: usize = 50;
/// Bodies above this length show nothing that shorter ones do not.
const SHORT: usize = 4096;
/// Longest wait for a good request's answer.
const DUE: Duration = Duration::from_secs(30);
/// Wait for whatever a malformed request is answered.
const PATIENCE: Duration = Duration::from_millis(20);

/// One for each body mode.
pub fn trials(subjects: &[Subject]) -> Vec<Trial> {
    let cases = subjects.iter().flat_map(|subject| subject.cases.clone());
    let cases: Vec<Case> = cases.filter(|case| case.runs(Place::Envoy)).collect();
    let trial = |mode: Mode| {
        let cases = cases.clone();
        let name = format!(
            "{} hostile: malformed requests, and good ones beside them",
            mode.name()
        );
        Trial::test(name, move || hostile(mode, &cases).map_err(failed))
    };
    Mode::ALL.into_iter().map(trial).collect()
}

fn hostile(mode: Mode, cases: &[Case]) -> Result<()> {
    let count = env::var(NUMBER).map_or(Ok(COUNT), |number| number.parse())?;
    let messages: Vec<Message> = cases
        .iter()
        .map(|case| Ok(Message::of(case, now()?, "hostile")))
        .collect::<Result<_>>()?;
    let messages: Vec<Message> = messages
        .into_iter()
        .filter(|message| message.whole_body().len() <= SHORT)
        .collect();
    let backend = Backend::start()?;
    let [nobody] = free_addresses()?;
    let setup = Setup::new(mode.compiled(), backend.address, nobody)?;
    let proxy = setup.start(&format!("hostile-{}", mode.name()))?;
    let answered = send_all(&proxy, &messages, count)?;
    proxy.no_machine_failed()?;
    let log = proxy.log()?;
    let events = audit::events(&log)?;
    let allowed = events
        .iter()
        .filter(|event| event.verdict == Verdict::Allow)
        .count();
    let reached = backend.whole();
    ensure!(
        reached <= allowed,
        "{reached} whole requests reached the model server, {allowed} were allowed"
    );
    ensure!(
        events.len() >= count / 20,
        "only {} requests came to the filter",
        events.len()
    );
    eprintln!(
        "{} hostile: {count} malformed requests, {answered:?} good ones answered, {} events, {allowed} allowed, {reached} reached the model server",
        mode.name(),
        events.len()
    );
    Ok(())
}

/// After each pair of good requests was answered, so many malformed ones may go; how many of each were answered: granted, refused.
/// So the proxy sets the pace, and a good request never waits behind more than these.
fn send_all(proxy: &Proxy, messages: &[Message], count: usize) -> Result<[usize; 2]> {
    let address = proxy.address;
    let (allow, numbers) = mpsc::sync_channel(BETWEEN);
    let numbers = Mutex::new(numbers);
    let client = || {
        let next = || {
            numbers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv()
        };
        while let Ok(number) = next() {
            attack(address, messages, number)?;
        }
        Ok::<_, anyhow::Error>(())
    };
    thread::scope(|scope| {
        let good = scope.spawn(move || good_ones(address, count, &allow));
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(client)).collect();
        let answered = good.join().ok().context("a client failed")?;
        for client in clients {
            client.join().ok().context("a client failed")??;
        }
        answered
    })
}

/// One malformed request. A proxy that closes early is right to; one that cannot be reached is not.
pub fn attack(address: SocketAddr, messages: &[Message], number: usize) -> Result<()> {
    let mut dice = Dice::new(number as u64 + 1);
    let message = dice.pick(messages);
    let parts = mistakes::parts(message, &mut dice);
    let mut stream =
        TcpStream::connect_timeout(&address, DUE).with_context(|| format!("request {number}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    for part in parts {
        if stream.write_all(&part).is_err() {
            return Ok(());
        }
    }
    match dice.below(4) {
        // a reset where something was not read, an end otherwise
        0 => {}
        1 => drop(stream.shutdown(Shutdown::Write)),
        _ => drop(stream.read(&mut [0; 4096])),
    }
    Ok(())
}

/// Granted and refused requests by turns, over connections that stay open, until all malformed ones may go and once more.
fn good_ones(address: SocketAddr, count: usize, allow: &SyncSender<usize>) -> Result<[usize; 2]> {
    let requests = [request(GRANTED)?, request(REFUSED)?];
    let mut streams = [connect(address)?, connect(address)?];
    let mut answered = [0; 2];
    for first in (0..=count).step_by(BETWEEN) {
        for (at, expected) in [(0, 200), (1, 403)] {
            let status = ask(&mut streams[at], &requests[at]);
            let status = status.with_context(|| format!("good request {answered:?}"))?;
            ensure!(
                status == expected,
                "a good request got {status}, not {expected}"
            );
            answered[at] += 1;
        }
        for number in first..count.min(first + BETWEEN) {
            allow.send(number)?;
        }
    }
    Ok(answered)
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, DUE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(DUE))?;
    Ok(stream)
}

fn request(case: &str) -> Result<Vec<u8>> {
    let case: Case = serde_saphyr::from_str(case)?;
    Ok(mistakes::http1(&Message::of(&case, now()?, "good")).concat())
}

/// The status; the answer's body is read, so that the connection can be used again.
fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<u16> {
    stream.write_all(request)?;
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer)?;
        ensure!(count > 0, "the connection ended");
        bytes.extend(&buffer[..count]);
        if let Some(status) = whole(&bytes)? {
            return Ok(status);
        }
    }
}

/// The status, where the answer is there to its end.
fn whole(answer: &[u8]) -> Result<Option<u16>> {
    let text = String::from_utf8_lossy(answer).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Ok(None);
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let Some(length) = length else {
        bail!("no length: {head}")
    };
    let status = head.get(9..12).context("a status line")?.parse()?;
    Ok((body.len() >= length.parse::<usize>()?).then_some(status))
}
