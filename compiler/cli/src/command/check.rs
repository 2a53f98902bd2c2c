//! `modelgate check`: every problem at once.

use anyhow::Result;
use clap::Args;
use compiler::analysis::Side;
use compiler::output::Options;
use compiler::{diagnostic, lints};
use policies::time::UnixTime;

use crate::project::{Compiled, Paths, Project};
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
    let clean = project.compiled.is_some();
    if let Some(Compiled { loaded, output }) = project.compiled.take() {
        let side = Side::compiled(&loaded.policy, output.table, &output.meaning);
        project.diagnostics.extend(lints::run(&side, now));
        diagnostic::sort(&mut project.diagnostics);
    }
    if arguments.output == Format::Text {
        terminal.show(&project.diagnostics, &project.sources);
        terminal.print(&format!("{}\n", project.summary()))?;
    } else {
        let report = report::write(arguments.output, &project.diagnostics, &project.sources);
        terminal.print(&report)?;
    }
    Ok(if clean { Exit::Clean } else { Exit::Problems })
}
