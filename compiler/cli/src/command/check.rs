//! `modelgate check`: every problem at once.

use anyhow::Result;
use clap::Args;
use compiler::diagnostic;
use compiler::output::Options;
use policies::time::UnixTime;

use crate::project::{Paths, Project};
use crate::report::{self, Format};
use crate::{Exit, Terminal, time};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to write the problems; all but `text` go to standard output
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
    /// When, in Unix seconds or RFC 3339 for ends of grants; the clock's time unless given
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<UnixTime>,
}

/// Checks files as `compile` would, and writes nothing.
///
/// # Errors
/// When a file cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let now = arguments.at.unwrap_or_else(time::now);
    let mut project = Project::read(&arguments.paths, &Options::at(now), terminal)?;
    if let Some(compiled) = &project.compiled {
        let lints = compiler::lints::run(&compiled.loaded.policy, now);
        project.diagnostics.extend(lints);
        diagnostic::sort(&mut project.diagnostics);
    }
    if arguments.output == Format::Text {
        terminal.show(&project.diagnostics, &project.sources);
        terminal.print(&format!("{}\n", project.summary()))?;
    } else {
        let report = report::write(arguments.output, &project.diagnostics, &project.sources);
        terminal.print(&report)?;
    }
    Ok(if project.compiled.is_some() {
        Exit::Clean
    } else {
        Exit::Problems
    })
}
