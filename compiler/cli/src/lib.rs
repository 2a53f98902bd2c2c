//! The `modelgate` command line: terminal and files around the compiler and the core. It decides nothing itself.
//!
//! Diagnostics go to standard error, results to standard output. Exit status: see [`Exit`].

pub mod command;
pub mod render;

mod access;
mod batch;
mod codes;
mod fetch;
mod files;
mod folder;
mod git;
mod guards;
mod http;
mod lines;
mod module;
mod project;
mod report;
mod shown;
mod sides;
mod terminal;
mod time;

use std::ffi::OsString;

use clap::Parser;

pub use terminal::Terminal;

/// What a shell gets to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// clean; the request is allowed, the token accepted, every test passed
    Clean,
    /// there are problems; the request is denied, the token refused, a test failed
    Problems,
    /// it could not run: a wrong option, a file that cannot be read or written, a malformed line
    CannotRun,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Problems => 1,
            Self::CannotRun => 2,
        }
    }
}

/// Runs one command.
pub fn run(arguments: impl IntoIterator<Item = OsString>, terminal: &mut Terminal<'_>) -> Exit {
    let arguments = match command::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(usage) => return terminal.usage(&usage),
    };
    terminal.choose_color(arguments.color);
    command::run(&arguments.command, terminal).unwrap_or_else(|error| terminal.cannot_run(&error))
}
