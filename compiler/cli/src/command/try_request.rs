//! `modelgate try`: one HTTP request judged offline, by the machine that the filter runs, on the emitted bundle.

use std::io::Read;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use clap::Args;
use compiler::analysis::USUAL;
use compiler::output::Options;
use policies::decision::Verdict;
use policies::offline::{self, Judgement, Request};
use policies::time::UnixTime;
use policies::verify::verify;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::batch::{self, At, Base64, Bytes};
use crate::guards::{Guards, Keys};
use crate::project::{Paths, Project};
use crate::{Exit, Terminal, http, time};

/// Most bytes of a message that are read.
const MOST: u64 = 64 << 20;

/// Arguments of `try`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 allowed, 1 denied, 2 cannot run, or the files have errors. With --batch: 0, or 2 where a line cannot be read."
)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// Install target whose bundle judges; unless given the first that has a route for the host
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// When, in Unix seconds or RFC 3339; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    #[command(flatten)]
    keys: Keys,
    /// SPIFFE identity of the connection's peer
    #[arg(long, value_name = "SPIFFE", value_parser = spiffe, conflicts_with = "batch")]
    peer: Option<String>,
    /// Address that the request comes from; one that is nobody's unless given
    #[arg(long, value_name = "IP", default_value_t = USUAL, conflicts_with = "batch")]
    address: IpAddr,
    /// Answer JSON lines {"method","authority","path","headers","body","trailers","at","peer","address"} with JSON lines, in order; the body is in base64
    #[arg(long)]
    batch: bool,
}

/// One request as a line of JSON.
#[derive(Debug, Deserialize)]
pub struct Question {
    method: Option<Bytes>,
    authority: Option<Bytes>,
    path: Option<Bytes>,
    headers: Option<Vec<(Bytes, Bytes)>>,
    body: Option<Base64>,
    trailers: Option<Vec<(Bytes, Bytes)>>,
    /// when it is asked
    pub at: Option<At>,
    peer: Option<Bytes>,
    address: Option<IpAddr>,
}

/// Reads one request, or many.
///
/// # Errors
/// When files or standard input cannot be read, or the message is no HTTP.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let Some(compiled) = Project::compiled(&arguments.paths, &Options::at(time::now()), terminal)?
    else {
        return Ok(Exit::CannotRun);
    };
    let mut guards = Guards::load(&compiled, arguments.target.as_deref(), &arguments.keys)?;
    let otherwise = || arguments.at.unwrap_or_else(time::now);
    if arguments.batch {
        return batch::run(terminal, |question: Question| {
            let at = question.at.map_or_else(otherwise, |at| at.0);
            answer(&judge(&mut guards, question.request(), at))
        });
    }
    let mut message = Vec::new();
    terminal
        .input()
        .take(MOST)
        .read_to_end(&mut message)
        .context("cannot read standard input")?;
    let peer = arguments.peer.clone().map(String::into_bytes);
    let request = Request {
        peer,
        address: Some(from(arguments.address)),
        ..http::parse(&message)?
    };
    let judgement = judge(&mut guards, request, otherwise());
    terminal.print(&text(&judgement))?;
    Ok(if judgement.event.verdict == Verdict::Allow {
        Exit::Clean
    } else {
        Exit::Problems
    })
}

impl Question {
    /// The request itself.
    pub fn request(self) -> Request {
        let pseudo = [
            (":method", self.method),
            (":authority", self.authority),
            (":path", self.path),
        ];
        let written =
            |(name, value): (&str, Option<Bytes>)| Some((name.as_bytes().to_vec(), value?.0));
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = pseudo.into_iter().filter_map(written).collect();
        fields.extend(
            self.headers
                .unwrap_or_default()
                .into_iter()
                .map(|(name, value)| (name.0, value.0)),
        );
        Request {
            fields,
            body: self.body.map(|body| body.0),
            trailers: self.trailers.is_some_and(|trailers| !trailers.is_empty()),
            peer: self.peer.map(|peer| peer.0),
            address: Some(from(self.address.unwrap_or(USUAL))),
        }
    }
}

/// As a proxy writes it.
pub fn from(address: IpAddr) -> Vec<u8> {
    SocketAddr::new(address, 0).to_string().into_bytes()
}

/// Each request is judged as by a fresh proxy: no token is known from an earlier one.
pub fn judge(guards: &mut Guards, request: Request, at: UnixTime) -> Judgement {
    let authority = request
        .fields
        .iter()
        .find(|(name, _)| name == b":authority")
        .map(|(_, value)| value.clone());
    let guard = guards.for_host(&authority.unwrap_or_default());
    guard.forget_tokens();
    offline::judge(guard, request, at, &mut verify)
}

fn answer(judgement: &Judgement) -> Value {
    let event = &judgement.event;
    json!({
        "verdict": event.verdict,
        "status": status(judgement),
        "reason": event.reason.code(),
        "namespace": event.namespace,
        "model": event.model,
        "action": event.action,
        "rules": event.rules,
        "event": event,
    })
}

/// 200, or the denial's.
pub fn status(judgement: &Judgement) -> u16 {
    judgement
        .denial
        .as_ref()
        .map_or(200, |denial| denial.status)
}

fn text(judgement: &Judgement) -> String {
    let event = &judgement.event;
    let verdict = if event.verdict == Verdict::Allow {
        "allow"
    } else {
        "deny"
    };
    let mut text = format!(
        "{verdict}: {} ({})\n",
        event.reason.code(),
        status(judgement)
    );
    let action = event.action.map(|action| action.name().to_owned());
    let rules = (!event.rules.is_empty()).then(|| event.rules.join(", "));
    let lines = [
        ("namespace", event.namespace.clone()),
        ("model", event.model.clone()),
        ("action", action),
        ("caller", event.subject.clone()),
        ("peer", event.peer.clone()),
        ("rules", rules),
        ("because", event.because.clone()),
    ];
    for (name, value) in lines {
        text.extend(value.map(|value| format!("{name}: {}\n", value.escape_debug())));
    }
    text + &format!("event: {}\n", event.to_line())
}

/// `--peer`: a name as rules have it would be nobody's identity, and refused without a word.
///
/// # Errors
/// When it is none.
pub fn spiffe(text: &str) -> Result<String, String> {
    match text.starts_with("spiffe://") {
        true => Ok(text.to_owned()),
        false => Err("write `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/NAME`".to_owned()),
    }
}
