//! `modelgate whoami`: the identity that a token gives, or the exact reason why it is refused.

use std::io::Read;

use anyhow::{Context, Result};
use clap::Args;
use compiler::output::Options;
use policies::guard::Guard;
use policies::offline;
use policies::principal::{ClaimValue, Identity, Subject};
use policies::time::UnixTime;
use policies::token::Refusal;
use policies::verify::verify;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::batch::{self, At, Bytes};
use crate::guards::{Guards, Keys};
use crate::project::{Paths, Project};
use crate::shown::printable;
use crate::{Exit, Terminal, time};

/// Most bytes of a token that are read; far longer than any that is accepted.
const MOST: u64 = 1 << 20;

/// Arguments of `whoami`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 accepted, 1 refused, 2 cannot run, or the files have errors. With --batch: 0, or 2 where a line cannot be read."
)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// When, in Unix seconds or RFC 3339; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    #[command(flatten)]
    keys: Keys,
    /// Answer JSON lines {"token","at"} with JSON lines, one each, in order
    #[arg(long)]
    batch: bool,
}

#[derive(Debug, Deserialize)]
struct Question {
    token: Bytes,
    at: Option<At>,
}

/// Reads one token, or many.
///
/// # Errors
/// When files or standard input cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let Some(compiled) = Project::compiled(&arguments.paths, &Options::at(time::now()), terminal)?
    else {
        return Ok(Exit::CannotRun);
    };
    let mut guards = Guards::load(&compiled, None, &arguments.keys)?;
    let guard = guards.first();
    let otherwise = || arguments.at.unwrap_or_else(time::now);
    if arguments.batch {
        return batch::run(terminal, |Question { token, at }| {
            let at = at.map_or_else(otherwise, |at| at.0);
            answer(&identity(guard, &token.0, at))
        });
    }
    let mut token = Vec::new();
    terminal
        .input()
        .take(MOST)
        .read_to_end(&mut token)
        .context("cannot read standard input")?;
    let found = identity(guard, token.trim_ascii(), otherwise());
    terminal.print(&text(&found))?;
    Ok(if found.is_ok() {
        Exit::Clean
    } else {
        Exit::Problems
    })
}

fn identity(guard: &Guard, token: &[u8], at: UnixTime) -> Result<Identity, Refusal> {
    offline::whoami(guard, token, at, &mut verify)
}

fn answer(found: &Result<Identity, Refusal>) -> Value {
    match found {
        Ok(identity) => {
            let (user, account) = names(&identity.subject);
            json!({
                "accepted": true, "reason": "allowed", "issuer": identity.issuer,
                "user": user, "groups": identity.groups, "serviceAccount": account,
            })
        }
        Err(refusal) => json!({
            "accepted": false, "reason": refusal.reason.code(), "issuer": null,
            "user": null, "groups": [], "serviceAccount": null,
        }),
    }
}

fn names(subject: &Subject) -> (Option<String>, Option<String>) {
    let name = Some(subject.name());
    match subject {
        Subject::User(_) => (name, None),
        Subject::ServiceAccount(_) | Subject::Workload(_) => (None, name),
    }
}

fn text(found: &Result<Identity, Refusal>) -> String {
    match found {
        Ok(identity) => accepted(identity),
        Err(Refusal { reason, detail }) => {
            format!("refused: {}\n{}\n", reason.code(), printable(detail))
        }
    }
}

fn accepted(identity: &Identity) -> String {
    let what = match &identity.subject {
        Subject::User(_) => "user",
        Subject::ServiceAccount(_) | Subject::Workload(_) => "service account",
    };
    let groups: Vec<String> = identity
        .groups
        .iter()
        .map(|group| printable(group))
        .collect();
    let mut lines = vec![
        "accepted".to_owned(),
        format!("issuer: {}", identity.issuer),
        format!("{what}: {}", printable(&identity.subject.name())),
        format!("groups: {}", or_none(groups)),
    ];
    if let Some(client) = &identity.client {
        lines.push(format!("through: {}", printable(client)));
    }
    for (name, value) in identity.claims.iter() {
        lines.push(format!("claim {name}: {}", claim(value)));
    }
    let until = UnixTime::from_secs(identity.valid_until).rfc3339();
    lines.push(format!("valid until: {until}\n"));
    lines.join("\n")
}

fn claim(value: &ClaimValue) -> String {
    match value {
        ClaimValue::Text(text) => printable(text),
        ClaimValue::Number(number) => number.to_string(),
        ClaimValue::Boolean(value) => value.to_string(),
        ClaimValue::List(texts) => or_none(texts.iter().map(|text| printable(text)).collect()),
    }
}

fn or_none(names: Vec<String>) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
