//! Ten thousand requests whose bodies come byte by byte and never end: what an Envoy holds that buffers them itself, or passes them on,
//! and what one holds whose filter waits for the name of a model.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, manager, stats};
use tests::memory;

use crate::load::now;

const REQUESTS: usize = 10_000;
const BEGIN: &[u8] = br#"{"messages":[{"role":"us"#;
const ARRIVED: Duration = Duration::from_secs(60);
const CASE: &str = "{ name: trickle, who: { like: sam, claims: { exp: now+36000 } }, request: { like: chat, bodiless: true }, expect: { verdict: allow, status: 200 } }";

/// Measures and prints; the same for the file.
///
/// # Errors
/// Something does not start, or a connection breaks.
pub fn measure() -> Result<Value> {
    let silent = silent()?;
    let of = |mode: Mode| {
        let name = format!("trickle-{}", mode.name());
        let bare = held(&start(&format!("{name}-bare"), silent, mode, false)?)?;
        let filtered = held(&start(&name, silent, mode, true)?)?;
        println!(
            "\n{REQUESTS} open requests, {}: {} MB in an Envoy without the filter, {} MB with it, whose machines grew from {:?} to {:?} bytes",
            mode.name(),
            bare.kilobytes / 1024,
            filtered.kilobytes / 1024,
            filtered.before,
            filtered.after
        );
        Ok(json!({
            "requests": REQUESTS,
            "mode": mode.name(),
            "grownKilobytes": { "bare": bare.kilobytes, "filter": filtered.kilobytes },
            "machines": { "before": filtered.before, "after": filtered.after },
        }))
    };
    let measured: Vec<Value> = Mode::ALL.into_iter().map(of).collect::<Result<_>>()?;
    Ok(measured.into())
}

/// What the process grew by, and the linear memories of its virtual machines.
struct Held {
    kilobytes: u64,
    before: Vec<u64>,
    after: Vec<u64>,
}

/// A model server that reads everything and says nothing. Its threads end with the process.
fn silent() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // a connection that breaks is missed by the proxy
            thread::spawn(move || io::copy(&mut stream, &mut io::sink()).ok());
        }
    });
    Ok(address)
}

/// With the filter, or without; where it would hold the bodies, Envoy's own filter does, which waits for a whole one.
fn start(name: &str, backend: SocketAddr, mode: Mode, filter: bool) -> Result<Proxy> {
    let mut setup = Setup::new(mode.compiled(), backend, backend)?;
    if !filter {
        let filters = &mut manager(setup.listener())?["http_filters"];
        let filters = filters.as_array_mut().context("there are filters")?;
        filters.remove(0);
        if mode == Mode::Hold {
            filters.insert(
                0,
                json!({ "name": "envoy.filters.http.buffer", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer",
                "max_request_bytes": 65536,
            } }),
            );
        }
    }
    // as many as that are not passed on otherwise, and a connection each would be more than a process may open
    let most = 2 * REQUESTS;
    let clusters = &mut setup.bootstrap["static_resources"]["clusters"];
    for cluster in clusters.as_array_mut().context("there are clusters")? {
        cluster["circuit_breakers"] = json!({ "thresholds": [{ "max_connections": most, "max_pending_requests": most, "max_requests": most }] });
        cluster["typed_extension_protocol_options"] = json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": { "http2_protocol_options": {} },
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
        thread::sleep(tests::process::PAUSE);
    }
}
