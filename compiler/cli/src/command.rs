//! One file a subcommand.

pub mod check;
pub mod compile;
pub mod completion;
pub mod diff;
pub mod explain;
pub mod fmt;
pub mod init;
pub mod man;
pub mod matrix;
pub mod mutate;
pub mod replay;
pub mod schema;
pub mod test;
pub mod try_request;
pub mod version;
pub mod what_can;
pub mod who_can;
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
    /// Change each rule and see whether a test notices
    Mutate(mutate::Arguments),
    /// Print who may do an action with a model, by which rule, under which condition, and what takes it away
    WhoCan(who_can::Arguments),
    /// Print what a user, group or service account may do
    WhatCan(what_can::Arguments),
    /// Print everything that anybody may do: principals, models, actions
    Matrix(matrix::Arguments),
    /// Print what a change lets whom do, and what it takes away, each with a request that shows it
    Diff(diff::Arguments),
    /// Print which recorded requests a changed policy would decide otherwise
    Replay(replay::Arguments),
    /// Say why a request on standard input is allowed or denied, and what would have to change; or what a code means
    Explain(explain::Arguments),
    /// Read a token on standard input and print the identity it gives, or why it is refused
    Whoami(whoami::Arguments),
    /// Judge one HTTP request on standard input by the machine that the filter runs
    Try(try_request::Arguments),
    /// Write a first access file and its tests, from answers, manifests or a running server
    Init(Box<init::Arguments>),
    /// Bring files into their canonical form: order of fields, indentation, quotes; comments stay
    Fmt(fmt::Arguments),
    /// Print the JSON Schema of a file, for editors
    Schema(schema::Arguments),
    /// Print what makes a shell complete commands and options
    Completion(completion::Arguments),
    /// Write manual pages
    Man(man::Arguments),
    /// Print versions: of the program, of the bundles it writes and of the files it reads
    Version(version::Arguments),
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
        Command::Mutate(arguments) => mutate::run(arguments, terminal),
        Command::WhoCan(arguments) => who_can::run(arguments, terminal),
        Command::WhatCan(arguments) => what_can::run(arguments, terminal),
        Command::Matrix(arguments) => matrix::run(arguments, terminal),
        Command::Diff(arguments) => diff::run(arguments, terminal),
        Command::Replay(arguments) => replay::run(arguments, terminal),
        Command::Explain(arguments) => explain::run(arguments, terminal),
        Command::Whoami(arguments) => whoami::run(arguments, terminal),
        Command::Try(arguments) => try_request::run(arguments, terminal),
        Command::Init(arguments) => init::run(arguments, terminal),
        Command::Fmt(arguments) => fmt::run(arguments, terminal),
        Command::Schema(arguments) => schema::run(arguments, terminal),
        Command::Completion(arguments) => completion::run(arguments, terminal),
        Command::Man(arguments) => man::run(arguments, terminal),
        Command::Version(arguments) => version::run(arguments, terminal),
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
