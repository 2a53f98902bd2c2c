//! Keys that come while a stream of messages already waits: what waited is read before it leaves, and so is what comes after it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use policies::decision::{Reason, Verdict};
use tests::cases::Case;
use tests::cases::fixture::compile;
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, stats};
use tests::process::PAUSE;
use tests::token::Key;

use crate::audit;
use crate::backend::Backend;
use crate::corpus::{failed, now};
use crate::grpc::{chunk, head, holds};
use crate::keys::{KeyServer, Serving, partners_over_plain_http};

/// The first message is longer than the second, which a filter could take for one that it has seen.
const CASE: &str = r#"{ name: late keys, who: pia, expect: { verdict: deny, status: 200, reason: not_permitted },
    request: { like: grpc-stream, chunks: [{ grpc: '0a0b "vision-cats" 3a64 "{x*100}"' }, { grpc: '0a0d "vision-secret"' }], ending: never } }"#;
const ID: &str = "late-keys";
/// Longest wait for what must come.
const DUE: Duration = Duration::from_secs(20);

/// One for each body mode.
pub fn trials() -> Vec<Trial> {
    let trial = |mode: &'static str| {
        let name = format!("{mode} keys: what waited for them is read before it leaves");
        Trial::test(name, move || late(mode).map_err(failed))
    };
    ["hold", "stream"].into_iter().map(trial).collect()
}

fn late(mode: &str) -> Result<()> {
    let keys = KeyServer::start(Serving::Nothing)?;
    let compiled = compile(|gate| {
        partners_over_plain_http(gate).replacen("mode: hold", &format!("mode: {mode}"), 1)
    })?;
    let backend = Backend::start()?;
    let proxy =
        Setup::new(&compiled, backend.address, keys.address)?.start(&format!("late-{mode}"))?;
    let case: Case = serde_saphyr::from_str(CASE)?;
    let message = Message::of(&case, now()?, ID);
    let pieces = message.body.clone().unwrap_or_default();
    let mut client = TcpStream::connect(proxy.address)?;
    client.set_read_timeout(Some(DUE))?;
    let first = [head(&message), chunk(&pieces[0])].concat();
    client.write_all(&first)?;
    wait(|| Ok(received_bytes(&proxy)? >= first.len() as u64))?;
    ensure!(
        backend.received(ID).is_none(),
        "something left before the keys came"
    );
    keys.now_serve(Serving::keys(&[Key::Rsa2]));
    let arrived = |mark: &[u8]| {
        backend
            .received(ID)
            .is_some_and(|received| holds(&received.body, mark))
    };
    wait(|| Ok(arrived(b"vision-cats")))?;
    client.write_all(&chunk(&pieces[1]))?;
    let mut rest = Vec::new();
    // an end and a reset are the same here
    let _ = client.read_to_end(&mut rest);
    ensure!(
        !arrived(b"vision-secret"),
        "the second message was not read"
    );
    let event = audit::wait_for(&proxy, ID)?;
    let found = (event.verdict, event.reason, event.model.as_deref());
    let expected = (Verdict::Deny, Reason::NotPermitted, Some("vision-secret"));
    ensure!(found == expected, "{found:?}");
    let whole: usize = pieces.iter().map(Vec::len).sum();
    ensure!(
        event.request_bytes == whole as u64,
        "{} bytes counted",
        event.request_bytes
    );
    Ok(())
}

fn received_bytes(proxy: &Proxy) -> Result<u64> {
    let all = stats(proxy.admin, "http.modelgate.downstream_cx_rx_bytes_total")?;
    Ok(all.values().sum())
}

fn wait(mut there: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !there()? {
        ensure!(start.elapsed() < DUE, "it did not come");
        thread::sleep(PAUSE);
    }
    Ok(())
}
