//! Keys that the filter fetches itself: from a server that is slow, broken, wrong or gone, and one that changes its keys.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use tests::cases::Case;
use tests::cases::fixture::compile;
use tests::cases::message::Message;
use tests::process::free_addresses;
use tests::token::{Key, jwks};

use crate::audit;
use crate::backend::Backend;
use crate::client::{Answer, send};
use crate::corpus::{failed, now};
use tests::envoy::{Proxy, Setup, stats};

/// An unknown key is looked for within thirty seconds; the rest is for the machine.
const ROTATED: Duration = Duration::from_secs(45);
const RSA: &str = "pia";
const EC: &str = "{ like: pia, key: ec-1 }";
const UNKNOWN: &str = "{ like: pia, header: { kid: nobody } }";

/// What the key server does with a request.
#[derive(Debug, Clone)]
enum Serving {
    Answer(u16, String),
    /// answers when it is told something else
    Nothing,
    /// half an answer, then the end
    Half,
}

impl Serving {
    fn keys(keys: &[Key]) -> Self {
        Self::Answer(200, jwks(keys).to_string())
    }
}

/// A server of keys whose behaviour can be changed while it runs.
#[derive(Debug, Clone)]
struct KeyServer {
    address: SocketAddr,
    state: Arc<(Mutex<(Serving, usize)>, Condvar)>,
}

impl KeyServer {
    fn start(serving: Serving) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let server = Self {
            address: listener.local_addr()?,
            state: Arc::new((Mutex::new((serving, 0)), Condvar::new())),
        };
        let running = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = running.clone();
                // a fetch that was given up is no failure here
                thread::spawn(move || server.serve(&stream).ok());
            }
        });
        Ok(server)
    }

    fn now_serve(&self, serving: Serving) {
        self.lock().0 = serving;
        self.state.1.notify_all();
    }

    fn fetches(&self) -> usize {
        self.lock().1
    }

    fn lock(&self) -> MutexGuard<'_, (Serving, usize)> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: &TcpStream) -> Result<()> {
        let mut input = BufReader::new(stream);
        loop {
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                ensure!(input.read_line(&mut line)? > 0, "the connection ended");
            }
            self.lock().1 += 1;
            let silent = |state: &mut (Serving, usize)| matches!(state.0, Serving::Nothing);
            let state = self.state.1.wait_while(self.lock(), silent);
            let serving = state.unwrap_or_else(PoisonError::into_inner).0.clone();
            if matches!(serving, Serving::Half) {
                stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 900\r\n\r\n{\"keys\"")?;
                return Ok(stream.shutdown(Shutdown::Both)?);
            }
            if let Serving::Answer(status, body) = serving {
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nlocation: /other\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes())?;
            }
        }
    }
}

/// Servers whose keys must never be taken.
fn useless() -> [(&'static str, Serving); 8] {
    [
        ("breaks off", Serving::Half),
        (
            "sends three megabytes",
            Serving::Answer(200, "x".repeat(3_000_000)),
        ),
        (
            "answers 500",
            Serving::Answer(500, jwks(&[Key::Rsa2]).to_string()),
        ),
        (
            "redirects",
            Serving::Answer(302, jwks(&[Key::Rsa2]).to_string()),
        ),
        ("never answers", Serving::Nothing),
        (
            "has no key",
            Serving::Answer(200, String::from(r#"{"keys":[]}"#)),
        ),
        (
            "serves a page",
            Serving::Answer(200, String::from("<html>")),
        ),
        (
            "serves a secret",
            Serving::Answer(
                200,
                String::from(r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#),
            ),
        ),
    ]
}

/// One trial for each behaviour.
pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test(
            "keys: new ones are found, old ones are gone, and a flood fetches nothing",
            || rotation().map_err(failed),
        ),
        Trial::test("keys: a request that comes first waits for them", || {
            waiting().map_err(failed)
        }),
        Trial::test("keys: from a server that is not there", || {
            unavailable("gone", None).map_err(failed)
        }),
    ];
    trials.extend(useless().map(|(name, serving)| {
        Trial::test(format!("keys: from a server that {name}"), move || {
            unavailable(name, Some(serving.clone())).map_err(failed)
        })
    }));
    trials
}

/// An Envoy that fetches the partners' keys from there.
fn proxy(name: &str, keys: SocketAddr) -> Result<Proxy> {
    let plain = "jwksUri: http://partners.example.net/keys\n      insecureJwks: true";
    let compiled =
        compile(|gate| gate.replace("jwksUri: https://partners.example.net/keys", plain))?;
    let backend = Backend::start()?;
    Setup::new(&compiled, backend.address, keys)?.start(&format!("keys-{}", name.replace(' ', "-")))
}

fn message(who: &str, id: &str) -> Result<Message> {
    let text = format!(
        "{{ name: any, who: {who}, expect: {{ verdict: allow, status: 200, reason: allowed }} }}"
    );
    let case: Case = serde_saphyr::from_str(&text)?;
    Ok(Message::of(&case, now()?, id))
}

fn ask(proxy: &Proxy, who: &str, id: &str) -> Result<(Answer, Reason)> {
    let answer = send(proxy.address, &message(who, id)?, true)?;
    Ok((answer, audit::wait_for(proxy, id)?.reason))
}

fn unavailable(name: &str, serving: Option<Serving>) -> Result<()> {
    let address = match serving {
        Some(serving) => KeyServer::start(serving)?.address,
        None => free_addresses::<1>()?[0],
    };
    let proxy = proxy(name, address)?;
    let (answer, reason) = ask(&proxy, RSA, "first")?;
    ensure!(
        answer.status == 503 && reason == Reason::JwksUnavailable,
        "{answer:?} {reason:?}"
    );
    ensure!(answer.retry_after.is_some(), "no `retry-after`");
    let (answer, _) = ask(&proxy, "ana", "other-issuer")?;
    ensure!(
        answer.status == 200,
        "one issuer's keys stop the others: {answer:?}"
    );
    let log = proxy.log()?;
    ensure!(!log.contains("Wasm VM failed"), "a virtual machine failed");
    Ok(())
}

fn waiting() -> Result<()> {
    let server = KeyServer::start(Serving::Nothing)?;
    let mut proxy = proxy("waiting", server.address)?;
    let (address, early) = (proxy.address, message(RSA, "early")?);
    let asking = thread::spawn(move || send(address, &early, true));
    let admin = proxy.admin;
    let active =
        || stats(admin, "downstream_rq_active").is_ok_and(|stats| stats.values().sum::<u64>() > 0);
    proxy.wait_until(Duration::from_secs(5), || server.fetches() > 0 && active())?;
    server.now_serve(Serving::keys(&[Key::Rsa2]));
    let answer = asking.join().ok().context("the client failed")??;
    ensure!(answer.status == 200, "{answer:?}");
    let event = audit::wait_for(&proxy, "early")?;
    ensure!(
        event.reason == Reason::Allowed && event.subject.as_deref() == Some("pia"),
        "{event:?}"
    );
    Ok(())
}

/// Rotation within thirty seconds, at most one fetch in that time, and good keys stay while the server is broken.
fn rotation() -> Result<()> {
    let start = Instant::now();
    let server = KeyServer::start(Serving::keys(&[Key::Rsa2]))?;
    let mut proxy = proxy("rotation", server.address)?;
    ensure!(
        ask(&proxy, RSA, "before")?.0.status == 200,
        "the keys were not fetched"
    );
    for number in 0..100 {
        let (answer, reason) = ask(&proxy, UNKNOWN, &format!("flood-{number}"))?;
        ensure!(
            answer.status == 401 && reason == Reason::KeyUnknown,
            "{answer:?} {reason:?}"
        );
    }
    let fetches = u64::try_from(server.fetches())?;
    // the worker's virtual machine and the main thread's each have keys of their own
    let due = 2 + start.elapsed().as_secs() / 30;
    ensure!(
        fetches <= due,
        "a flood of unknown keys fetched {fetches} times, {due} were due"
    );
    server.now_serve(Serving::Answer(500, String::new()));
    ensure!(
        ask(&proxy, RSA, "broken")?.0.status == 200,
        "good keys did not stay"
    );
    let fetches = server.fetches();
    proxy.wait_until(ROTATED, || server.fetches() > fetches)?;
    ensure!(
        ask(&proxy, RSA, "still-broken")?.0.status == 200,
        "a failed fetch took the good keys"
    );
    server.now_serve(Serving::keys(&[Key::Ec1]));
    let (address, mut number) = (proxy.address, 0);
    proxy.wait_until(ROTATED, || {
        number += 1;
        let answer = message(EC, &format!("rotated-{number}"))
            .and_then(|message| send(address, &message, true));
        answer.is_ok_and(|answer| answer.status == 200)
    })?;
    let (answer, reason) = ask(&proxy, RSA, "after")?;
    ensure!(
        answer.status == 401 && reason == Reason::KeyUnknown,
        "a removed key counts: {answer:?}"
    );
    Ok(())
}
