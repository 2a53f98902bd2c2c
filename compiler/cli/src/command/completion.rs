//! `modelgate completion`: what a shell has to know to complete commands and options.

use anyhow::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Exit, Terminal};

/// Arguments of `completion`.
#[derive(Debug, Args)]
#[command(
    after_help = "For one session of bash: source <(modelgate completion bash)\n\nExit status: 0 printed, 2 cannot run."
)]
pub struct Arguments {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Prints a script for the shell.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut super::Arguments::command(),
        "modelgate",
        &mut script,
    );
    terminal.hand_over(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
