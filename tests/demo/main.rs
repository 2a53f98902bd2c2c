//! The example platform on this machine: a real Envoy with the filter, a real OpenID provider, real model servers.
//!
//! `demo` starts it, sends requests, compares what came out and ends it. `demo up` leaves it running; `demo down` ends that.
//! Needs `target/dist` from `make build`.

mod audit;
mod background;
mod forge;
mod install;
mod platform;
mod requests;
mod servers;
mod table;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use tests::process;
use tests::setup::project;

use platform::Platform;
use table::Outcome;
use tokens::Tokens;

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => show(),
        ["up"] => background::up(&state().join("up")).map(|()| ExitCode::SUCCESS),
        ["down"] => background::down(&state().join("up")).map(|()| ExitCode::SUCCESS),
        _ => bail!("`demo`, `demo up` or `demo down`"),
    }
}

/// Where runs keep their files.
fn state() -> PathBuf {
    project().join("target/demo")
}

fn show() -> Result<ExitCode> {
    let run = state().join(std::process::id().to_string());
    let files = Files(run.clone());
    process::end_all_on_interrupt(move || remove(&run))?;
    let outcomes = send_all(&files.0)?;
    let all_as_expected = table::print(&outcomes)?;
    Ok(if all_as_expected {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Starts the platform, sends every request and ends the platform.
fn send_all(run: &Path) -> Result<Vec<Outcome>> {
    let platform = Platform::start(run)?;
    let tokens = Tokens::get(&platform.identity)?;
    platform.wait_for_keys([&tokens.analyst, &tokens.checkout])?;
    let mut sent = Vec::new();
    for (number, case) in requests::all(&tokens, &platform.identity)?
        .into_iter()
        .enumerate()
    {
        let (header, trace) = audit::traceparent(number);
        let request = case.request.clone().header("traceparent", header);
        let response = request
            .send(platform.gateway)
            .with_context(|| format!("{}, {}", case.who, case.what))?;
        sent.push((case, response, trace));
    }
    let traces: Vec<_> = sent.iter().map(|(.., trace)| trace.clone()).collect();
    let mut events = audit::collect(platform.envoy_log(), &traces)?;
    let outcome = |(case, response, trace): (_, _, String)| {
        let events = events.remove(&trace).unwrap_or_default();
        Outcome {
            case,
            response,
            events,
        }
    };
    Ok(sent.into_iter().map(outcome).collect())
}

/// The files of a run, removed at its end: there are private keys among them.
struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

fn remove(run: &Path) {
    if run.exists()
        && let Err(error) = fs::remove_dir_all(run)
    {
        eprintln!("`{}` is not removed: {error}", run.display());
    }
}
