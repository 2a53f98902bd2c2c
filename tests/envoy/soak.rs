//! Requests of all kinds through one Envoy for a long time: known tokens and new ones, of all lengths, the whole corpus, malformed ones,
//! bodies near the limit. The linear memory of no virtual machine grows after the first half, and none fails.
//!
//! `MODELGATE_SOAK` says how many to each Envoy; `make soak` a million.

use std::env;
use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::decision::Reason;
use tests::backend::Backend;
use tests::cases::fixture::Mode;
use tests::cases::message::{Ending, Message};
use tests::cases::{Case, Place, Subject};
use tests::envoy::{Proxy, Setup};
use tests::http::read_response;
use tests::memory;
use tests::mutation::Dice;
use tests::process::free_addresses;
use tests::token::{Key, Scheme, mint};

use crate::client::parts;
use crate::corpus::{failed, now};
use crate::flood::{ask, connect};
use crate::hostile::{GRANTED, REFUSED, attack};

const NUMBER: &str = "MODELGATE_SOAK";
/// Requests to each Envoy unless the environment says otherwise.
const COUNT: usize = 20_000;
/// Memory is looked at so many times.
const PARTS: usize = 10;
const CLIENTS: usize = 8;
/// A virtual machine never needs more.
const MOST: u64 = 32 << 20;
/// What it may grow by in the second half: pages between what is held and what is free.
const GROWTH: u64 = 256 << 10;
/// Longest wait for the answer to a request of the corpus; some get none.
const PATIENCE: Duration = Duration::from_secs(1);
/// Text of a large body, below the gate's limit.
const TEXT: usize = 60_000;
const LARGE: &str =
    "{ name: large, who: sam, request: { like: chat }, expect: { verdict: allow, status: 200 } }";
const HEADER: &str = r#"{"alg":"ES256","typ":"JWT","kid":"ec-1"}"#;

/// One for each body mode.
pub fn trials(subjects: &[Subject]) -> Vec<Trial> {
    let cases: Vec<Case> = subjects
        .iter()
        .flat_map(|subject| subject.cases.clone())
        .collect();
    let trial = |mode: Mode| {
        let cases = cases.clone();
        let name = format!(
            "{} soak: the memory of a machine stays as it is",
            mode.name()
        );
        Trial::test(name, move || soak(mode, &cases).map_err(failed))
    };
    Mode::ALL.into_iter().map(trial).collect()
}

fn soak(mode: Mode, cases: &[Case]) -> Result<()> {
    let count = env::var(NUMBER).map_or(Ok(COUNT), |number| number.parse())?;
    let backend = Backend::forgetful()?;
    let [nobody] = free_addresses()?;
    let proxy = Setup::new(mode.compiled(), backend.address, nobody)?
        .start(&format!("soak-{}", mode.name()))?;
    let requests = Requests::new(cases)?;
    let mut sizes = vec![memory::of_machines(proxy.pid())?];
    let mut done = [0; 5];
    for part in 0..PARTS {
        let numbers = count * part / PARTS..count * (part + 1) / PARTS;
        let sent = send(proxy.address, &requests, numbers)?;
        done.iter_mut()
            .zip(sent)
            .for_each(|(done, sent)| *done += sent);
        sizes.push(memory::of_machines(proxy.pid())?);
    }
    let resident = memory::resident(proxy.pid())?;
    eprintln!(
        "{} soak: {done:?} requests known, new, large, of the corpus, malformed; {} reached the model server; machines {sizes:?}; resident {resident} kB",
        mode.name(),
        backend.whole()
    );
    flat(&sizes)?;
    unharmed(&proxy)
}

/// Nothing that was held in the first half is too little in the second.
fn flat(sizes: &[Vec<u64>]) -> Result<()> {
    let half = sizes.get(sizes.len() / 2).context("a half")?;
    let last = sizes.last().context("an end")?;
    ensure!(!last.is_empty() && last.len() == half.len(), "{sizes:?}");
    for (half, last) in half.iter().zip(last) {
        ensure!(*last <= half + GROWTH && *last <= MOST, "{sizes:?}");
    }
    Ok(())
}

/// The log of a million requests is long, and does not stay.
fn unharmed(proxy: &Proxy) -> Result<()> {
    proxy.no_machine_failed()?;
    Ok(fs::remove_file(proxy.log_file())?)
}

/// What is sent.
struct Requests {
    granted: Vec<u8>,
    refused: Vec<u8>,
    large: Vec<u8>,
    /// whole ones over HTTP/1.1 that get an answer at once
    corpus: Vec<Vec<u8>>,
    all: Vec<Message>,
    now: u64,
}

impl Requests {
    fn new(cases: &[Case]) -> Result<Self> {
        let now = now()?;
        let message = |case: &str| -> Result<Message> {
            Ok(Message::of(&serde_saphyr::from_str(case)?, now, "soak"))
        };
        let mut large = message(LARGE)?;
        // in chunks, because the length was another body's
        large.headers.retain(|(name, _)| name != b"content-length");
        let text = "\\\"x".repeat(TEXT / 3);
        let body = format!(r#"{{"messages":["{text}",[[[[[{{}}]]]]]],"model":"assistant-small"}}"#);
        large.body = Some(vec![body.into_bytes()]);
        let mut of_envoy: Vec<(bool, Message)> = Vec::new();
        for case in cases.iter().filter(|case| case.runs(Place::Envoy)) {
            let message = Message::of(case, now, "soak");
            of_envoy.push((is_answered(case, &message), message));
        }
        let short = |message: &Message| message.whole_body().len() <= 4096;
        let answered = of_envoy.iter().filter(|(answered, _)| *answered);
        Ok(Self {
            granted: parts(&message(GRANTED)?).concat(),
            refused: parts(&message(REFUSED)?).concat(),
            large: parts(&large).concat(),
            corpus: answered
                .map(|(_, message)| parts(message).concat())
                .collect(),
            all: of_envoy
                .into_iter()
                .map(|(_, message)| message)
                .filter(short)
                .collect(),
            now,
        })
    }

    /// With a token that nobody has sent before.
    fn new_token(&self, number: usize, pad: usize) -> Vec<u8> {
        let payload = format!(
            r#"{{"iss":"https://id.example.com/realms/people","aud":"ml-models","exp":{},"iat":{},"email":"lena@example.com","email_verified":true,"groups":["leads"],"jti":"{number}","pad":"{}"}}"#,
            self.now + 3600,
            self.now,
            "x".repeat(pad)
        );
        let token = mint(HEADER, &payload, Key::Ec1, Scheme::ES256);
        format!(
            "GET /seldon/fraud/fraud-detector/api/v1.0/metadata HTTP/1.1\r\nhost: fraud.models.example.com\r\nauthorization: Bearer {token}\r\n\r\n"
        )
        .into_bytes()
    }
}

fn is_answered(case: &Case, message: &Message) -> bool {
    let expect = case.in_envoy(true);
    let whole = matches!(
        message.ending,
        Ending::Data | Ending::Empty | Ending::Trailers
    );
    // those that wait for keys wait long, and an answer to HEAD has no end that this client knows
    let slow = expect.reason == Some(Reason::JwksUnavailable) || message.method == b"HEAD";
    message.http == 1 && whole && !message.early && expect.status != 0 && !slow
}

/// How many of each kind.
fn send(address: SocketAddr, requests: &Requests, numbers: Range<usize>) -> Result<[usize; 5]> {
    thread::scope(|scope| {
        let client = |first: usize| {
            let numbers = numbers.clone().skip(first).step_by(CLIENTS);
            scope.spawn(move || client(address, requests, numbers))
        };
        let clients: Vec<_> = (0..CLIENTS).map(client).collect();
        let mut done = [0; 5];
        for client in clients {
            let sent = client.join().ok().context("a client failed")??;
            done.iter_mut()
                .zip(sent)
                .for_each(|(done, sent)| *done += sent);
        }
        Ok(done)
    })
}

fn client(
    address: SocketAddr,
    requests: &Requests,
    numbers: impl Iterator<Item = usize>,
) -> Result<[usize; 5]> {
    let mut good = connect(address)?;
    let mut any = connect(address)?;
    let mut done = [0; 5];
    for number in numbers {
        let mut dice = Dice::new(number as u64 + 1);
        let mut must = |request: &[u8], expected: u16| {
            let (status, _) = ask(&mut good, request)?;
            ensure!(status == expected, "request {number} got {status}");
            Ok(())
        };
        let kind = match dice.below(100) {
            0..10 => must(&requests.refused, 403).map(|()| 0)?,
            10..30 => must(&requests.granted, 200).map(|()| 0)?,
            30..50 => {
                let pad = dice.below(5500);
                must(&requests.new_token(number, pad), 200).map(|()| 1)?
            }
            50..55 => must(&requests.large, 200).map(|()| 2)?,
            55..96 => {
                let request: &Vec<u8> = dice.pick(&requests.corpus);
                whatever(&mut any, address, request)?;
                3
            }
            _ => attack(address, &requests.all, number).map(|()| 4)?,
        };
        done[kind] += 1;
    }
    Ok(done)
}

/// Any answer is right, and so is none: the corpus' own trials say which.
fn whatever(
    connection: &mut BufReader<TcpStream>,
    address: SocketAddr,
    request: &[u8],
) -> Result<()> {
    connection.get_ref().set_read_timeout(Some(PATIENCE))?;
    let written = connection.get_mut().write_all(request);
    let response = read_response(connection);
    let closes = |value: Option<&str>| value == Some("close");
    match response {
        Ok(response) if written.is_ok() && !closes(response.header("connection")) => Ok(()),
        _ => {
            *connection = connect(address)?;
            Ok(())
        }
    }
}
