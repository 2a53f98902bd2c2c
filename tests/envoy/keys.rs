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
use tests::token::{Key, encode, jwks, signing_input};

use crate::audit;
use crate::backend::Backend;
use crate::client::{Answer, send};
use crate::corpus::{failed, now};
use crate::flood::flood;
use tests::envoy::{Proxy, Setup, stats};

/// An unknown key is looked for within thirty seconds; the rest is for the machine.
const ROTATED: Duration = Duration::from_secs(45);
const RSA: &str = "pia";
const EC: &str = "{ like: pia, key: ec-1 }";
/// Tokens that name keys that nobody has.
const UNKNOWN_KEYS: usize = 100_000;
/// An issuer whose document says where its keys are.
const DISCOVERED: &str = "http://partners.example.net/realm";
const UNKNOWN: &str = "{ like: pia, header: { kid: nobody } }";

/// What the key server does with a request.
#[derive(Debug, Clone)]
pub enum Serving {
    Answer(u16, String),
    /// answers when it is told something else
    Nothing,
    /// half an answer, then the end
    Half,
    /// a gigabyte, unless the client has enough before
    Gigabyte,
    /// a discovery document that names these keys, and the keys
    Discovery(String, String),
}

impl Serving {
    /// Answers with these keys.
    pub fn keys(keys: &[Key]) -> Self {
        Self::Answer(200, jwks(keys).to_string())
    }
}

/// A server of keys whose behaviour can be changed while it runs.
#[derive(Debug, Clone)]
pub struct KeyServer {
    /// where it listens
    pub address: SocketAddr,
    state: Arc<(Mutex<(Serving, usize)>, Condvar)>,
}

impl KeyServer {
    /// Listens on a free port.
    pub fn start(serving: Serving) -> Result<Self> {
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

    /// Behaves differently from now on.
    pub fn now_serve(&self, serving: Serving) {
        self.lock().0 = serving;
        self.state.1.notify_all();
    }

    /// How many requests came.
    pub fn fetches(&self) -> usize {
        self.lock().1
    }

    fn lock(&self) -> MutexGuard<'_, (Serving, usize)> {
        self.state.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: &TcpStream) -> Result<()> {
        let mut input = BufReader::new(stream);
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                ensure!(input.read_line(&mut head)? > 0, "the connection ended");
            }
            self.lock().1 += 1;
            let silent = |state: &mut (Serving, usize)| matches!(state.0, Serving::Nothing);
            let state = self.state.1.wait_while(self.lock(), silent);
            let serving = state.unwrap_or_else(PoisonError::into_inner).0.clone();
            if matches!(serving, Serving::Half) {
                stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 900\r\n\r\n{\"keys\"")?;
                return Ok(stream.shutdown(Shutdown::Both)?);
            }
            let (status, body) = match serving {
                Serving::Answer(status, body) => (status, body),
                Serving::Discovery(document, _) if head.contains("openid-configuration") => {
                    (200, document)
                }
                Serving::Discovery(_, keys) => (200, keys),
                Serving::Gigabyte => return gigabyte(stream),
                Serving::Nothing | Serving::Half => continue,
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nlocation: /other\r\n\r\n"
            );
            stream.write_all((head + &body).as_bytes())?;
        }
    }
}

fn gigabyte(mut stream: &TcpStream) -> Result<()> {
    stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 1073741824\r\n\r\n{\"keys\":[")?;
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..1024 {
        stream.write_all(&blanks)?;
    }
    Ok(())
}

/// Servers whose keys must never be taken.
fn useless() -> [(&'static str, Serving); 9] {
    [
        ("breaks off", Serving::Half),
        ("sends a gigabyte", Serving::Gigabyte),
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
        Trial::test(
            "keys: a hundred thousand unknown ones fetch next to nothing",
            || unknown_keys().map_err(failed),
        ),
        Trial::test("keys: found by the issuer's discovery document", || {
            discovered().map_err(failed)
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

/// The gate with keys of the partners that a test can serve.
pub fn partners_over_plain_http(gate: String) -> String {
    let plain = "jwksUri: http://partners.example.net/keys\n      insecureJwks: true";
    gate.replace("jwksUri: https://partners.example.net/keys", plain)
}

/// An Envoy that fetches the partners' keys from there.
pub fn proxy(name: &str, keys: SocketAddr) -> Result<Proxy> {
    let compiled = compile(partners_over_plain_http)?;
    let backend = Backend::start()?;
    Setup::new(&compiled, backend.address, keys)?.start(&format!("keys-{}", name.replace(' ', "-")))
}

/// What somebody asks.
pub fn message(who: &str, id: &str) -> Result<Message> {
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

/// As [`proxy`], with nothing but the issuer in the gate.
fn discovering(name: &str, keys: SocketAddr) -> Result<Proxy> {
    let compiled = compile(|gate| {
        gate.replace("https://partners.example.net/keys", "")
            .replace("      jwksUri: \n", "      insecureJwks: true\n")
            .replace("https://partners.example.net/", DISCOVERED)
    })?;
    let backend = Backend::start()?;
    Setup::new(&compiled, backend.address, keys)?.start(name)
}

/// A document of another issuer, and one that leads elsewhere, are of no use; the right one is.
fn discovered() -> Result<()> {
    let document =
        |issuer: &str, keys: &str| format!(r#"{{"issuer":"{issuer}","jwks_uri":"{keys}"}}"#);
    let keys = || jwks(&[Key::Rsa2]).to_string();
    let own = format!("{DISCOVERED}/certs");
    for (name, issuer, uri, status) in [
        ("discovered", DISCOVERED, own.as_str(), 200),
        (
            "discovered-of-another",
            "http://other.example.net/realm",
            own.as_str(),
            503,
        ),
        (
            "discovered-elsewhere",
            DISCOVERED,
            "http://other.example.net/certs",
            503,
        ),
    ] {
        let server = KeyServer::start(Serving::Discovery(document(issuer, uri), keys()))?;
        let proxy = discovering(name, server.address)?;
        let who = format!("{{ like: pia, claims: {{ iss: '{DISCOVERED}' }} }}");
        let (answer, reason) = ask(&proxy, &who, name)?;
        ensure!(answer.status == status, "{name}: {answer:?} {reason:?}");
    }
    Ok(())
}

/// Each token names a key of its own that nobody has.
fn unknown_keys() -> Result<()> {
    let server = KeyServer::start(Serving::keys(&[Key::Rsa2]))?;
    let proxy = proxy("unknown-keys", server.address)?;
    ensure!(
        ask(&proxy, RSA, "before")?.0.status == 200,
        "the keys were not fetched"
    );
    let (start, before) = (Instant::now(), server.fetches());
    let claims = serde_json::json!({ "iss": "https://partners.example.net/", "aud": "ml-models", "exp": now()? + 3000, "sub": "pia" });
    let statuses = flood(proxy.address, UNKNOWN_KEYS, |number| {
        let header = format!(r#"{{"alg":"RS256","typ":"JWT","kid":"random-{number}"}}"#);
        let input = signing_input(&header, &claims.to_string());
        let token = format!("{input}.{}", encode(&[7; 256]));
        let path = "/seldon/fraud/fraud-detector/api/v1.0/predictions";
        format!("POST {path} HTTP/1.1\r\nhost: fraud.models.example.com\r\ncontent-length: 2\r\nauthorization: Bearer {token}\r\n\r\n{{}}").into_bytes()
    })?;
    ensure!(statuses.get(&401) == Some(&UNKNOWN_KEYS), "{statuses:?}");
    let fetches = u64::try_from(server.fetches() - before)?;
    // one forced fetch in thirty seconds, and the regular ones of both virtual machines
    let due = 1 + start.elapsed().as_secs() / 30 + 2 * (start.elapsed().as_secs() / 240);
    ensure!(fetches <= due, "{fetches} fetches, {due} were due");
    Ok(())
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
    proxy.no_machine_failed()
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
