//! Real clients, unmodified but for a bearer token and where they call: each function of `tests/servers/clients/*.py` is a trial.

use std::process::Command;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use libtest_mimic::Trial;
use tests::setup::project;

use crate::world::{World, authorization};

/// A script and what it does.
const SCRIPTS: [(&str, &[&str]); 5] = [
    (
        "openai_client",
        &[
            "chat",
            "chat_stream",
            "completion",
            "embeddings",
            "forbidden",
            "no_token",
            "list_names",
        ],
    ),
    (
        "triton_http",
        &[
            "infer",
            "binary",
            "gzip",
            "ready_and_metadata",
            "forbidden",
            "no_token",
        ],
    ),
    (
        "triton_grpc",
        &[
            "infer",
            "stream",
            "ready_and_metadata",
            "forbidden",
            "no_token",
            "gzip",
            "seldon",
            "reflection",
        ],
    ),
    (
        "plain_requests",
        &[
            "seldon",
            "kserve_v1",
            "gzip_where_the_body_names",
            "forbidden",
            "no_token",
        ],
    ),
    ("bento_client", &["predict", "forbidden", "no_token"]),
];

/// One for each function.
pub fn trials(world: Option<&Arc<World>>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (script, functions) in SCRIPTS {
        for function in functions {
            let run = move |world: &World| call(world, script, function);
            trials.push(crate::trial(format!("{script}: {function}"), world, run));
        }
    }
    trials
}

fn call(world: &World, script: &str, function: &str) -> Result<()> {
    let environment = match script {
        "bento_client" => &world.components.bentoml,
        _ => &world.components.clients,
    };
    let authorization = authorization()?;
    let token = authorization
        .strip_prefix("Bearer ")
        .context("a bearer token")?;
    let mut command = Command::new(environment.join("bin/python"));
    command.arg(
        project()
            .join("tests/servers/clients")
            .join(script)
            .with_extension("py"),
    );
    command
        .arg(function)
        .env("GATE", world.edge.address.to_string())
        .env("TOKEN", token);
    command.env("CATS", world.sidecars[0].address.to_string());
    command.env("SECRET", world.sidecars[1].address.to_string());
    command.env("DIRECT", world.at.seldon_cats[1].to_string());
    // nothing is written into the project
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("BENTOML_DO_NOT_TRACK", "true");
    command.env("BENTOML_HOME", world.run.join("bento-client"));
    let output = command.output().context("run Python")?;
    let said = [output.stdout, output.stderr].concat();
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    Ok(())
}
