//! `modelgate check`: every problem at once.

use anyhow::Result;
use clap::Args;
use compiler::output::Options;

use crate::project::{Paths, Project};
use crate::{Exit, Terminal};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    paths: Paths,
}

/// Checks files as `compile` would, and writes nothing.
///
/// # Errors
/// When a file cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let project = Project::read(&arguments.paths, &Options::default(), terminal)?;
    terminal.show(&project.diagnostics, &project.sources);
    terminal.print(&format!("{}\n", project.summary()))?;
    Ok(if project.compiled.is_some() {
        Exit::Clean
    } else {
        Exit::Problems
    })
}
