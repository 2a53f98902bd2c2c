//! One file a subcommand.

pub mod check;
pub mod compile;
pub mod test;
pub mod try_request;
pub mod whoami;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::terminal::Color;
use crate::{Exit, Terminal};

/// Who may use which machine-learning model: access files in, bundles and Istio resources out.
#[derive(Debug, Parser)]
#[command(name = "modelgate", version, propagate_version = true)]
#[command(after_help = "Exit status: 0 clean, 1 problems, 2 cannot run.")]
pub struct Arguments {
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "auto",
        value_name = "WHEN"
    )]
    pub color: Color,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print every problem of the files, each with its place and what to type instead
    Check(check::Arguments),
    /// Write bundles and Istio resources, or nothing at all if anything is wrong
    Compile(Box<compile::Arguments>),
    /// Run the `AccessTest` documents on the emitted bundle
    Test(test::Arguments),
    /// Read a token on standard input and print the identity it gives, or why it is refused
    Whoami(whoami::Arguments),
    /// Judge one HTTP request on standard input by the machine that the filter runs
    Try(try_request::Arguments),
}

/// Runs a command.
///
/// # Errors
/// When it cannot run.
pub fn run(command: &Command, terminal: &mut Terminal<'_>) -> Result<Exit> {
    match command {
        Command::Check(arguments) => check::run(arguments, terminal),
        Command::Compile(arguments) => compile::run(arguments, terminal),
        Command::Test(arguments) => test::run(arguments, terminal),
        Command::Whoami(arguments) => whoami::run(arguments, terminal),
        Command::Try(arguments) => try_request::run(arguments, terminal),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_together() {
        super::Arguments::command().debug_assert();
    }
}
