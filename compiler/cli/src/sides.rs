//! Files as they were and as they will be: of a folder, or of a revision.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use compiler::Loaded;
use compiler::analysis::Side;
use compiler::diagnostic::Diagnostic;
use compiler::policy::Policy;
use compiler::source::Source;
use policies::time::UnixTime;

use crate::both::both;
use crate::own::Own;
use crate::{Terminal, both, git};

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
    /// These, and what belongs to both sides.
    #[must_use]
    pub fn and_both(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        paths.iter().chain(&self.both).cloned().collect()
    }

    /// Reads and checks one side: a file, a folder, or `REV:PATH`. Shows every error; `None` where there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(&self, place: &str, terminal: &mut Terminal<'_>) -> Result<Option<Read>> {
        let sources = self.read(place, terminal)?.told(terminal);
        let loaded = both::load(&sources)?;
        Ok(checked(sources, loaded, terminal))
    }

    /// Both sides, at the same time: each is read by a processor of its own.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn load_both(
        &self,
        old: &str,
        new: &str,
        terminal: &mut Terminal<'_>,
    ) -> Result<(Option<Read>, Option<Read>)> {
        let (old, new) = (self.read(old, terminal)?, self.read(new, terminal)?);
        old.passed.and(new.passed).tell(terminal);
        let (old, new) = (old.sources, new.sources);
        terminal.progress_of("checks", old.len() + new.len());
        let (before, after) = both(|| compiler::load(&old), || compiler::load(&new))?;
        let old = checked(old, before, terminal);
        Ok((old, checked(new, after, terminal)))
    }

    fn read(&self, place: &str, terminal: &mut Terminal<'_>) -> Result<Own> {
        let own = if place.contains(':') && !Path::new(place).exists() {
            git::read(&self.repository, place)?
        } else {
            Own::read(&[PathBuf::from(place)], terminal.input())?
        };
        Ok(own.and(Own::read(&self.both, terminal.input())?))
    }
}

/// Files, and what they mean.
pub type Read = (Vec<Source>, Policy);

fn checked(
    sources: Vec<Source>,
    (loaded, diagnostics): (Option<Loaded>, Vec<Diagnostic>),
    terminal: &mut Terminal<'_>,
) -> Option<Read> {
    let errors: Vec<_> = diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .collect();
    terminal.show(&errors, &sources);
    loaded.map(|loaded| (sources, loaded.policy))
}

/// A side ready for questions about requests from a time on. Shows every error; `None` where there is one.
pub fn side<'a>(
    policy: &'a Policy,
    sources: &[Source],
    since: UnixTime,
    terminal: &mut Terminal<'_>,
) -> Option<Side<'a>> {
    shown(Side::since(policy, since), sources, terminal)
}

/// Two sides for requests from a time on, made at the same time.
///
/// # Errors
/// Never for what was loaded.
pub fn sides<'a>(
    (old, old_sources): (&'a Policy, &[Source]),
    (new, new_sources): (&'a Policy, &[Source]),
    since: UnixTime,
    terminal: &mut Terminal<'_>,
) -> Result<(Option<Side<'a>>, Option<Side<'a>>)> {
    terminal.progress_of("compares", old_sources.len() + new_sources.len());
    let (old, new) = both(|| Side::since(old, since), || Side::since(new, since))?;
    let old = shown(old, old_sources, terminal);
    Ok((old, shown(new, new_sources, terminal)))
}

fn shown<'a>(
    side: Result<Side<'a>, Vec<Diagnostic>>,
    sources: &[Source],
    terminal: &mut Terminal<'_>,
) -> Option<Side<'a>> {
    side.map_err(|problems| terminal.show(&problems, sources))
        .ok()
}
