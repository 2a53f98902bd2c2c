//! The `modelgate` command line: terminal and files around the compiler and the core. It decides nothing itself.
//!
//! Diagnostics go to standard error, results to standard output. Exit status: see [`Exit`].

pub mod command;
pub mod render;

mod access;
mod batch;
mod both;
mod codes;
mod fetch;
mod files;
mod folder;
mod git;
mod guards;
mod harmless;
mod http;
mod instead;
mod lines;
mod made;
mod markdown;
mod module;
mod own;
mod paper;
mod project;
mod report;
mod shown;
mod sides;
mod terminal;
mod time;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

pub use paper::Paper;
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

/// The program: the process' own streams, arguments and exit status.
#[must_use]
pub fn program() -> ExitCode {
    let input_is_terminal = io::stdin().is_terminal();
    // a thread that panics says so there, and would wait for ever for a lock that this one keeps
    let errors = io::stderr();
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    let (watched, shown) = (errors.is_terminal(), output.is_terminal());
    let plain = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    let color = !plain && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let width = watched.then(|| columns(&errors));
    let paper = Paper {
        color: shown && color,
        width: if shown {
            columns(&output)
        } else {
            paper::COLUMNS
        },
    };
    let (mut input, mut output, mut errors) = (input, BufWriter::new(output), errors);
    let mut terminal = Terminal::new(&mut input, &mut output, &mut errors, watched && color)
        .with_paper(paper)
        .with_width(width)
        .watched(watched && !plain)
        .with_answers(input_is_terminal && watched);
    let exit = run(std::env::args_os(), &mut terminal);
    ExitCode::from(terminal.finish(exit).status())
}

/// Columns of a terminal; 80 where it does not say.
#[cfg(unix)]
fn columns(terminal: &impl std::os::fd::AsFd) -> usize {
    let size = rustix::termios::tcgetwinsize(terminal);
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 {
        paper::COLUMNS
    } else {
        columns
    }
}

#[cfg(not(unix))]
fn columns<T>(_: &T) -> usize {
    paper::COLUMNS
}

/// Runs one command.
pub fn run(arguments: impl IntoIterator<Item = OsString>, terminal: &mut Terminal<'_>) -> Exit {
    // without a terminal there is no width, and 0 folds nothing
    let width = terminal.width().unwrap_or(0);
    let program = command::Arguments::command().term_width(width);
    let matches = program.try_get_matches_from(arguments);
    let arguments = match matches.and_then(|it| command::Arguments::from_arg_matches(&it)) {
        Ok(arguments) => arguments,
        Err(usage) => return terminal.usage(&usage),
    };
    terminal.choose_color(arguments.color);
    command::run(&arguments.command, terminal).unwrap_or_else(|error| terminal.cannot_run(&error))
}
