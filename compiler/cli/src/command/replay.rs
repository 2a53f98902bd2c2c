//! `modelgate replay`: recorded requests, and a changed policy.
use anyhow::Result;
use clap::Args;

use crate::{Exit, Terminal};

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct Arguments {}

/// Replays.
///
/// # Errors
/// Never yet.
pub fn run(_arguments: &Arguments, _terminal: &mut Terminal<'_>) -> Result<Exit> {
    Ok(Exit::Clean)
}
