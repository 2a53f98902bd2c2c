//! The worst requests that are accepted, one after the other through a bare Envoy and through the filter, by turns: processor time of the
//! one worker for each. Ticks of 10 ms are too coarse for that; the scheduler counts nanoseconds.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::message::Message;
use tests::envoy::{Proxy, module};

use crate::bodies::bodies;
use crate::load::now;
use crate::running::head;
use crate::stream::{sink, start};
use crate::worker::Worker;

/// Requests of each kind to each Envoy; the most costly of them is what one in a thousand may cost.
const REQUESTS: usize = 1000;
const WARM_UP: usize = 20;
/// Longest token, and how much of it a claim fills.
const TOKEN: usize = 8192;
const PAD: usize = 5480;
const GET: &str =
    "{ method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true }";

/// Requests of one kind, sent by turns.
struct Kind {
    name: &'static str,
    requests: Vec<Vec<u8>>,
}

/// Measures and prints, our module and other builds of it by turns; the same for the file. What is no build is a part of the names of
/// the requests that are wanted.
///
/// # Errors
/// Something does not start, or a request is not accepted.
pub fn measure(arguments: &[String]) -> Result<Value> {
    let is_build = |argument: &&String| argument.ends_with(".wasm");
    let (others, names): (Vec<&String>, Vec<&String>) = arguments.iter().partition(is_build);
    let is_wanted =
        |kind: &Kind| names.is_empty() || names.iter().any(|name| kind.name.contains(*name));
    let modules: Vec<PathBuf> = std::iter::once(module()?)
        .chain(others.iter().map(PathBuf::from))
        .collect();
    let proxies = proxies(&modules)?;
    println!(
        "{:44} {:>8} {:>9} {:>8} {:>9} {:>9} {:>10}",
        "µs of processor, one request at a time",
        "bare p50",
        "p99.9",
        "p50",
        "p99.9",
        "added p50",
        "added p99.9"
    );
    let mut results = Vec::new();
    for kind in kinds()?.into_iter().filter(is_wanted) {
        let workers = proxies.iter().map(Worker::of);
        let mut workers: Vec<Worker> = workers.collect::<Result<_>>()?;
        for number in 0..WARM_UP + REQUESTS {
            if number == WARM_UP {
                workers.iter_mut().for_each(|worker| worker.costs.clear());
            }
            let request = &kind.requests[number % kind.requests.len()];
            for worker in &mut workers {
                worker.send(request).context(kind.name)?;
            }
        }
        let (bare, filters) = workers.split_first().context("a bare Envoy")?;
        for (filter, module) in filters.iter().zip(&modules) {
            let name = match others.as_slice() {
                [] => kind.name.to_owned(),
                _ => format!("{}: {}", stem(module), kind.name),
            };
            results.push(report(&name, bare, filter));
        }
    }
    Ok(results.into())
}

/// A bare one, and one with each module.
fn proxies(modules: &[PathBuf]) -> Result<Vec<Proxy>> {
    let sink = sink()?;
    let mut proxies = vec![start("worst-bare", sink, None)?];
    for (number, module) in modules.iter().enumerate() {
        let name = format!("worst-filter-{number}");
        proxies.push(start(&name, sink, Some(module))?);
    }
    Ok(proxies)
}

fn stem(module: &Path) -> String {
    let stem = module.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

fn report(name: &str, bare: &Worker, filter: &Worker) -> Value {
    let of = |worker: &Worker| (worker.percentile(0.5), worker.percentile(0.999));
    let (bare, filter) = (of(bare), of(filter));
    let added = (filter.0 - bare.0, filter.1 - bare.1);
    println!(
        "{name:44} {:8.0} {:9.0} {:8.0} {:9.0} {:9.0} {:10.0}",
        bare.0, bare.1, filter.0, filter.1, added.0, added.1
    );
    let both = |(p50, p999): (f64, f64)| json!({ "p50": p50, "p99.9": p999 });
    json!({ "request": name, "bareMicros": both(bare), "micros": both(filter), "addedMicros": both(added) })
}

fn kinds() -> Result<Vec<Kind>> {
    let kind = |name, requests| Kind { name, requests };
    let get = |number: usize, pad: usize| request("lena", number, pad, GET, None);
    let (ordinary, greatest) = (get(0, 0)?, with_fields(get(0, PAD)?));
    let new: Vec<Vec<u8>> = (1..=WARM_UP + REQUESTS)
        .map(|number| Ok(with_fields(get(number, PAD)?)))
        .collect::<Result<_>>()?;
    let mut kinds = vec![
        kind("an ordinary request, no body", vec![ordinary]),
        kind("token of 8 KiB, 64 fields", vec![greatest]),
        kind("token of 8 KiB, first seen, 64 fields", new),
    ];
    for body in bodies() {
        let request = request(body.who, 0, 0, body.like, Some((body.bytes, body.piece)))?;
        kinds.push(kind(body.name, vec![request]));
    }
    Ok(kinds)
}

/// As it goes out, with a token that lasts longer than the bench.
fn request(
    who: &str,
    number: usize,
    pad: usize,
    like: &str,
    body: Option<(Vec<u8>, Option<usize>)>,
) -> Result<Vec<u8>> {
    let pad = "x".repeat(pad);
    let case = format!(
        "{{ name: worst, who: {{ like: {who}, claims: {{ exp: now+36000, jti: 'worst-{number:06}', pad: '{pad}' }} }}, \
         request: {like}, expect: {{ verdict: allow, status: 200 }} }}"
    );
    let case: Case = serde_saphyr::from_str(&case)?;
    let message = Message::of(&case, now()?, "worst");
    for (_, value) in &message.headers {
        ensure!(
            value.len() <= TOKEN + "Bearer ".len(),
            "a token of {} bytes",
            value.len()
        );
    }
    let mut bytes = head(&message);
    match body {
        None => bytes.extend(b"\r\n"),
        Some((body, None)) => {
            bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend(body);
        }
        Some((body, Some(piece))) => {
            bytes.extend(b"transfer-encoding: chunked\r\n\r\n");
            for piece in body.chunks(piece) {
                bytes.extend(format!("{:x}\r\n", piece.len()).bytes());
                bytes.extend(piece);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    Ok(bytes)
}

/// A request without a body with more fields, up to 64.
fn with_fields(mut request: Vec<u8>) -> Vec<u8> {
    request.truncate(request.len() - 2);
    let there = request.iter().filter(|byte| **byte == b'\n').count() - 1;
    for number in there..64 {
        request.extend(format!("x-field-{number}: {}\r\n", "y".repeat(200)).bytes());
    }
    request.extend(b"\r\n");
    request
}
