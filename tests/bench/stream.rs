//! Large bodies that name the model at their end, in body mode `stream`: bytes a second through a bare Envoy and through the filter, in turns,
//! and what both come to hold in memory.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager, module};

use crate::variant::load_module;

/// Bytes of one body, about.
const BODY: usize = 10_000_000;
/// Bodies in one round.
const BODIES: usize = 6;
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(60);
/// A person who may use the model, with a token that lasts longer than the bench.
const CASE: &str = "{ name: stream, who: { like: sam, claims: { exp: now+36000 } }, request: { like: chat, bodiless: true }, expect: { verdict: allow, status: 200, reason: allowed } }";

/// What was measured of one body, bare and through the filter.
pub struct Measured {
    name: &'static str,
    /// of each round: bare, filtered
    rounds: Vec<(Round, Round)>,
}

/// What one Envoy did with some bodies.
#[derive(Clone, Copy)]
struct Round {
    /// megabytes a second
    rate: f64,
    /// microseconds of its processor time for a megabyte
    cost: f64,
}

/// What the Envoys came to hold, in kilobytes: before the first body and at most.
pub struct Memory {
    bare: (u64, u64),
    filtered: (u64, u64),
}

/// Measures every body in turns.
///
/// # Errors
/// Something does not start, or a body is refused.
pub fn measure(rounds: usize) -> Result<(Vec<Measured>, Memory)> {
    let sink = sink()?;
    let (bare, filtered) = (
        start("stream-bare", sink, None)?,
        start("stream-filter", sink, Some(&module()?))?,
    );
    let head = head()?;
    let bodies = [
        ("messages of 2 kB", messages()),
        ("a picture in base64", picture()),
        ("numbers", numbers()),
    ];
    let before = (resident(&bare)?, resident(&filtered)?);
    let mut measured = Vec::new();
    for (name, body) in bodies {
        let request = [
            head.as_bytes(),
            format!("content-length: {}\r\n\r\n", body.len()).as_bytes(),
            &body,
        ]
        .concat();
        for proxy in [&bare, &filtered] {
            pass(proxy, &request)?;
        }
        let round = |_| Ok((pass(&bare, &request)?, pass(&filtered, &request)?));
        let rounds = (0..rounds).map(round).collect::<Result<_>>()?;
        measured.push(Measured { name, rounds });
    }
    let memory = Memory {
        bare: (before.0, most_resident(&bare)?),
        filtered: (before.1, most_resident(&filtered)?),
    };
    Ok((measured, memory))
}

/// Prints the table; the same for `results.json`.
#[must_use]
pub fn report(measured: &[Measured], memory: &Memory) -> Value {
    println!(
        "\n{:34} {:>12} {:>12} {:>9} {:>14} {:>12} {:>12}",
        "10 MB in a stream",
        "bare MB/s",
        "filter MB/s",
        "ratio",
        "least to most",
        "bare µs/MB",
        "filter µs/MB"
    );
    let mut results = Vec::new();
    for Measured { name, rounds } in measured {
        let middle = |of: fn(&(Round, Round)) -> f64| median(rounds.iter().map(of));
        let (bare, filtered) = (middle(|round| round.0.rate), middle(|round| round.1.rate));
        let costs = (middle(|round| round.0.cost), middle(|round| round.1.cost));
        let ratios: Vec<f64> = rounds
            .iter()
            .map(|(bare, filtered)| filtered.rate / bare.rate)
            .collect();
        let ratio = median(ratios.iter().copied());
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        println!(
            "{name:34} {bare:12.0} {filtered:12.0} {ratio:9.2} {:>14} {:12.0} {:12.0}",
            format!("{least:.2} to {most:.2}"),
            costs.0,
            costs.1
        );
        results.push(json!({ "body": name, "bareMegabytesPerSecond": bare, "megabytesPerSecond": filtered, "ratio": { "median": ratio, "least": least, "most": most }, "bareMicrosPerMegabyte": costs.0, "microsPerMegabyte": costs.1 }));
    }
    let grown = |(before, most): (u64, u64)| most.saturating_sub(before) / 1024;
    println!(
        "resident memory grew by {} MB bare, {} MB with the filter",
        grown(memory.bare),
        grown(memory.filtered)
    );
    json!({ "bodies": results, "grownMegabytes": { "bare": grown(memory.bare), "filter": grown(memory.filtered) } })
}

/// Envoy with this build of the filter, or without any.
///
/// # Errors
/// It does not start.
pub fn start(name: &str, backend: SocketAddr, module: Option<&Path>) -> Result<Proxy> {
    let mut setup = Setup::new(
        Mode::Stream.compiled(),
        backend,
        (Ipv4Addr::LOCALHOST, 1).into(),
    )?;
    let filters = manager(setup.listener())?["http_filters"].as_array_mut();
    let filters = filters.context("there are filters")?;
    match module {
        Some(module) => load_module(filters, module.canonicalize()?)?,
        None => drop(filters.remove(0)),
    }
    setup.start(name)
}

fn head() -> Result<String> {
    let case: Case = serde_saphyr::from_str(CASE)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let message = Message::of(&case, now, "stream");
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\n",
        String::from_utf8_lossy(&message.path),
        String::from_utf8_lossy(&message.authority)
    );
    for (name, value) in &message.headers {
        head.push_str(&format!(
            "{}: {}\r\n",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(value)
        ));
    }
    Ok(head)
}

fn messages() -> Vec<u8> {
    let text = "All work and no play makes Jack a dull boy. ".repeat(45);
    let message = format!("{{\"role\":\"user\",\"content\":\"{text}\"}}");
    named(
        "messages",
        &vec![message.as_str(); BODY / message.len()].join(","),
    )
}

fn picture() -> Vec<u8> {
    let bytes = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ".repeat(BODY / 44);
    let url = format!("{{\"type\":\"image_url\",\"image_url\":\"data:image/png;base64,{bytes}\"}}");
    named("messages", &url)
}

fn numbers() -> Vec<u8> {
    let number = |number| format!("{}.{number:012}", number % 97);
    let numbers: Vec<String> = (0..BODY / 16).map(number).collect();
    named("input", &numbers.join(","))
}

fn named(member: &str, items: &str) -> Vec<u8> {
    format!("{{\"{member}\":[{items}],\"model\":\"assistant-small\"}}").into_bytes()
}

/// One round.
fn pass(proxy: &Proxy, request: &[u8]) -> Result<Round> {
    let stream = TcpStream::connect(proxy.address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER))?;
    let mut answers = BufReader::new(&stream);
    let (before, start) = (processor(proxy)?, Instant::now());
    for _ in 0..BODIES {
        (&stream).write_all(request)?;
        let mut line = String::new();
        answers.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 204"), "{line}");
        while line.trim() != "" {
            line.clear();
            answers.read_line(&mut line)?;
        }
    }
    let megabytes = (request.len() * BODIES) as f64 / 1e6;
    Ok(Round {
        rate: megabytes / start.elapsed().as_secs_f64(),
        cost: (processor(proxy)? - before) / megabytes,
    })
}

/// Microseconds that the threads of an Envoy had a processor for (proc(5) and the kernel's `sched-stats.rst`: `schedstat`).
fn processor(proxy: &Proxy) -> Result<f64> {
    let mut sum = 0.0;
    for task in fs::read_dir(format!("/proc/{}/task", proxy.pid()))? {
        let text = fs::read_to_string(task?.path().join("schedstat"))?;
        sum += text.split(' ').next().context("a number")?.parse::<f64>()? / 1e3;
    }
    Ok(sum)
}

/// A model server that reads every body to its end. Its threads end with the process.
///
/// # Errors
/// There is no free port.
pub fn sink() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // a connection that breaks fails the client
            thread::spawn(move || swallow(&stream).ok());
        }
    });
    Ok(address)
}

fn swallow(stream: &TcpStream) -> Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, stream);
    let mut line = String::new();
    loop {
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
            chunked |= line
                .to_ascii_lowercase()
                .starts_with("transfer-encoding: chunked");
            if line.trim().is_empty() {
                break;
            }
        }
        while chunked {
            line.clear();
            input.read_line(&mut line)?;
            let size = u64::from_str_radix(line.trim(), 16)?;
            // with the line end behind it
            std::io::copy(&mut (&mut input).take(size + 2), &mut std::io::sink())?;
            chunked = size > 0;
        }
        std::io::copy(&mut (&mut input).take(length), &mut std::io::sink())?;
        (&*stream).write_all(b"HTTP/1.1 204 No Content\r\n\r\n")?;
    }
}

fn resident(proxy: &Proxy) -> Result<u64> {
    status(proxy, "VmRSS:")
}

fn most_resident(proxy: &Proxy) -> Result<u64> {
    status(proxy, "VmHWM:")
}

/// Kilobytes of `/proc/PID/status`, see proc(5).
fn status(proxy: &Proxy, field: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{}/status", proxy.pid()))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("a number")?.parse()?)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
