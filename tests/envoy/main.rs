//! The filter in a real Envoy: the corpus, configurations that must be refused, and keys that must be fetched.
//!
//! Everything listens on loopback and ends with this process. The module is `target/dist/modelgate.wasm`, which `make build`
//! leaves.

mod batch;
mod client;
mod configuration;
mod corpus;
mod endings;
mod flood;
mod grpc;
mod hostile;
mod http2;
mod identity;
mod import;
mod jwt_authn;
mod keys;
mod late;
mod lists;
mod metrics;
mod prometheus;
mod push;
mod soak;
mod tokens;
mod updates;
mod waiting;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use libtest_mimic::Arguments;
use tests::cases::fixture::Mode;
use tests::{audit, backend};

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // each trial mostly waits; this many at once show also that exchanges do not mix
    arguments.test_threads.get_or_insert(8);
    tests::process::end_all_on_interrupt(|| {})?;
    let subjects = tests::cases::corpus()?;
    let worlds: Vec<Arc<corpus::World>> = match arguments.list {
        true => Vec::new(),
        false => Mode::ALL
            .into_iter()
            .map(|mode| Ok(Arc::new(corpus::World::start(mode)?)))
            .collect::<Result<_>>()?,
    };
    let mut trials = keys::trials();
    trials.extend(configuration::trials());
    trials.extend(tokens::trials());
    trials.extend(identity::trials());
    trials.extend(push::trials());
    trials.extend(updates::trials());
    trials.extend(metrics::trials());
    trials.extend(batch::trials());
    trials.extend(prometheus::trials());
    trials.extend(grpc::trials());
    trials.extend(lists::trials());
    trials.extend(waiting::trials());
    trials.extend(late::trials());
    trials.extend(import::trials());
    trials.extend(endings::trials());
    trials.extend(hostile::trials(&subjects));
    trials.extend(soak::trials(&subjects));
    trials.extend(corpus::trials(&worlds, &subjects));
    let first = libtest_mimic::run(&arguments, trials);
    arguments.filter = None;
    arguments.test_threads = Some(1);
    let last = libtest_mimic::run(&arguments, corpus::closing_trials(worlds));
    Ok(if first.has_failed() || last.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
