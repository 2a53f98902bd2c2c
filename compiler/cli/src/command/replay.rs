//! `modelgate replay`: recorded requests, and what changed files would decide otherwise about them.

mod markdown;
mod told;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::replay::{Replay, Report, Why};
use policies::audit;
use policies::time::UnixTime;

use crate::command::diff::Format;
use crate::lines::{self, Line};
use crate::shown::counted;
use crate::sides::{Sides, side};
use crate::{Exit, Terminal};

use told::Told;

/// Each request is judged at its own time, whenever that was.
const ALL_TIME: UnixTime = UnixTime::from_secs(0);
/// Lines between two words about progress.
const PAUSE: u64 = 10_000;

/// Arguments of `replay`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 nothing is allowed that was refused, 1 something is, 2 cannot run, the files have errors, or there is no event."
)]
pub struct Arguments {
    /// lines of a log with audit events, alone, behind a proxy's own words or in a collector's JSON; `-` is standard input
    #[arg(value_name = "EVENTS")]
    events: PathBuf,
    /// file or folder as it will be, or `REV:PATH` of a git revision
    #[arg(value_name = "NEW")]
    new: String,
    /// File, folder or `REV:PATH` that the events were recorded under: says more about groups and attributes, which events do not hold
    #[arg(long, value_name = "OLD")]
    old: Option<String>,
    #[command(flatten)]
    sides: Sides,
    /// How to write the answer
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// Replays; exit status 1 where something that was refused is allowed.
///
/// # Errors
/// When the events or a side cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    if arguments.events.as_os_str() == "-" && arguments.new == "-" {
        bail!("events and files cannot both come from standard input");
    }
    let new = arguments.sides.load(&arguments.new, terminal)?;
    let old = match &arguments.old {
        Some(place) => Some(arguments.sides.load(place, terminal)?),
        None => None,
    };
    let (Some((sources, new)), Ok(old)) = (new, old.map(|old| old.ok_or(())).transpose()) else {
        terminal.say("nothing was replayed\n");
        return Ok(Exit::CannotRun);
    };
    let Some(new) = side(&new, &sources, ALL_TIME, terminal) else {
        return Ok(Exit::CannotRun);
    };
    let old = match &old {
        Some((sources, policy)) => match side(policy, sources, ALL_TIME, terminal) {
            Some(side) => Some(side),
            None => return Ok(Exit::CannotRun),
        },
        None => None,
    };
    let report = read(&arguments.events, Replay::new(&new, old.as_ref()), terminal)?;
    if report.found == 0 {
        bail!(no_event(&arguments.events, &report));
    }
    let told = Told {
        report: &report,
        side: &new,
        sources: &sources,
    };
    let text = match arguments.output {
        Format::Text => told.text(terminal.paper()),
        Format::Json => crate::shown::document(&told.json()),
        Format::Markdown => told.markdown(),
    };
    terminal.print(&text)?;
    Ok(if report.allowed() > 0 {
        Exit::Problems
    } else {
        Exit::Clean
    })
}

/// What is wrong with a log without an event. A request that nobody recorded was not decided as before: an empty log is one that could
/// not be had.
fn no_event(events: &Path, report: &Report) -> String {
    let lines = counted(report.lines, "line");
    let none = format!("`{}` has no audit event in {lines}", events.display());
    let count = |why| report.left.get(why);
    match (count(&Why::TooLong), count(&Why::Misplaced)) {
        (Some(long), _) => format!(
            "{none}, of which {long} longer than {} KiB {} not read: give each event a line of its own",
            lines::LONGEST / 1024,
            if *long == 1 { "is" } else { "are" }
        ),
        (None, Some(count)) => format!(
            "{none}: {count} {} `{}` elsewhere than at the beginning, behind `wasm log` or in a collector's text",
            if *count == 1 { "has" } else { "have" },
            audit::KIND
        ),
        (None, None) => format!(
            "{none}: give the lines of a proxy's log with `\"kind\":\"{}\"`",
            audit::KIND
        ),
    }
}

fn read(events: &PathBuf, mut replay: Replay<'_>, terminal: &mut Terminal<'_>) -> Result<Report> {
    let mut file: Option<BufReader<File>> = None;
    if events.as_os_str() != "-" {
        let opened = File::open(events);
        let opened = opened.with_context(|| format!("cannot read `{}`", events.display()))?;
        file = Some(BufReader::new(opened));
    }
    let (mut line, mut count) = (Vec::new(), 0_u64);
    loop {
        let from: &mut dyn BufRead = match &mut file {
            Some(file) => file,
            None => terminal.input(),
        };
        let kind = lines::next(from, &mut line)
            .with_context(|| format!("cannot read `{}`", events.display()))?;
        match kind {
            None => break,
            Some(Line::Whole) => replay.line(Some(&line)),
            Some(Line::TooLong) => replay.line(None),
        }
        count += 1;
        if count.is_multiple_of(PAUSE) {
            terminal.progress(&format!("{count} lines read"));
        }
    }
    Ok(replay.finish())
}
