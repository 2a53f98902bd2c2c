//! Thousands of requests a server: what the server says that it ran must be what the filter allowed, and what its audit event names.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use policies::audit::AuditEvent;
use tests::audit;
use tests::cases::message::Message;
use tests::envoy::Proxy;

use crate::client::{Answer, send};
use crate::plan::{Plan, Requests};
use crate::record::{Ran, Record};
use crate::report::{Sent, Tally};
use crate::world::{World, authorization};

/// Begins every run; another one by the environment's `MODELGATE_SEED`.
const SEED: u64 = 20_261_127;

/// One server, or one deployment of it, over one wire.
struct Wire {
    /// name of its plan
    plan: &'static str,
    /// in `target/servers`; a server without one is believed by its answers
    record: Option<&'static str>,
    proxy: fn(&World) -> &Proxy,
    /// where its requests would go without the filter
    direct: fn(&World, &mut Message) -> SocketAddr,
}

/// The wires of each server. Those of one server share its record, and take turns.
const SERVERS: [(&str, &[Wire]); 6] = [
    (
        "mlserver",
        &[
            Wire {
                plan: "mlserver",
                record: Some("mlserver"),
                proxy: edge,
                direct: |world, _| world.at.mlserver[0],
            },
            Wire {
                plan: "mlserver-grpc",
                record: Some("mlserver"),
                proxy: edge,
                direct: |world, _| world.at.mlserver[1],
            },
        ],
    ),
    (
        "kserve",
        &[
            Wire {
                plan: "kserve",
                record: Some("kserve"),
                proxy: edge,
                direct: |world, _| world.at.kserve[0],
            },
            Wire {
                plan: "kserve-grpc",
                record: Some("kserve"),
                proxy: edge,
                direct: |world, _| world.at.kserve[1],
            },
        ],
    ),
    (
        "litellm",
        &[Wire {
            plan: "litellm",
            record: Some("litellm"),
            proxy: edge,
            direct: |world, _| world.at.litellm,
        }],
    ),
    (
        "seldon",
        &[
            Wire {
                plan: "seldon",
                record: Some("seldon"),
                proxy: edge,
                direct: seldon,
            },
            Wire {
                plan: "seldon-grpc",
                record: Some("seldon"),
                proxy: |world| &world.sidecars[0],
                direct: |world, _| world.at.seldon_secret[1],
            },
            Wire {
                plan: "seldon-grpc-secret",
                record: Some("seldon"),
                proxy: |world| &world.sidecars[1],
                direct: |world, _| world.at.seldon_secret[1],
            },
        ],
    ),
    (
        "bentoml",
        &[Wire {
            plan: "bentoml",
            record: Some("bentoml"),
            proxy: edge,
            direct: bentoml,
        }],
    ),
    (
        "llama",
        &[Wire {
            plan: "llama",
            record: None,
            proxy: edge,
            direct: |world, _| world.at.llama,
        }],
    ),
];

const fn edge(world: &World) -> &Proxy {
    &world.edge
}

/// The gateway's routes: by prefix, which they take off.
fn seldon(world: &World, message: &mut Message) -> SocketAddr {
    let secret = message.path.starts_with(b"/seldon/seldon/seldon-secret/");
    let taken = if secret {
        "/seldon/seldon/seldon-secret"
    } else {
        "/seldon/seldon/seldon-cats"
    };
    if message.path.starts_with(taken.as_bytes()) {
        message.path.drain(..taken.len());
    }
    if secret {
        world.at.seldon_secret[0]
    } else {
        world.at.seldon_cats[0]
    }
}

fn bentoml(world: &World, message: &mut Message) -> SocketAddr {
    match message.authority.starts_with(b"bento-secret") {
        true => world.at.bento_secret,
        false => world.at.bento_cats,
    }
}

/// One trial for each server.
pub fn trials(world: Option<&Arc<World>>) -> Vec<Trial> {
    let trial = |(server, wires): (&str, &'static [Wire])| {
        let name = format!("{server}: what ran was allowed, and is what the audit says");
        crate::trial(name, world, move |world| run(wires, world))
    };
    SERVERS.into_iter().map(trial).collect()
}

/// First everything through the filter, because some confusions unload models where nothing keeps them out.
fn run(wires: &[Wire], world: &World) -> Result<()> {
    let seed = std::env::var("MODELGATE_SEED").ok();
    let seed = seed.and_then(|text| text.parse().ok()).unwrap_or(SEED);
    let mut tallies = Vec::new();
    for wire in wires {
        let plan = Plan::read(wire.plan)?;
        let requests = plan.requests(seed)?;
        let tally = wire.through(world, &plan, &requests)?;
        tallies.push((wire, plan, requests, tally));
    }
    for (wire, plan, requests, tally) in tallies {
        let reached = wire.without(world, &plan, &requests)?;
        let (theirs, confusions) = (&plan.words.theirs, requests.confusions.len());
        let told = format!(
            "{tally}; of {confusions} confusions without the filter, {reached} reached `{theirs}`"
        );
        println!("{}: {told}", wire.plan);
        let place = || format!("{}, seed {seed}: {}{told}", wire.plan, plan.about);
        ensure!(
            tally.disagreements.is_empty(),
            "{}\n{}",
            place(),
            tally.disagreements.join("\n")
        );
        // a test that lets nothing pass, or whose server nothing confuses, would show nothing
        ensure!(
            tally.ran * 10 > tally.sent || plan.closed,
            "too few ran: {}",
            place()
        );
        ensure!(reached > 0, "nothing was confused: {}", place());
    }
    Ok(())
}

impl Wire {
    fn record(&self, world: &World) -> Result<Record> {
        let path = self
            .record
            .map(|name| world.run.join(name).with_extension("ran"));
        Record::follow(path.as_deref())
    }

    /// Everything through the filter, as ana.
    fn through(&self, world: &World, plan: &Plan, requests: &Requests) -> Result<Tally> {
        let proxy = (self.proxy)(world);
        let authorization = authorization()?;
        let mut record = self.record(world)?;
        let mut sent = Vec::new();
        for (number, message) in requests.all.iter().enumerate() {
            let id = format!("{}-{number}", self.plan);
            let mut message = message.clone();
            let mut field = |name: &str, value: &str| {
                let field = (name.as_bytes().to_vec(), value.as_bytes().to_vec());
                message.headers.push(field);
            };
            field("x-request-id", &id);
            field("authorization", &authorization);
            let (answer, ran) = exchange(proxy.address, &message, &mut record)?;
            sent.push(Sent {
                id,
                message,
                answer,
                ran,
            });
        }
        // every request before it has ended
        let last = sent.last().context("a plan has requests")?;
        audit::wait_for(proxy, &last.id)?;
        let events = self.events(proxy)?;
        Ok(Tally::of(plan, &sent, &events))
    }

    /// The confusions straight to the server: how many made the forbidden model run.
    fn without(&self, world: &World, plan: &Plan, requests: &Requests) -> Result<usize> {
        let mut record = self.record(world)?;
        let mut reached = 0;
        for message in &requests.confusions {
            let mut message = message.clone();
            let address = (self.direct)(world, &mut message);
            let (_, ran) = exchange(address, &message, &mut record)?;
            let theirs = |ran: &Ran| ran.model == plan.words.theirs || ran.model == "*";
            reached += usize::from(ran.iter().any(theirs));
        }
        Ok(reached)
    }

    fn events(&self, proxy: &Proxy) -> Result<BTreeMap<String, AuditEvent>> {
        let prefix = format!("{}-", self.plan);
        let mark = format!(r#""requestId":"{prefix}"#);
        let log = proxy.log()?;
        let mine: Vec<&str> = log.lines().filter(|line| line.contains(&mark)).collect();
        let events = audit::events(&mine.join("\n"))?;
        let by_id = |event: AuditEvent| Some((event.request_id.clone()?, event));
        Ok(events.into_iter().filter_map(by_id).collect())
    }
}

/// Sends the message over a connection of its own, and asks the server what it did.
fn exchange(
    address: SocketAddr,
    message: &Message,
    record: &mut Record,
) -> Result<(Answer, Vec<Ran>)> {
    let mut message = message.clone();
    if message.http != 2 {
        message
            .headers
            .push((b"connection".to_vec(), b"close".to_vec()));
    }
    // an answer that is none, such as one to HEAD, is nothing; the record counts
    let answer = send(address, &message, true).unwrap_or(Answer::NOTHING);
    let ran = record.since(answer.status, &answer.body)?;
    Ok((answer, ran))
}
