//! Real model servers behind the filter in a real Envoy: real clients, and thousands of requests a server, built to confuse. The
//! server says which model ran, in a record of its own; it must be one that the caller may use, and the one in the audit event.
//!
//! Everything listens on loopback and ends with this process. The module is `target/dist/modelgate.wasm`, which `make build`
//! leaves; the servers and clients are installed on first use.

#[path = "../envoy/client.rs"]
mod client;
mod clients;
mod differential;
#[path = "../envoy/http2.rs"]
mod http2;
mod launch;
mod lists;
mod mutate;
mod plan;
mod record;
mod report;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use tests::backend;

use world::World;

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // as many as there are cores: a trial keeps a server and its client busy
    arguments.test_threads.get_or_insert(2);
    tests::process::end_all_on_interrupt(|| {})?;
    let world = match arguments.list {
        true => None,
        false => Some(Arc::new(World::start()?)),
    };
    // a record is read by one trial at a time: the clients leave before the others come
    let runs = [
        lists::trials(world.as_ref()),
        clients::trials(world.as_ref()),
        differential::trials(world.as_ref()),
        closing_trials(world),
    ];
    let mut failed = false;
    for trials in runs {
        failed |= libtest_mimic::run(&arguments, trials).has_failed();
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn closing_trials(world: Option<Arc<World>>) -> Vec<Trial> {
    let name = "envoy: no virtual machine failed";
    vec![trial(name, world.as_ref(), |world| world.healthy())]
}

/// A trial in the world; where there is none, nothing is run.
fn trial(
    name: impl Into<String>,
    world: Option<&Arc<World>>,
    run: impl FnOnce(&World) -> Result<()> + Send + 'static,
) -> Trial {
    let world = world.cloned();
    Trial::test(name, move || match world {
        Some(world) => run(&world).map_err(|error| Failed::from(format!("{error:#}"))),
        None => Err("nothing was started".into()),
    })
}
