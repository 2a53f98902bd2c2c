//! `modelgate explain`: why a request is allowed or denied, and what a code means.
//!
//! A request is an HTTP message or a line of JSON, as `try` takes them, or a line of the audit log.

mod event;
mod request;
mod told;

use std::io::Read;
use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use compiler::analysis::recorded::Callers;
use compiler::analysis::{Side, USUAL};
use compiler::output::Options;
use compiler::replay;
use policies::decision::Verdict;
use policies::time::UnixTime;
use serde_json::Value;

use super::try_request::{self, Question};
use crate::guards::{Guards, Keys};
use crate::own::Own;
use crate::project::{Compiled, Paths, Project};
use crate::terminal::Format;
use crate::{Exit, Terminal, codes, http, shown, time};

use request::Known;
use told::Told;

/// Most bytes that are read.
const MOST: u64 = 64 << 20;

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 allowed, or a code was explained; 1 denied; 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    /// codes such as `MG0304` or `not_permitted`; or files and folders, and the request on standard input
    #[arg(value_name = "CODE|PATH", required = true)]
    what: Vec<PathBuf>,
    /// Who may read the answer: `caller` hears nothing about rules, nor whether a model exists
    #[arg(
        long = "for",
        value_enum,
        default_value = "administrator",
        value_name = "READER"
    )]
    reader: Reader,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// When, in Unix seconds or RFC 3339; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
    /// Install target whose bundle judges; unless given the first that has a route for the host
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Address that an HTTP message comes from; one that is nobody's unless given
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// SPIFFE identity of the connection's peer that an HTTP message comes from
    #[arg(long, value_name = "SPIFFE", value_parser = try_request::spiffe)]
    peer: Option<String>,
    #[command(flatten)]
    keys: Keys,
}

impl Arguments {
    /// All, where none is a file.
    fn codes(&self) -> Option<Vec<&str>> {
        if self.what.iter().any(|path| path.exists()) {
            return None;
        }
        self.what.iter().map(|code| code.to_str()).collect()
    }

    /// # Errors
    /// Where something is given that a line of JSON says itself.
    fn of_no_message(&self) -> Result<()> {
        if self.peer.is_some() || self.address.is_some() {
            bail!(OF_A_MESSAGE);
        }
        Ok(())
    }
}

/// Who reads an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// whoever may read the files
    Administrator,
    /// whoever sent the request
    Caller,
}

/// Explains.
///
/// # Errors
/// When files or standard input cannot be read, or there is no such code.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    if let Some(codes) = arguments.codes() {
        let page = |code: &str| match arguments.output {
            Format::Text => codes::page(code, terminal.paper()),
            Format::Json => codes::json(code).map(|code| shown::document(&code)),
        };
        let pages: Vec<String> = codes.into_iter().map(page).collect::<Result<_>>()?;
        let between = match arguments.output {
            Format::Text => "\n",
            Format::Json => "",
        };
        terminal.print(&pages.join(between))?;
        return Ok(Exit::Clean);
    }
    let paths = Paths {
        paths: arguments.what.clone(),
    };
    let Own { sources, .. } = Own::read(&paths.paths, &mut std::io::empty())?;
    let Some(compiled) = Project::compiled(&paths, &Options::at(time::now()), terminal)? else {
        return Ok(Exit::CannotRun);
    };
    let mut input = Vec::new();
    terminal
        .input()
        .take(MOST)
        .read_to_end(&mut input)
        .context("cannot read standard input")?;
    let known = known(arguments, &compiled, &input)?;
    let Compiled { loaded, output } = compiled;
    let side = Side::compiled(&loaded.policy, output.table, &output.meaning);
    let allowed = known.event.verdict == Verdict::Allow;
    let told = Told::new(&known, &side, &sources);
    let text = match (arguments.reader, arguments.output) {
        (Reader::Caller, Format::Text) => told.for_caller(terminal.paper()),
        (Reader::Caller, Format::Json) => shown::document(&told.for_caller_json()),
        (Reader::Administrator, Format::Text) => told.text(terminal.paper()),
        (Reader::Administrator, Format::Json) => shown::document(&told.json()),
    };
    terminal.print(&text)?;
    Ok(if allowed { Exit::Clean } else { Exit::Problems })
}

/// What standard input may hold.
const FORMS: &str = "standard input holds none of the three things that can be explained: an HTTP message (`POST /v2/models/churn/infer HTTP/1.1` and its headers), a line of JSON as `try --batch` takes it, or one line of an audit log, with or without a proxy's own words around the event";

/// What else says where a request comes from.
const OF_A_MESSAGE: &str = "`--peer` and `--address` are for an HTTP message: a line of JSON says both itself, as `\"peer\"` and `\"address\"`, and so does an event what it knows";

fn known(arguments: &Arguments, compiled: &Compiled, input: &[u8]) -> Result<Known> {
    let trimmed = input.trim_ascii();
    if !trimmed.starts_with(b"{") {
        let is_message = trimmed.contains(&b'\n') || trimmed.ends_with(b" HTTP/1.1");
        let event = if is_message { None } else { logged(trimmed)? };
        if let Some(event) = event {
            arguments.of_no_message()?;
            return of_event(arguments, compiled, event);
        }
        let request = policies::offline::Request {
            peer: arguments.peer.clone().map(String::into_bytes),
            address: Some(try_request::from(arguments.address.unwrap_or(USUAL))),
            ..http::parse(input).context(FORMS)?
        };
        return judged(arguments, compiled, request, None);
    }
    if !is_asked(first(trimmed).context(FORMS)?) {
        arguments.of_no_message()?;
        let event = logged(trimmed)?.context(FORMS)?;
        return of_event(arguments, compiled, event);
    }
    arguments.of_no_message()?;
    let question: Question = serde_json::from_slice(trimmed).context(FORMS)?;
    let at = question.at.map(|at| at.0);
    judged(arguments, compiled, question.request(), at)
}

/// Members of a line of `try` with texts that a client wrote: what is like an event in them is none.
const WRITTEN: [&str; 5] = ["method", "authority", "path", "headers", "trailers"];

/// Whether it is a line of `try`. A collector of logs may put a `path` beside an event, that of the file which it reads.
fn is_asked(mut line: Value) -> bool {
    if replay::is_event(&line) || line.get("path").is_none() {
        return false;
    }
    if let Some(members) = line.as_object_mut() {
        members.retain(|name, _| !WRITTEN.contains(&name.as_str()));
    }
    replay::events(line.to_string().as_bytes())
        .events
        .is_empty()
}

/// The event in the one line of a log.
fn logged(line: &[u8]) -> Result<Option<Value>> {
    let mut events = replay::events(line).events.into_iter();
    let event = events.next();
    if events.next().is_some() {
        bail!("there is more than one event: give one line, as `head -1` does");
    }
    Ok(event)
}

/// The first value; a log may have something behind it.
fn first(text: &[u8]) -> Result<Value> {
    let mut values = serde_json::Deserializer::from_slice(text).into_iter();
    let value = values.next().context("there is no JSON")?;
    value.context("the line is not JSON")
}

fn of_event(arguments: &Arguments, compiled: &Compiled, value: Value) -> Result<Known> {
    if arguments.target.is_some() {
        bail!("`--target` is for a request: an event says at which target it was judged");
    }
    let (event, at) = event::read(value)?;
    let digest = |target: &compiler::output::TargetOutput| target.digest == event.bundle;
    let current = compiled.output.targets.iter().any(digest);
    let callers = Callers::from(&compiled.loaded.policy.gate);
    Ok(Known::of_event(event, &callers, at, current))
}

fn judged(
    arguments: &Arguments,
    compiled: &Compiled,
    request: policies::offline::Request,
    at: Option<UnixTime>,
) -> Result<Known> {
    let mut guards = Guards::load(compiled, arguments.target.as_deref(), &arguments.keys)?;
    let at = at.or(arguments.at).unwrap_or_else(time::now);
    let identity = request::identity(guards.first(), &request, at);
    let judgement = try_request::judge(&mut guards, request, at);
    let callers = Callers::from(&compiled.loaded.policy.gate);
    Ok(Known::of_judgement(&judgement, &callers, identity, at))
}
