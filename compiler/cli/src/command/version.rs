//! `modelgate version`: of the program, of the bundles that it writes, and of the files that it reads.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::shown::VERSION;
use crate::terminal::Format;
use crate::{Exit, Terminal};

/// Arguments of `version`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 printed, 2 cannot run.")]
pub struct Arguments {
    /// How to write the answer
    #[arg(short, long, value_enum, default_value = "text", value_name = "FORMAT")]
    output: Format,
}

/// The commit, where whoever built the program told it.
const COMMIT: Option<&str> = option_env!("MODELGATE_COMMIT");

/// Prints versions.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    let (program, bundle) = (env!("CARGO_PKG_VERSION"), policies::bundle::VERSION);
    terminal.print(&match arguments.output {
        Format::Text => format!(
            "modelgate {program}\nbundle format {bundle}\nfiles {}\ncommit {}\n",
            compiler::syntax::API_VERSION,
            COMMIT.unwrap_or("unknown")
        ),
        Format::Json => {
            let answer = json!({
                "apiVersion": VERSION,
                "version": program,
                "bundleFormat": bundle,
                "files": [compiler::syntax::API_VERSION],
                "commit": COMMIT,
            });
            format!("{answer:#}\n")
        }
    })?;
    Ok(Exit::Clean)
}
