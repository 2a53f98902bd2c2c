//! Lists of models on their way back: in pieces, with trailers, longer than may be held, and from a server that is not there.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::exchange::MAX_LIST_VALUES;
use serde_json::{Value, json};
use tests::cases::Case;
use tests::cases::fixture::{Mode, compile};
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup};
use tests::http::{Request, Response};
use tests::memory;

use crate::corpus::{failed, now};

const CASE: &str = "{ name: a list, who: sam, request: { like: models, headers: [[accept-encoding, gzip], [if-none-match, '\"a\"']] }, expect: { verdict: allow, status: 200, reason: allowed } }";
/// Longest wait for what must come.
const DUE: Duration = Duration::from_secs(20);
/// Below what may be held, and what the proxy's own buffer holds.
const LONG: usize = 1_000_000;
/// Objects in each other, as many as the reader takes.
const DEEP: usize = 120;
/// A virtual machine never needs more.
const MOST: u64 = 32 << 20;
const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\netag: \"b\"\r\ncontent-digest: sha-256=:YQ==:\r\ntransfer-encoding: chunked\r\n\r\n";

/// One for each way.
pub fn trials() -> Vec<Trial> {
    type Way = (&'static str, fn() -> Result<()>);
    let ways: [Way; 4] = [
        ("lists: in pieces, with trailers behind them", in_pieces),
        ("lists: longer than may be held", too_long),
        (
            "lists: what reading one takes is bounded, whatever it is made of",
            of_small_things,
        ),
        ("lists: of a server that is not there", of_nobody),
    ];
    ways.into_iter()
        .map(|(name, run)| Trial::test(name, move || run().map_err(failed)))
        .collect()
}

fn in_pieces() -> Result<()> {
    let pieces = [
        r#"{"object":"list","da"#,
        r#"ta":[{"id":"assistant-sm"#,
        r#"all"},{"id":"assistant-large"}]}"#,
    ];
    let chunks: String = pieces.iter().map(|piece| chunk(piece)).collect();
    let (proxy, received) = start("pieces", format!("{HEAD}{chunks}0\r\nx-end: 1\r\n\r\n"))?;
    let answer = ask(&proxy)?;
    let shown: Value = serde_json::from_str(&answer.text())?;
    let expected = json!({ "object": "list", "data": [{ "id": "assistant-small" }] });
    ensure!(
        answer.status == 200 && shown == expected,
        "{}",
        answer.text()
    );
    for field in ["etag", "content-digest", "content-length"] {
        ensure!(answer.header(field).is_none(), "`{field}` passed");
    }
    let head = received.recv_timeout(DUE)?.to_ascii_lowercase();
    ensure!(
        !head.contains("accept-encoding") && !head.contains("if-none-match"),
        "{head}"
    );
    proxy.no_machine_failed()
}

fn too_long() -> Result<()> {
    let item = r#"{"id":"assistant-large"},"#.repeat(100_000);
    let body = format!(r#"{{"data":[{item}{{"id":"assistant-small"}}]}}"#);
    let (proxy, _received) = start("long", format!("{HEAD}{}0\r\n\r\n", chunk(&body)))?;
    // the proxy's own limit comes first; its head has left, so it can only break off
    let answer = ask(&proxy).map(|answer| answer.text()).unwrap_or_default();
    ensure!(!answer.contains("assistant-large"), "{answer:.80}");
    proxy.no_machine_failed()
}

/// Made of what takes the most memory for a byte: as many values as are read, and then as long as may be held.
fn of_small_things() -> Result<()> {
    let nested = [r#"{"":"#.repeat(DEEP), "0".into(), "}".repeat(DEEP) + ","].concat();
    for (name, item, values) in [
        ("objects", r#"{"":0},"#, 3),
        ("objects in objects", &nested, 2 * DEEP + 1),
        ("lists", "[0],", 2),
        ("numbers", "0,", 1),
        ("texts", r#""","#, 1),
    ] {
        let most = LONG / item.len();
        for (items, shown) in [((MAX_LIST_VALUES - 8) / values, true), (most, false)] {
            let items = item.repeat(items);
            let body = format!(r#"{{"data":[{items}{{"id":"assistant-small"}}]}}"#);
            let answer = format!("{HEAD}{}0\r\n\r\n", chunk(&body));
            let (proxy, _received) = start_with("4Mi", &format!("{name}-{shown}"), answer)?;
            let answer = ask(&proxy)?;
            let machines = memory::of_machines(proxy.pid())?;
            eprintln!("a list of {name}, shown: {shown}: machines {machines:?}");
            ensure!(answer.status == 200, "{}", answer.text());
            ensure!(
                answer.text().contains("assistant-small") == shown,
                "{name}: {}",
                answer.text()
            );
            ensure!(
                machines.iter().all(|size| *size <= MOST),
                "{name}: {machines:?}"
            );
            proxy.no_machine_failed()?;
        }
    }
    Ok(())
}

fn of_nobody() -> Result<()> {
    let unused = (Ipv4Addr::LOCALHOST, 1).into();
    let proxy = Setup::new(Mode::Hold.compiled(), unused, unused)?.start("lists-nobody")?;
    let answer = ask(&proxy)?;
    ensure!(matches!(answer.status, 502 | 503), "{}", answer.status);
    ensure!(ask(&proxy)?.status == answer.status, "the filter goes on");
    proxy.no_machine_failed()
}

fn chunk(piece: &str) -> String {
    format!("{:x}\r\n{piece}\r\n", piece.len())
}

/// An Envoy before a server that answers every request with these bytes, and the heads that reach it.
fn start(name: &str, answer: String) -> Result<(Proxy, Receiver<String>)> {
    start_with("64Ki", name, answer)
}

/// The same with another limit for bodies: Envoy bounds answers by it, too.
fn start_with(limit: &str, name: &str, answer: String) -> Result<(Proxy, Receiver<String>)> {
    let limit = format!("limit: {limit}");
    let compiled = compile(|gate| gate.replacen("limit: 64Ki", &limit, 1))?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let (heads, received) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // a connection that breaks fails the client
            serve(&stream, &answer, &heads).ok();
        }
    });
    let mut setup = Setup::new(&compiled, address, address)?;
    let options = json!({ "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": { "http_protocol_options": { "enable_trailers": true } } } });
    let clusters = setup.bootstrap["static_resources"]["clusters"].as_array_mut();
    for cluster in clusters.context("there are clusters")? {
        cluster["typed_extension_protocol_options"] = options.clone();
    }
    Ok((setup.start(&format!("lists-{name}"))?, received))
}

fn serve(mut stream: &TcpStream, answer: &str, heads: &Sender<String>) -> Result<()> {
    let mut input = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        ensure!(input.read_line(&mut head)? > 0, "the client left");
    }
    heads.send(head)?;
    Ok(stream.write_all(answer.as_bytes())?)
}

fn ask(proxy: &Proxy) -> Result<Response> {
    let case: Case = serde_saphyr::from_str(CASE)?;
    let message = Message::of(&case, now()?, "a-list");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (host, path) = (text(&message.authority), text(&message.path));
    let mut request = Request::new("GET", &host, &path);
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    let address: SocketAddr = proxy.address;
    request.send(address)
}
