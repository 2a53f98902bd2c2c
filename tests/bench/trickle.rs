//! Ten thousand requests whose bodies come byte by byte and never end: what an Envoy holds that buffers them itself, and what one holds
//! whose filter waits for the name of a model.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager, stats};
use tests::memory;

use crate::load::now;
use crate::stream::sink;

const REQUESTS: usize = 10_000;
const BEGIN: &[u8] = br#"{"messages":[{"role":"us"#;
const ARRIVED: Duration = Duration::from_secs(60);
const CASE: &str = "{ name: trickle, who: { like: sam, claims: { exp: now+36000 } }, request: { like: chat, bodiless: true }, expect: { verdict: allow, status: 200 } }";

/// Measures and prints; the same for the file.
///
/// # Errors
/// Something does not start, or a connection breaks.
pub fn measure() -> Result<Value> {
    let sink = sink()?;
    let buffered = held(&start("trickle-buffer", sink, false)?)?;
    let filtered = held(&start("trickle-filter", sink, true)?)?;
    println!(
        "\n{REQUESTS} open requests: {} MB where Envoy's own filter buffers them, {} MB with modelgate, whose machines grew from {:?} to {:?} bytes",
        buffered.kilobytes / 1024,
        filtered.kilobytes / 1024,
        filtered.before,
        filtered.after
    );
    Ok(json!({
        "requests": REQUESTS,
        "grownKilobytes": { "buffered": buffered.kilobytes, "filter": filtered.kilobytes },
        "machines": { "before": filtered.before, "after": filtered.after },
    }))
}

/// What the process grew by, and the linear memories of its virtual machines.
struct Held {
    kilobytes: u64,
    before: Vec<u64>,
    after: Vec<u64>,
}

/// With the filter, or with Envoy's own that waits for a whole body.
fn start(name: &str, backend: SocketAddr, filter: bool) -> Result<Proxy> {
    let mut setup = Setup::new(Mode::Hold.compiled(), backend, backend)?;
    if !filter {
        let filters = &mut manager(setup.listener())?["http_filters"];
        let first = filters
            .as_array_mut()
            .and_then(|filters| filters.first_mut());
        *first.context("there are filters")? = json!({ "name": "envoy.filters.http.buffer", "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
            "max_request_bytes": 65536,
        } });
    }
    setup.start(name)
}

fn held(proxy: &Proxy) -> Result<Held> {
    let case: Case = serde_saphyr::from_str(CASE)?;
    let message = Message::of(&case, now()?, "trickle");
    let mut head = [
        &message.method,
        b" ".as_slice(),
        &message.path,
        b" HTTP/1.1\r\nhost: ",
        &message.authority,
    ]
    .concat();
    head.extend(b"\r\ntransfer-encoding: chunked\r\n");
    for (name, value) in &message.headers {
        head.extend([name, b": ".as_slice(), value, b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    let (resident, before) = (
        memory::resident(proxy.pid())?,
        memory::of_machines(proxy.pid())?,
    );
    let mut open = Vec::with_capacity(REQUESTS);
    for _ in 0..REQUESTS {
        let mut stream = TcpStream::connect(proxy.address)?;
        stream.set_nodelay(true)?;
        stream.write_all(&head)?;
        open.push(stream);
    }
    for byte in BEGIN {
        let chunk = [b"1\r\n".as_slice(), &[*byte], b"\r\n"].concat();
        for stream in &mut open {
            stream.write_all(&chunk)?;
        }
    }
    let sent = REQUESTS * (head.len() + 6 * BEGIN.len());
    arrived(proxy, sent)?;
    Ok(Held {
        kilobytes: memory::resident(proxy.pid())?.saturating_sub(resident),
        before,
        after: memory::of_machines(proxy.pid())?,
    })
}

/// All of it is with the proxy, and all requests are open.
fn arrived(proxy: &Proxy, bytes: usize) -> Result<()> {
    let start = std::time::Instant::now();
    loop {
        let of = |name: &str| {
            let all = stats(proxy.admin, &format!("http.modelgate.{name}"))?;
            Ok::<u64, anyhow::Error>(all.values().sum())
        };
        let (active, received) = (
            of("downstream_rq_active")?,
            of("downstream_cx_rx_bytes_total")?,
        );
        if active == REQUESTS as u64 && received >= bytes as u64 {
            return Ok(());
        }
        ensure!(
            start.elapsed() < ARRIVED,
            "{active} are open, {received} of {bytes} bytes came"
        );
        std::thread::sleep(tests::process::PAUSE);
    }
}
