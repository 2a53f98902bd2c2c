//! Real identity providers in front of the filter in a real Envoy: a key that is rotated while requests flow, the first
//! request of a cold start, and the tokens of Keycloak as they are.
//!
//! Everything listens on loopback and ends with this process. The module is `target/dist/modelgate.wasm`, which `make build`
//! leaves; oidc-provider needs Node, Keycloak needs Java 17 and, once, Maven.

mod folder;
mod keycloak;
mod provider;
mod rotation;
#[path = "../cli/session.rs"]
#[expect(dead_code, reason = "the tests of the command line use the rest")]
mod session;
mod traffic;

use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed};

fn main() -> Result<ExitCode> {
    let mut arguments = Arguments::from_args();
    // the trials mostly wait: for a fetch that is due, for Keycloak's start
    arguments.test_threads.get_or_insert(8);
    tests::process::end_all_on_interrupt(folder::remove_all)?;
    let mut trials = rotation::trials();
    trials.extend(keycloak::trials()?);
    // the one that measures a short time has the machine for itself
    let first = libtest_mimic::run(&arguments, vec![rotation::cold_start()]);
    let rest = libtest_mimic::run(&arguments, trials);
    Ok(if first.has_failed() || rest.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// As the harness wants it.
fn failed(error: anyhow::Error) -> Failed {
    format!("{error:#}").into()
}
