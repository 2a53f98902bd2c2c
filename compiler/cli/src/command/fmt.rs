//! `modelgate fmt`: the canonical form of files.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use compiler::format;
use compiler::source::Source;
use serde_json::json;
use similar::TextDiff;

use crate::own::Own;
use crate::paper::{Paper, Style};
use crate::shown::{self, VERSION};
use crate::terminal::Format;
use crate::{Exit, Terminal, both, files};

/// Arguments of `fmt`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 every file is in its form, or was written; 1 with --check or --diff a file is not, or a file \
                  cannot be formatted; 2 cannot run."
)]
pub struct Arguments {
    /// files or folders; `-` is standard input, whose form goes to standard output
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that are not in their form
    #[arg(long)]
    check: bool,
    /// Write nothing; print what would change
    #[arg(long)]
    diff: bool,
    /// How to write the list of files
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// What came of the files.
#[derive(Default)]
struct Outcome {
    changed: Vec<String>,
    refused: Vec<String>,
    /// could not be written
    failed: Vec<String>,
}

/// Formats files in their places, each as a whole or not at all. One that cannot be written does not keep others from it.
///
/// # Errors
/// When a file cannot be read, or some could not be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    // hooks and editors name whatever is YAML
    let sources = files::read(&arguments.paths, terminal.input(), files::ours)?;
    let sources = Own::whole(sources)?.told(terminal);
    let only_look = arguments.check || arguments.diff;
    let mut outcome = Outcome::default();
    let formatted = both::each(&sources, format::format)?;
    for (source, formatted) in sources.iter().zip(formatted) {
        match formatted {
            Ok(formatted) => one(arguments, source, &formatted, &mut outcome, terminal)?,
            Err(problems) => {
                outcome.refused.push(source.name.clone());
                terminal.show(&problems, std::slice::from_ref(source));
            }
        }
    }
    report(arguments, &outcome, terminal)?;
    match outcome.failed.len() {
        0 => {}
        1 => bail!("1 file could not be written, and is as it was; those that are listed were"),
        failed => {
            bail!(
                "{failed} files could not be written, and are as they were; those that are listed were"
            )
        }
    }
    let clean = outcome.refused.is_empty() && (outcome.changed.is_empty() || !only_look);
    Ok(if clean { Exit::Clean } else { Exit::Problems })
}

fn one(
    arguments: &Arguments,
    source: &Source,
    formatted: &str,
    outcome: &mut Outcome,
    terminal: &mut Terminal<'_>,
) -> Result<()> {
    let only_look = arguments.check || arguments.diff;
    let piped = source.name == files::STDIN;
    if piped && !only_look {
        return terminal.hand_over(formatted);
    }
    if source.bytes == formatted.as_bytes() {
        return Ok(());
    }
    if arguments.diff && arguments.output == Format::Text {
        let difference = difference(source, formatted, terminal.paper());
        terminal.print(&difference)?;
    }
    let name = source.name.clone();
    let written = if only_look {
        Ok(())
    } else {
        files::replace(Path::new(&source.name), formatted.as_bytes())
    };
    match written {
        Ok(()) => outcome.changed.push(name),
        Err(why) => {
            terminal.say(&format!("{why:#}\n"));
            outcome.failed.push(name);
        }
    }
    Ok(())
}

fn report(arguments: &Arguments, outcome: &Outcome, terminal: &mut Terminal<'_>) -> Result<()> {
    match arguments.output {
        Format::Text if arguments.diff => Ok(()),
        Format::Text => {
            let mut changed = outcome.changed.iter();
            changed.try_for_each(|name| terminal.print(&format!("{name}\n")))?;
            if arguments.check && !outcome.changed.is_empty() {
                terminal.say("not in their form: `modelgate fmt` writes them, `--diff` shows what would change\n");
            }
            Ok(())
        }
        Format::Json => {
            let answer = json!({ "apiVersion": VERSION, "changed": outcome.changed, "refused": outcome.refused,
                "notWritten": outcome.failed });
            terminal.hand_over(&shown::document(&answer))
        }
    }
}

/// A unified diff.
fn difference(source: &Source, formatted: &str, paper: Paper) -> String {
    let old = String::from_utf8_lossy(&source.bytes);
    let difference = TextDiff::from_lines(old.as_ref(), formatted);
    let header = (source.name.as_str(), source.name.as_str());
    let text = difference
        .unified_diff()
        .context_radius(3)
        .header(header.0, header.1)
        .to_string();
    let lines = text.split_inclusive('\n').map(|line| {
        let style = match line.chars().next() {
            Some('+') => Style::Good,
            Some('-') => Style::Bad,
            _ => return line.to_owned(),
        };
        paper.styled(line.trim_end_matches('\n'), style) + "\n"
    });
    lines.collect()
}
