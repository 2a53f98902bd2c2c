//! `demo up` and `demo down`: a platform that stays when the program ends, found again by a file with its processes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tests::identity::Identity;
use tests::process::{self, Record};

use crate::platform::Platform;
use crate::tokens::Tokens;

/// What another run of this program needs to know.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    gateway: SocketAddr,
    identity: SocketAddr,
    processes: Vec<Record>,
}

/// Starts the platform with its files in `run`, or finds it running, and says how to try it, with fresh tokens.
pub fn up(run: &Path) -> Result<()> {
    let state = match running(run)? {
        Some(state) => state,
        None => start(run)?,
    };
    let identity = Identity::new(state.identity, run)?;
    write_tokens(run, &Tokens::get(&identity)?)?;
    print!("{}", guide(run, state.gateway));
    Ok(())
}

/// Ends what `up` started in `run`.
pub fn down(run: &Path) -> Result<()> {
    let Some(state) = read(run)? else {
        println!("nothing is running");
        return Ok(());
    };
    // in the reverse order of their start: nothing is asked of a server that is gone
    for process in state.processes.iter().rev() {
        println!(
            "{}: {}",
            process.name,
            if process.end() {
                "ended"
            } else {
                "was gone already"
            }
        );
    }
    clear(run)
}

/// Whatever happens before the end, nothing stays.
fn start(run: &Path) -> Result<State> {
    clear(run)?;
    let files = run.to_owned();
    process::end_all_on_interrupt(move || drop(clear(&files)))?;
    start_and_keep(run).inspect_err(|_| drop(clear(run)))
}

fn start_and_keep(run: &Path) -> Result<State> {
    let platform = Platform::start(run)?;
    let tokens = Tokens::get(&platform.identity)?;
    platform.wait_for_keys([&tokens.analyst, &tokens.checkout])?;
    let identity = platform.identity.address();
    let state = State {
        gateway: platform.gateway,
        identity,
        processes: platform.records()?,
    };
    fs::write(state_file(run), serde_json::to_vec_pretty(&state)?)?;
    platform.keep();
    Ok(state)
}

fn state_file(run: &Path) -> PathBuf {
    run.join("state.json")
}

fn read(run: &Path) -> Result<Option<State>> {
    let file = state_file(run);
    if !file.exists() {
        return Ok(None);
    }
    let state = serde_json::from_slice(&fs::read(&file)?)
        .with_context(|| format!("read `{}`", file.display()))?;
    Ok(Some(state))
}

/// The platform that `up` started, if all of it still runs; what is left of a broken one is ended.
fn running(run: &Path) -> Result<Option<State>> {
    let state = read(run)?;
    if let Some(state) = &state
        && !state.processes.iter().all(Record::is_running)
    {
        down(run)?;
        return Ok(None);
    }
    Ok(state)
}

fn clear(run: &Path) -> Result<()> {
    match fs::remove_dir_all(run) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove `{}`", run.display()))
        }
        _ => Ok(()),
    }
}

fn write_tokens(run: &Path, tokens: &Tokens) -> Result<()> {
    let Tokens {
        analyst,
        contractor,
        checkout,
        ..
    } = tokens;
    for (name, token) in [
        ("analyst", analyst),
        ("contractor", contractor),
        ("checkout", checkout),
    ] {
        let file = run.join(format!("{name}.token"));
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(file)?
            .write_all(token.as_bytes())?;
    }
    Ok(())
}

/// Four requests to try by hand, from the project's folder.
fn guide(run: &Path, gateway: SocketAddr) -> String {
    let run = run.strip_prefix(crate::project()).unwrap_or(run).display();
    let curl = |who: &str, host: &str, path: &str, body: &str| {
        format!(
            "  curl -i http://{gateway}{path} -H 'host: {host}.models.example.com' \\\n    \
             -H 'content-type: application/json' -H \"authorization: Bearer $(cat {run}/{who}.token)\" \\\n    \
             -d '{body}'\n\n"
        )
    };
    let predict = (
        "fraud",
        "/seldon/fraud/fraud-detector/api/v1.0/predictions",
        r#"{"data":{"ndarray":[[1200,3]]}}"#,
    );
    let chat = |model| {
        format!(
            r#"{{"model":"{model}","max_tokens":8,"messages":[{{"role":"user","content":"Hello"}}]}}"#
        )
    };
    let assistant = ("assistant", "/v1/chat/completions");
    [
        "The platform is running. Four requests to try, with tokens that are good for an hour (`make up` gives new ones):\n\n".to_owned(),
        "an analyst may ask the fraud model:\n".to_owned() + &curl("analyst", predict.0, predict.1, predict.2),
        "a workload may too:\n".to_owned() + &curl("checkout", predict.0, predict.1, predict.2),
        "a contractor may not, whatever other groups he is in:\n".to_owned() + &curl("contractor", predict.0, predict.1, predict.2),
        "but he may chat with a public model (with \"assistant-large\" in the body he may not):\n".to_owned()
            + &curl("contractor", assistant.0, assistant.1, &chat("assistant-small")),
        format!("audit events: tail -f {run}/envoy.log | grep --line-buffered modelgate.audit\nend it: make down\n"),
    ]
    .concat()
}
