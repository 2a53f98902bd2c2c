//! `modelgate what-can`: what a user, group or service account may do.

use anyhow::Result;
use clap::Args;
use compiler::analysis::access::Wanted;
use compiler::analysis::words;

use crate::access::{Asked, principal};
use crate::{Exit, Terminal};

/// Arguments of `what-can`.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 something is allowed, 1 nothing is, 2 cannot run, or the files have errors."
)]
pub struct Arguments {
    /// `user:NAME`, `group:NAME` or `sa:NAMESPACE/NAME`; a plain name is the default issuer's, `ISSUER/NAME` another's
    #[arg(value_name = "WHO")]
    who: String,
    /// a group that it is also in; once for each
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    #[command(flatten)]
    rest: crate::access::Arguments,
}

/// Answers; nothing: exit status 1.
///
/// # Errors
/// When files cannot be read, or the name could be several's.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    crate::access::run(&arguments.rest, terminal, true, |policy| {
        let gate = &policy.gate;
        let mut who = vec![principal(&arguments.who, gate)?];
        for group in &arguments.groups {
            who.push(principal(&format!("group:{group}"), gate)?);
        }
        let names: Vec<String> = who.iter().map(words::principal).collect();
        let title = format!("what can {}", names.join(" in "));
        let wanted = Wanted {
            who,
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
