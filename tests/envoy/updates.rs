//! Changes of policy while requests flow, as Istio pushes them to a filter, and as a whole listener: nothing is lost, what is under way
//! keeps its decision, new requests get the new one, also over old connections, and the memory of the old policy comes back.

mod under_way;

use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use libtest_mimic::Trial;
use tests::backend::Backend;
use tests::cases::Case;
use tests::cases::fixture::{Compiled, Mode, compile};
use tests::cases::message::Message;
use tests::envoy::{Proxy, Setup, filter_in_file, push, stats, with_policy};
use tests::memory;

use crate::client::parts;
use crate::configuration::{listen_to_file, listener_with, serve};
use crate::corpus::{failed, now};
use crate::flood::{ask, connect};
use under_way::UnderWay;

/// There and back, so many times; and less often, where each is waited for.
const CHANGES: usize = 20;
const FEW: usize = 5;
/// Seconds that an Envoy leaves the connections of a listener that was replaced.
const DRAIN: &str = "15";
/// Time from a new file to the new policy in force.
const TAKEN: Duration = Duration::from_secs(10);
/// Time until nothing is left of a listener.
const DRAINED: Duration = Duration::from_secs(60);
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
/// Whom only the first lets through. It has no body, because a connection is
/// closed whose request is refused before its end.
const SOMETIMES: &str = "{ name: sometimes, who: { like: lena, claims: { groups: [leads, analysts] } }, expect: { verdict: allow, status: 200 },
    request: { method: GET, path: /seldon/fraud/fraud-detector/api/v1.0/metadata, bodiless: true } }";

/// One for each body mode; one for listeners, and one for gathered events.
pub fn trials() -> Vec<Trial> {
    let trial = |mode: Mode| {
        let name = format!(
            "{} updates: policies change while requests flow",
            mode.name()
        );
        Trial::test(name, move || updates(mode).map_err(failed))
    };
    let mut trials: Vec<Trial> = Mode::ALL.into_iter().map(trial).collect();
    trials.push(Trial::test(
        "updates: listeners change while requests flow",
        || listeners().map_err(failed),
    ));
    trials.push(Trial::test(
        "updates: gathered events are written when their policy is gone",
        || gathered().map_err(failed),
    ));
    trials
}

/// The policies in turns, and where they are put.
struct World {
    proxy: Proxy,
    backend: Backend,
    name: String,
    way: Way,
    /// with the bundle's digest
    open: (serde_json::Value, String),
    closed: (serde_json::Value, String),
}

/// What is replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// the filter's own part (ECDS): connections live on
    Filter,
    /// the listener (LDS): Envoy leaves the old one to the requests that are under way, and closes each of its connections behind the
    /// next answer
    Listener,
}

fn updates(mode: Mode) -> Result<()> {
    let name = format!("updates-{}", mode.name());
    let mut world = World::start(&name, mode, Way::Filter, false)?;
    under_load(&mut world, World::change_often)
}

fn listeners() -> Result<()> {
    let mut world = World::start("updates-listener", Mode::Stream, Way::Listener, false)?;
    under_load(&mut world, World::replace_often)
}

/// The last exchanges of a policy end when it has no tick any more.
fn gathered() -> Result<()> {
    let mut world = World::start("updates-batch", Mode::Hold, Way::Filter, true)?;
    for number in 0..FEW {
        world.there_and_back(number, &mut [])?;
    }
    world.proxy.no_machine_failed()
}

/// Requests that both policies let through are all answered while something happens.
fn under_load(world: &mut World, happens: fn(&mut World) -> Result<()>) -> Result<()> {
    let stop = AtomicBool::new(false);
    let address = world.proxy.address;
    let (changed, answered) = thread::scope(|scope| {
        let client = |case: &'static str| {
            let stop = &stop;
            scope.spawn(move || always(address, case, stop))
        };
        let clients = ALWAYS.map(client);
        let changed = happens(world);
        stop.store(true, Ordering::Relaxed);
        let answered =
            clients.map(|client| client.join().map_err(|_| anyhow!("a client failed"))?);
        (changed, answered)
    });
    for answered in answered {
        ensure!(answered? > CHANGES, "few requests were under way");
    }
    changed?;
    world.proxy.no_machine_failed()
}

impl World {
    fn start(name: &str, mode: Mode, way: Way, batch: bool) -> Result<Self> {
        let policy = |from: &str| {
            compile(|gate| {
                gate.replacen("mode: hold", &format!("mode: {}", mode.name()), 1)
                    .replacen(
                        "level: decision",
                        &format!("level: decision, batch: {batch}"),
                        1,
                    )
                    .replace("people/outsiders", from)
            })
        };
        let (open, closed) = (policy("people/outsiders")?, policy("people/analysts")?);
        let backend = Backend::start()?;
        let mut setup = Setup::new(&open, backend.address, backend.address)?;
        let arguments = ["--drain-strategy", "immediate", "--drain-time-s", DRAIN];
        setup.arguments.extend(arguments.map(str::to_owned));
        let resource = match way {
            Way::Filter => filter_in_file(&mut setup, name)?,
            Way::Listener => listen_to_file(&mut setup, name)?,
        };
        let hold = mode == Mode::Hold;
        let told = |policy: &Compiled| {
            let resource = match way {
                Way::Filter => with_policy(&resource, policy, hold)?,
                Way::Listener => listener_with(&resource, policy, hold)?,
            };
            Ok::<_, anyhow::Error>((resource, policies::digest::of(policy.bundle.as_bytes())))
        };
        let (open, closed) = (told(&open)?, told(&closed)?);
        let proxy = setup.start(name)?;
        Ok(Self {
            proxy,
            backend,
            name: name.to_owned(),
            way,
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

    /// The old listeners are gone before the memory is looked at.
    fn replace_often(&mut self) -> Result<()> {
        let mut all = Vec::new();
        for series in 0..2 {
            for number in 0..FEW {
                let number = series * FEW + number;
                let under_way = UnderWay::begin(self, number)?;
                let mut old = (0..OLD)
                    .map(|_| connect(self.proxy.address))
                    .collect::<Result<Vec<_>>>()?;
                for connection in &mut old {
                    ensure!(ask(connection, &sometimes()?)? == (200, true), "not open");
                }
                self.change(true)?;
                for connection in old {
                    self.closes(connection)?;
                }
                under_way.end(self, number)?;
                self.change(false)?;
            }
            let admin = self.proxy.admin;
            self.proxy
                .wait_until(DRAINED, || drained(admin).is_ok_and(|drained| drained))?;
            all.push(self.memory()?);
        }
        eprintln!("{}: after each {} changes {all:?}", self.name, 2 * FEW);
        let sum = |sizes: &[u64]| sizes.iter().sum::<u64>();
        match all.as_slice() {
            [early, late] => ensure!(
                sum(&late.0) <= sum(&early.0) + GROWTH && late.1 <= early.1 + RESIDENT,
                "{late:?}, early {early:?}"
            ),
            _ => anyhow::bail!("two series"),
        }
        Ok(())
    }

    /// One answer of the old policy at most comes over an old connection, and says that it is the last.
    fn closes(&self, mut connection: BufReader<TcpStream>) -> Result<()> {
        match ask(&mut connection, &sometimes()?) {
            Ok((200, stays)) => ensure!(!stays, "an old grant lives on"),
            Ok((403, _)) | Err(_) => {}
            Ok((status, _)) => anyhow::bail!("{status}"),
        }
        let (status, _) = ask(&mut connect(self.proxy.address)?, &sometimes()?)?;
        ensure!(status == 403, "an old grant lives on: {status}");
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
        match self.way {
            Way::Filter => push(&policy.0, &self.name)?,
            Way::Listener => serve(&policy.0, &self.name)?,
        }
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

/// Neither listeners nor parts of them are left that were replaced.
fn drained(admin: SocketAddr) -> Result<bool> {
    let all = stats(admin, "listener_manager.total_.*_draining")?;
    ensure!(all.len() == 2, "{all:?}");
    Ok(all.values().all(|left| *left == 0))
}

/// Virtual machines that run.
fn active(admin: SocketAddr) -> Result<u64> {
    let all = stats(admin, "wasm.envoy.wasm.runtime.v8.active")?;
    Ok(all.values().sum())
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
