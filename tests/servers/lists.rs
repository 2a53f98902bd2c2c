//! The lists of models that the servers give, as `init --server` asks for them. They are kept in `tests/servers/lists`, each with the
//! server's version in its name, and the command line's own tests read them there; this trial holds them against the real servers.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use cli::{Exit, Terminal};
use compiler::starter::found::{INDEX, MODELS, in_list};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use tests::http::Request;
use tests::setup::project;

use crate::trial;
use crate::world::World;

/// One for each server with a list.
pub fn trials(world: Option<&Arc<World>>) -> Vec<Trial> {
    let one = |name: &'static str, address: fn(&World) -> SocketAddr| {
        trial(format!("lists: {name}"), world, move |world| {
            compared(name, address(world))
        })
    };
    vec![
        one("mlserver", |world| world.at.mlserver[0]),
        one("kserve", |world| world.at.kserve[0]),
        one("litellm", |world| world.at.litellm),
        one("llama", |world| world.at.llama),
        trial("lists: init writes what passes", world, started_from),
    ]
}

/// From an empty folder to files that pass, with each server's own list.
fn started_from(world: &World) -> Result<()> {
    let at = &world.at;
    for (name, address, models) in [
        ("mlserver", at.mlserver[0], 3),
        ("kserve", at.kserve[0], 3),
        ("litellm", at.litellm, 3),
        ("llama", at.llama, 1),
    ] {
        let folder = world.run.join(format!("init-{name}"));
        let folder = folder.display().to_string();
        let server = format!("http://{address}");
        ran(&[
            "init", &folder, "-n", "team", "--server", &server, "--group", "analysts",
        ])?;
        ran(&["check", &folder])?;
        let tested = ran(&["test", &folder])?;
        let expected = format!("{} passed, 0 failed", 3 * models);
        ensure!(tested.contains(&expected), "{name}: {tested}");
    }
    Ok(())
}

/// What a command wrote that must be clean.
fn ran(arguments: &[&str]) -> Result<String> {
    let (mut input, mut output, mut errors) = (&b""[..], Vec::new(), Vec::new());
    let mut terminal = Terminal::new(&mut input, &mut output, &mut errors, false);
    let words = ["modelgate"].iter().chain(arguments).map(OsString::from);
    let exit = cli::run(words, &mut terminal);
    let exit = terminal.finish(exit);
    let said = String::from_utf8_lossy(&errors);
    ensure!(exit == Exit::Clean, "{arguments:?}: {said}");
    Ok(String::from_utf8(output)?)
}

fn compared(name: &str, address: SocketAddr) -> Result<()> {
    let mut answers = serde_json::Map::new();
    for (method, path) in [("POST", INDEX), ("GET", MODELS)] {
        let request = Request::new(method, "localhost", path);
        let request = if method == "POST" {
            request.json("{}")
        } else {
            request
        };
        let response = request.send(address)?;
        let answer = json!({ "status": response.status, "body": response.text() });
        answers.insert(format!("{method} {path}"), answer);
    }
    let versions = fs::read_to_string(project().join("tests/setup/versions.sh"))?;
    let version = versions
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}_version=")));
    let version = version
        .and_then(|rest| rest.split(' ').next())
        .context("no version")?;
    let file = project().join(format!("tests/servers/lists/{name}-{version}.json"));
    let now = Value::Object(answers);
    if std::env::var_os("MODELGATE_UPDATE").is_some() {
        fs::create_dir_all(file.parent().context("no folder")?)?;
        fs::write(&file, format!("{now:#}\n"))?;
    }
    let kept: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
    ensure!(
        named(&now) == named(&kept),
        "{} is not {now:#}",
        file.display()
    );
    Ok(())
}

/// Status and models of each list; times and ids are other ones in each run.
fn named(answers: &Value) -> Vec<(String, Value, String)> {
    let answers = answers.as_object().into_iter().flatten();
    let read = |(line, answer): (&String, &Value)| {
        let path = line.split(' ').nth(1).unwrap_or_default();
        let body = answer["body"].as_str().unwrap_or_default();
        let list = serde_json::from_str(body).unwrap_or_default();
        (
            line.clone(),
            answer["status"].clone(),
            format!("{:?}", in_list(path, &list)),
        )
    };
    answers.map(read).collect()
}
