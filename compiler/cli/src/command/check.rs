//! `modelgate check`: every problem at once.

use anyhow::Result;
use clap::Args;
use compiler::diagnostic;
use compiler::output::Options;

use crate::project::{Paths, Project};
use crate::report::{self, Format};
use crate::{Exit, Terminal};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
    /// How to write the problems; all but `text` go to standard output
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// Checks files as `compile` would, and writes nothing.
///
/// # Errors
/// When a file cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let mut project = Project::read(&arguments.paths, &Options::default(), terminal)?;
    if let Some(compiled) = &project.compiled {
        let lints = compiler::lints::run(&compiled.loaded.policy);
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
