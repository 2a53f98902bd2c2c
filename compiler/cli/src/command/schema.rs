//! `modelgate schema`: what can stand in a file, for editors.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{Exit, Terminal};

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 printed, 2 cannot run.")]
pub struct Arguments {
    /// Kind of document
    #[arg(value_enum, default_value = "any", value_name = "KIND")]
    kind: Kind,
}

/// What a schema is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// files of data scientists, `ModelAccess`
    Access,
    /// the administrator's file, `ModelGate`
    Gate,
    /// names for lists of principals, `Roles`
    Roles,
    /// tests, `AccessTest`
    Test,
    /// files with documents of any kind
    Any,
}

impl Kind {
    /// The schema's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Gate => "gate",
            Self::Roles => "roles",
            Self::Test => "test",
            Self::Any => "any",
        }
    }
}

/// Prints a JSON Schema, draft 7.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments, terminal: &mut Terminal<'_>) -> Result<Exit> {
    terminal.hand_over(&text(arguments.kind))?;
    Ok(Exit::Clean)
}

/// The schema, as it is printed and kept.
#[must_use]
pub fn text(kind: Kind) -> String {
    format!("{:#}\n", compiler::schema::schema(kind.name()))
}
