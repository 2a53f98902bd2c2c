//! `modelgate matrix`: everything that anybody may do.

use anyhow::Result;
use clap::Args;
use compiler::analysis::access::Wanted;

use crate::access::Asked;
use crate::{Exit, Terminal};

/// Arguments of `matrix`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 somebody may, 1 nobody may, 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    #[command(flatten)]
    rest: crate::access::Arguments,
}

/// Prints; nobody may do anything: exit status 1.
///
/// # Errors
/// When files cannot be read.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    crate::access::run(&arguments.rest, terminal, false, |policy| {
        let title = format!("who may do what under gate {}", policy.gate.name);
        let wanted = Wanted {
            examples: arguments.rest.output.has_examples(),
            ..Wanted::default()
        };
        Ok(Asked {
            title,
            wanted,
            vain: None,
        })
    })
}
