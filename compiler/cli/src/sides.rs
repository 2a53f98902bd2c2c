//! Files as they were and as they will be: of a folder, or of a revision.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use compiler::analysis::Side;
use compiler::policy::Policy;
use compiler::source::Source;
use policies::time::UnixTime;

use crate::{Terminal, files, git};

/// What both sides have in common.
#[derive(Debug, Args)]
pub struct Sides {
    /// A file or folder that belongs to both sides, such as the gate; once for each
    #[arg(long = "with", value_name = "PATH")]
    both: Vec<PathBuf>,
    /// Folder of the git repository that revisions are of
    #[arg(long, value_name = "DIR", default_value = ".")]
    repository: PathBuf,
}

impl Sides {
    /// Reads and checks one side: a file, a folder, or `REV:PATH`. Shows every error; `None` where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(
        &self,
        place: &str,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<(Vec<Source>, Policy)>> {
        let mut sources = if place.contains(':') && !Path::new(place).exists() {
            git::read(&self.repository, place)?
        } else {
            files::read(&[PathBuf::from(place)], terminal.input())?
        };
        if !self.both.is_empty() {
            sources.extend(files::read(&self.both, terminal.input())?);
        }
        let (loaded, diagnostics) = compiler::load(&sources);
        let errors: Vec<_> = diagnostics
            .into_iter()
            .filter(compiler::diagnostic::Diagnostic::is_error)
            .collect();
        terminal.show(&errors, &sources);
        Ok(loaded.map(|loaded| (sources, loaded.policy)))
    }
}

/// A side ready for questions about requests from a time on. Shows every error; `None` where there is one.
pub fn side<'a>(
    policy: &'a Policy,
    sources: &[Source],
    since: UnixTime,
    terminal: &mut Terminal<'_>,
) -> Option<Side<'a>> {
    match Side::since(policy, since) {
        Ok(side) => Some(side),
        Err(problems) => {
            terminal.show(&problems, sources);
            None
        }
    }
}
