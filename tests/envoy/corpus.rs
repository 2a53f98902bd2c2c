//! The corpus through the filter in a real Envoy, in both body modes; and what must be true of all of it together.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Failed, Trial};
use policies::decision::Verdict;
use tests::cases::fixture::Mode;
use tests::cases::message::Message;
use tests::cases::native::{compare, grpc_status, same_json};
use tests::cases::{Case, Expect, Place, Subject};
use tests::process::free_addresses;

use crate::audit;
use crate::backend::{Backend, PLAIN, Received};
use crate::client::{Answer, send};
use tests::envoy::{Proxy, Setup};

/// An Envoy in one body mode, its backend, and what was sent to it.
pub struct World {
    mode: Mode,
    /// the proxy
    pub proxy: Proxy,
    backend: Backend,
    sent: Mutex<BTreeMap<String, Sent>>,
}

struct Sent {
    message: Message,
    reaches: bool,
    begun: bool,
}

impl World {
    /// Starts both.
    pub fn start(mode: Mode) -> Result<Self> {
        let backend = Backend::start()?;
        // nobody listens there: the partners' keys cannot be fetched
        let [nobody] = free_addresses()?;
        let setup = Setup::new(mode.compiled(), backend.address, nobody)?;
        let proxy = setup.start(mode.name())?;
        Ok(Self {
            mode,
            proxy,
            backend,
            sent: Mutex::default(),
        })
    }

    fn run(&self, case: &Case, id: &str) -> Result<()> {
        let message = Message::of(case, now()?, id);
        let expect = case.in_envoy(self.mode == Mode::Stream);
        let sent = Sent {
            message: message.clone(),
            reaches: expect.reaches(),
            begun: expect.begun,
        };
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned(), sent);
        let answer = send(self.proxy.address, &message, expect.status != 0)?;
        told(&answer, &message, expect)?;
        if expect.reason.is_some() {
            compare(expect, &audit::wait_for(&self.proxy, id)?)?;
        }
        self.reached(id, &message, expect, &answer)
    }

    /// What reached the backend and the client goes with the verdict.
    fn reached(&self, id: &str, message: &Message, expect: &Expect, answer: &Answer) -> Result<()> {
        let own = message.answer.as_ref().map_or(PLAIN, |said| &said.body);
        let body = String::from_utf8_lossy(&answer.body);
        let answered = match &expect.shown {
            Some(shown) => same_json(Some(&body), Some(shown)),
            None => body == own,
        };
        let received = self.backend.received(id);
        if expect.verdict == Verdict::Deny {
            ensure!(
                !answered,
                "the model's answer reached a caller who was denied"
            );
            return match expect.reaches() {
                true => Ok(()),
                false => self.kept_out(received.as_ref(), expect.begun),
            };
        }
        if expect.status != 200 {
            return Ok(());
        }
        let received = received.context("nothing reached the backend")?;
        ensure!(answered && received.times == 1, "{received:?} {answer:?}");
        let whole = received.body == message.whole_body();
        ensure!(
            whole || message.early,
            "the body reached the backend changed"
        );
        Ok(())
    }

    fn kept_out(&self, received: Option<&Received>, begun: bool) -> Result<()> {
        match received {
            Some(received) if received.whole => bail!("a whole request reached the backend"),
            Some(_) if self.mode == Mode::Hold && !begun => bail!("a head reached the backend"),
            _ => Ok(()),
        }
    }

    /// What must be true after all cases.
    fn afterwards(&self) -> Result<()> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, sent) in sent.iter().filter(|(_, sent)| !sent.reaches) {
            self.kept_out(self.backend.received(id).as_ref(), sent.begun)
                .with_context(|| id.clone())?;
        }
        let mut events: BTreeMap<String, usize> = BTreeMap::new();
        for event in audit::wait_for_all(&self.proxy, sent.len())? {
            *events
                .entry(event.request_id.unwrap_or_default())
                .or_default() += 1;
        }
        let repeated: Vec<_> = events
            .iter()
            .filter(|(id, count)| !id.is_empty() && **count > 1)
            .collect();
        ensure!(repeated.is_empty(), "more than one event: {repeated:?}");
        let total: usize = events.values().sum();
        ensure!(
            total == sent.len(),
            "{} requests, {total} events",
            sent.len()
        );
        let log = self.proxy.log()?;
        for sent in sent.values() {
            silent(&log, &sent.message)?;
        }
        Ok(())
    }

    /// No virtual machine failed, and a good request still passes.
    fn healthy(&self) -> Result<()> {
        self.proxy.no_machine_failed()?;
        let case: Case = serde_saphyr::from_str(GOOD)?;
        self.run(&case, &format!("{}-last", self.mode.name()))
    }
}

/// The client is told what is expected: in gRPC's own form, where it calls with gRPC and the filter denies.
fn told(answer: &Answer, message: &Message, expect: &Expect) -> Result<()> {
    let denied = expect.verdict == Verdict::Deny && expect.status != 0;
    let expected = if denied && message.is_grpc_call() {
        (200, Some(grpc_status(expect.status)))
    } else {
        (expect.status, None)
    };
    let found = (answer.status, answer.grpc_status);
    ensure!(found == expected, "status {found:?}, not {expected:?}");
    Ok(())
}

/// A case that is allowed.
pub const GOOD: &str =
    "{ name: good, who: ana, expect: { verdict: allow, status: 200, reason: allowed } }";

/// No token, body or query string is in the log.
fn silent(log: &str, message: &Message) -> Result<()> {
    let mut secrets = vec![String::from_utf8_lossy(&message.whole_body()).into_owned()];
    for (_, value) in message
        .headers
        .iter()
        .filter(|(name, _)| name == b"authorization")
    {
        let value = String::from_utf8_lossy(value).into_owned();
        secrets.extend(value.split(['.', ' ', ',']).skip(1).map(str::to_owned));
    }
    let path = String::from_utf8_lossy(&message.path).into_owned();
    secrets.extend(path.split_once('?').map(|(_, query)| query.to_owned()));
    for secret in secrets.iter().filter(|secret| secret.len() >= 12) {
        ensure!(
            !log.contains(secret.as_str()),
            "the log holds `{secret:.80}`"
        );
    }
    Ok(())
}

/// One trial for each case and mode.
pub fn trials(worlds: &[Arc<World>], subjects: &[Subject]) -> Vec<Trial> {
    let mut trials = Vec::new();
    for world in worlds {
        for subject in subjects {
            for (number, case) in subject.cases.iter().enumerate() {
                if case.runs(Place::Envoy) {
                    let (world, case) = (Arc::clone(world), case.clone());
                    let id = format!("{}-{}-{number}", world.mode.name(), subject.name);
                    let name = format!("{} {}: {}", world.mode.name(), subject.name, case.name);
                    trials.push(Trial::test(name, move || {
                        world.run(&case, &id).map_err(failed)
                    }));
                }
            }
        }
    }
    trials
}

/// What must be true after all cases.
pub fn closing_trials(worlds: Vec<Arc<World>>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for world in worlds {
        let mode = world.mode.name();
        let again = Arc::clone(&world);
        let name = format!(
            "{mode}: one event a request, nothing secret in the log, nothing denied in the backend"
        );
        trials.push(Trial::test(name, move || {
            again.afterwards().map_err(failed)
        }));
        let name = format!("{mode}: no virtual machine failed, and Envoy still decides");
        trials.push(Trial::test(name, move || world.healthy().map_err(failed)));
    }
    trials
}

/// As the harness wants it.
pub fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}

/// Unix seconds.
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
