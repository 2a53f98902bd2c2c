//! Changes of policy while requests flow, as Istio pushes them to a filter: nothing is lost, what is under way keeps its decision, new
//! requests get the new one, also over old connections, and the memory of the old policy comes back.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use libtest_mimic::Trial;
use policies::decision::Verdict;
use tests::backend::Backend;
use tests::cases::Case;
use tests::cases::fixture::{Compiled, Mode, compile};
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, filter_in_file, push, stats, with_policy};
use tests::http::read_response;
use tests::memory;

use crate::audit;
use crate::client::parts;
use crate::corpus::{failed, no_machine_failed, now};
use crate::flood::{ask, connect};
use crate::grpc::{chunk, head, holds};

/// There and back, so many times.
const CHANGES: usize = 20;
/// Time from a new file to the new policy in force.
const TAKEN: Duration = Duration::from_secs(10);
/// What a virtual machine may grow by after a few changes: the pages that a policy more needs for a moment.
const GROWTH: u64 = 1 << 20;
/// What the whole process may grow by, in kilobytes: the load's connections and buffers come and go.
const RESIDENT: u64 = 16 << 10;
/// A virtual machine never needs more.
const MOST: u64 = 32 << 20;
/// Old connections that new requests come over.
const OLD: usize = 4;

/// Whom both policies let through, without end, each over a connection of its own.
const ALWAYS: [&str; 4] = [
    "{ name: always, who: lena, expect: { verdict: allow, status: 200 } }",
    "{ name: always, who: checkout, expect: { verdict: allow, status: 200 } }",
    "{ name: always, who: sam, request: { like: chat }, expect: { verdict: allow, status: 200 } }",
    "{ name: always, who: sam, request: { like: chat, chunks: ['{\"model\":\"assis', 'tant-small\"}'] }, expect: { verdict: allow, status: 200 } }",
];
/// Whom only the first lets through: a request, one whose body is held, and a stream. The first has no body, because a connection is
/// closed whose request is refused before its end.
const SOMETIMES: &str = "{ name: sometimes, who: { like: lena, claims: { groups: [leads, analysts] } }, expect: { verdict: allow, status: 200 },
    request: { method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true } }";
const HELD: &str = "{ name: held, who: ana, expect: { verdict: allow, status: 200 }, request: { like: chat,
    headers: [[expect, 100-continue]], chunks: ['{\"messages\":[],\"mod', 'el\":\"assistant-large\"}'] } }";
const STREAM: &str = r#"{ name: stream, who: ana, expect: { verdict: allow, status: 200 },
    request: { like: grpc-stream, chunks: [{ grpc: '0a0b "vision-cats"' }, { grpc: '0a0b "vision-dogs"' }] } }"#;

/// One for each body mode.
pub fn trials() -> Vec<Trial> {
    let trial = |mode: Mode| {
        let name = format!(
            "{} updates: policies change while requests flow",
            mode.name()
        );
        Trial::test(name, move || updates(mode).map_err(failed))
    };
    Mode::ALL.into_iter().map(trial).collect()
}

/// The policies in turns, and where they are put.
struct World {
    proxy: Proxy,
    backend: Backend,
    name: String,
    /// with the bundle's digest
    open: (serde_json::Value, String),
    closed: (serde_json::Value, String),
}

fn updates(mode: Mode) -> Result<()> {
    let mut world = World::start(mode)?;
    let stop = AtomicBool::new(false);
    let address = world.proxy.address;
    let (changed, answered) = thread::scope(|scope| {
        let client = |case: &'static str| {
            let stop = &stop;
            scope.spawn(move || always(address, case, stop))
        };
        let clients = ALWAYS.map(client);
        let changed = world.change_often();
        stop.store(true, Ordering::Relaxed);
        let answered =
            clients.map(|client| client.join().map_err(|_| anyhow!("a client failed"))?);
        (changed, answered)
    });
    for answered in answered {
        ensure!(answered? > CHANGES, "few requests were under way");
    }
    changed?;
    no_machine_failed(&world.proxy)
}

impl World {
    fn start(mode: Mode) -> Result<Self> {
        let policy = |from: &str| {
            let mode = format!("mode: {}", mode.name());
            compile(|gate| {
                gate.replacen("mode: hold", &mode, 1)
                    .replace("people/outsiders", from)
            })
        };
        let (open, closed) = (policy("people/outsiders")?, policy("people/analysts")?);
        let backend = Backend::start()?;
        let mut setup = Setup::new(&open, backend.address, backend.address)?;
        let name = format!("updates-{}", mode.name());
        let filter = filter_in_file(&mut setup, &name)?;
        let told = |policy: &Compiled| {
            let filter = with_policy(&filter, policy, mode == Mode::Hold)?;
            Ok::<_, anyhow::Error>((filter, policies::digest::of(policy.bundle.as_bytes())))
        };
        let (open, closed) = (told(&open)?, told(&closed)?);
        let proxy = setup.start(&name)?;
        Ok(Self {
            proxy,
            backend,
            name,
            open,
            closed,
        })
    }

    fn change_often(&mut self) -> Result<()> {
        let mut old = (0..OLD)
            .map(|_| connect(self.proxy.address))
            .collect::<Result<Vec<_>>>()?;
        let machines = self.active()?;
        let mut early = (Vec::new(), 0);
        for number in 0..CHANGES {
            self.there_and_back(number, &mut old)?;
            if number == CHANGES / 4 {
                early = self.memory()?;
            }
        }
        let late = self.memory()?;
        eprintln!(
            "{}: after {} changes {late:?}, early {early:?}",
            self.name,
            2 * CHANGES
        );
        let admin = self.proxy.admin;
        // a configuration is tried in a machine that ends afterwards
        self.proxy
            .wait_until(TAKEN, || active(admin).is_ok_and(|found| found == machines))
            .with_context(|| {
                format!(
                    "{machines} virtual machines before, {:?} now",
                    active(admin)
                )
            })?;
        let sum = |sizes: &[u64]| sizes.iter().sum::<u64>();
        ensure!(
            late.0.len() <= early.0.len()
                && sum(&late.0) <= sum(&early.0) + GROWTH
                && late.1 <= early.1 + RESIDENT,
            "{late:?}, early {early:?}"
        );
        ensure!(late.0.iter().all(|size| *size <= MOST), "{late:?}");
        Ok(())
    }

    /// Of each virtual machine, and what is resident of the whole process in kilobytes.
    fn memory(&self) -> Result<(Vec<u64>, u64)> {
        let pid = self.proxy.pid();
        Ok((memory::of_machines(pid)?, memory::resident(pid)?))
    }

    fn there_and_back(&mut self, number: usize, old: &mut [BufReader<TcpStream>]) -> Result<()> {
        let under_way = UnderWay::begin(self, number)?;
        self.change(true)?;
        // the old connections had the old policy: what comes over them now has the new one, each time
        for connection in old.iter_mut() {
            let (status, _) = ask(connection, &sometimes()?)?;
            ensure!(status == 403, "an old grant lives on: {status}");
        }
        under_way.end(self, number)?;
        self.change(false)?;
        for connection in old {
            let (status, _) = ask(connection, &sometimes()?)?;
            ensure!(status == 200, "a new grant is not there: {status}");
        }
        Ok(())
    }

    /// Until the new policy is in force.
    fn change(&mut self, closed: bool) -> Result<()> {
        let (policy, expected) = if closed {
            (&self.closed, 403)
        } else {
            (&self.open, 200)
        };
        push(&policy.0, &self.name)?;
        let address = self.proxy.address;
        let taken = || {
            let answer = sometimes().and_then(|request| ask(&mut connect(address)?, &request));
            answer.is_ok_and(|(status, _)| status == expected)
        };
        self.proxy.wait_until(TAKEN, taken)
    }

    fn active(&self) -> Result<u64> {
        active(self.proxy.admin)
    }
}

/// Virtual machines that run.
fn active(admin: SocketAddr) -> Result<u64> {
    let all = stats(admin, "wasm.envoy.wasm.runtime.v8.active")?;
    Ok(all.values().sum())
}

/// Requests that the old policy has seen the beginning of.
struct UnderWay {
    held: TcpStream,
    held_rest: Vec<Vec<u8>>,
    stream: TcpStream,
    stream_rest: Vec<u8>,
}

impl UnderWay {
    fn begin(world: &World, number: usize) -> Result<Self> {
        let message = message(HELD, &format!("{}-held-{number}", world.name))?;
        let mut pieces = parts(&message).into_iter();
        let mut held = open(world.proxy.address)?;
        held.write_all(&pieces.next().context("a head")?)?;
        // Envoy says this when it has the head
        let mut interim = [0; 25];
        held.read_exact(&mut interim)?;
        ensure!(interim.starts_with(b"HTTP/1.1 100 "), "{interim:?}");
        held.write_all(&pieces.next().context("a piece")?)?;

        let id = format!("{}-stream-{number}", world.name);
        let message = self::message(STREAM, &id)?;
        let [first, second] = message.body.as_deref().context("a body")? else {
            anyhow::bail!("two messages");
        };
        let mut stream = open(world.proxy.address)?;
        stream.write_all(&[head(&message), chunk(first)].concat())?;
        world.arrived(&id, b"vision-cats")?;
        Ok(Self {
            held,
            held_rest: pieces.collect(),
            stream,
            stream_rest: [chunk(second), b"0\r\n\r\n".to_vec()].concat(),
        })
    }

    /// The rest comes under the new policy, and is judged by the old one.
    fn end(mut self, world: &World, number: usize) -> Result<()> {
        for piece in self.held_rest {
            self.held.write_all(&piece)?;
        }
        let status = read_response(&mut self.held)?.status;
        ensure!(status == 200, "the held request got {status}");
        self.stream.write_all(&self.stream_rest)?;
        let status = read_response(&mut self.stream)?.status;
        ensure!(status == 200, "the stream got {status}");
        for kind in ["held", "stream"] {
            let id = format!("{}-{kind}-{number}", world.name);
            let event = audit::wait_for(&world.proxy, &id)?;
            ensure!(
                event.verdict == Verdict::Allow && event.bundle == world.open.1,
                "{event:?}"
            );
        }
        world.arrived(&format!("{}-stream-{number}", world.name), b"vision-dogs")
    }
}

impl World {
    fn arrived(&self, id: &str, mark: &[u8]) -> Result<()> {
        let there = || {
            let received = self.backend.received(id);
            received.is_some_and(|received| holds(&received.body, mark))
        };
        let start = std::time::Instant::now();
        while !there() {
            ensure!(start.elapsed() < TAKEN, "{id}: nothing arrived");
            thread::sleep(tests::process::PAUSE);
        }
        Ok(())
    }
}

/// One request after the other, each answered with 200; how many.
fn always(address: SocketAddr, case: &str, stop: &AtomicBool) -> Result<usize> {
    let request = parts(&message(case, "always")?).concat();
    let mut connection = connect(address)?;
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) {
        let (status, stays) = ask(&mut connection, &request).context("a request was lost")?;
        ensure!(status == 200, "request {answered} of {case} got {status}");
        answered += 1;
        if !stays {
            connection = connect(address)?;
        }
    }
    Ok(answered)
}

fn sometimes() -> Result<Vec<u8>> {
    Ok(parts(&message(SOMETIMES, "sometimes")?).concat())
}

fn message(case: &str, id: &str) -> Result<Message> {
    let case: Case = serde_saphyr::from_str(case)?;
    Ok(Message::of(&case, now()?, id))
}

fn open(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TAKEN))?;
    Ok(stream)
}
