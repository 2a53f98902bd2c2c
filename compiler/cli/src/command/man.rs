//! `modelgate man`: manual pages, one a command.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::shown::counted;
use crate::{Exit, Terminal, folder};

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 written, 2 cannot run.")]
pub struct Arguments {
    /// Folder for a page of each command; without it the first page goes to standard output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Writes pages for `man`.
///
/// # Errors
/// When they cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let mut program = super::Arguments::command();
    program.build();
    let Some(out) = &arguments.out else {
        terminal.hand_over(&String::from_utf8_lossy(&page(program)?))?;
        return Ok(Exit::Clean);
    };
    let mut pages = Vec::new();
    for command in program.get_subcommands() {
        let name = format!("modelgate-{}", command.get_name());
        pages.push((format!("{name}.1"), page(command.clone())?));
    }
    pages.push(("modelgate.1".to_owned(), page(program)?));
    folder::write(out, &pages)?;
    terminal.print(&format!(
        "{} in `{}`\n",
        counted(pages.len(), "page"),
        out.display()
    ))?;
    Ok(Exit::Clean)
}

fn page(command: Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    // no date: the same program writes the same page
    Man::new(command)
        .date("")
        .render(&mut page)
        .context("cannot write a manual page")?;
    Ok(page)
}
