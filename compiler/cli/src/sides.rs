//! Files as they were and as they will be: of a folder, or of a revision.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use compiler::analysis::{Side, elsewhere};
use compiler::diagnostic::Diagnostic;
use compiler::load::Load;
use compiler::policy::Policy;
use compiler::source::Source;
use policies::time::UnixTime;

use crate::own::Own;
use crate::shown::counted;
use crate::{Terminal, both, git};

/// What both sides have in common.
#[derive(Debug, Args)]
pub struct Sides {
    /// A file or folder that belongs to both sides, such as the gate; once for each. To `REV:PATH` it belongs as the revision has it
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
        let sources = self.read(place, terminal.input())?.told(terminal);
        let loaded = both::load(&sources)?;
        Ok(checked(sources, loaded, &format!("`{place}`"), terminal))
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
        let names = [
            format!("`{old}`, as it was"),
            format!("`{new}`, as it will be"),
        ];
        let (old, new) = self.read_both(old, new, terminal.input())?;
        old.passed.and(new.passed).tell(terminal);
        let (old, new) = (old.sources, new.sources);
        terminal.progress_of("checks", old.len() + new.len());
        let (before, after) = both::load_both(&old, &new)?;
        let old = checked(old, before, &names[0], terminal);
        Ok((old, checked(new, after, &names[1], terminal)))
    }

    /// Where standard input is one of them, in their order: what cannot be read is told before the end of the input.
    fn read_both(&self, old: &str, new: &str, input: &mut dyn BufRead) -> Result<(Own, Own)> {
        let both = self
            .both
            .iter()
            .filter(|path| path.as_path() == Path::new("-"));
        // what belongs to both sides is read twice
        let asked = 2 * both.count() + [old, new].into_iter().filter(|place| *place == "-").count();
        match asked {
            0 => {
                let read = |place| self.read(place, &mut io::empty());
                let (old, new) = both::both(|| read(old), || read(new))?;
                Ok((old?, new?))
            }
            1 => Ok((self.read(old, input)?, self.read(new, input)?)),
            _ => bail!(
                "standard input, `-`, is read once: it can be one side, and not both, nor what belongs to both"
            ),
        }
    }

    fn read(&self, place: &str, input: &mut dyn BufRead) -> Result<Own> {
        let is_here = place == "-" || Path::new(place).exists();
        let is_no_path = |path: &&PathBuf| !git::is_path(&path.to_string_lossy()) && !path.exists();
        if let Some(path) = self.both.iter().find(is_no_path) {
            bail!(
                "`--with` takes a path, without a revision, and `{}` is none: to `REV:PATH` it belongs as `REV` has it",
                path.display()
            );
        }
        let is_path = git::is_path(place);
        if is_path && !is_here && git::is_revision(&self.repository, place) {
            bail!(
                "`{place}` is a revision, and no file or folder: write `{place}:.` for what was in this folder"
            );
        }
        if is_path {
            return Own::read(&self.and_both(&[PathBuf::from(place)]), input);
        }
        let mut own = git::read(&self.repository, place)?;
        for path in &self.both {
            let more = self.as_it_was(path, place, &own, input)?;
            own = own.and(more);
        }
        Ok(own)
    }

    /// What belongs to both sides as the revision of `place` has it: a change of it must not be taken for what was there before. As of
    /// folders here, files that are `known` already are read once.
    fn as_it_was(
        &self,
        path: &Path,
        place: &str,
        known: &Own,
        input: &mut dyn BufRead,
    ) -> Result<Own> {
        let (revision, _) = git::parts(place);
        let Some(there) = git::in_revision(&self.repository, revision, path)? else {
            let own = Own::read(&[path.to_owned()], input)?;
            return Ok(own.outside(path));
        };
        let mut own = git::read(&self.repository, &there).with_context(|| {
            format!(
                "`{}` belongs to both sides, to `{revision}` as it is there",
                path.display()
            )
        })?;
        let known = git::places(&self.repository, &known.sources)?;
        let known: BTreeSet<String> = known.into_iter().collect();
        let mut places = git::places(&self.repository, &own.sources)?.into_iter();
        own.sources
            .retain(|_| places.next().is_some_and(|place| !known.contains(&place)));
        Ok(own)
    }
}

/// Files, and what they mean.
pub type Read = (Vec<Source>, Policy);

fn checked(
    sources: Vec<Source>,
    (loaded, diagnostics): Load,
    name: &str,
    terminal: &mut Terminal<'_>,
) -> Option<Read> {
    let errors: Vec<_> = diagnostics
        .into_iter()
        .filter(Diagnostic::is_error)
        .map(with_both)
        .collect();
    terminal.show(&errors, &sources);
    if !errors.is_empty() {
        let errors = counted(errors.len(), "error");
        terminal.say(&format!("{errors} in {name}\n"));
    }
    loaded.map(|loaded| (sources, loaded.policy))
}

/// Says how what is missing is named, where it is missing on both sides.
#[must_use]
pub fn with_both(problem: Diagnostic) -> Diagnostic {
    let of_another_file = ["MG0202", "MG0321"].contains(&problem.code);
    match problem.help.clone().filter(|_| of_another_file) {
        Some(help) => problem.with_help(format!(
            "{help}; what belongs to both sides is named with `--with`, as in `--with gate.yaml`"
        )),
        None => problem,
    }
}

/// What is asked about of a policy: these namespaces, or all.
#[must_use]
pub fn part<'p>(whole: &'p Policy, asked: Option<&BTreeSet<&str>>) -> Cow<'p, Policy> {
    asked.map_or(Cow::Borrowed(whole), |asked| Cow::Owned(whole.only(asked)))
}

/// Whether nothing is wrong in the rest, when nothing is in what is asked about. Shows every error.
pub fn is_right_elsewhere(
    whole: &Policy,
    asked: Option<&BTreeSet<&str>>,
    sources: &[Source],
    terminal: &mut Terminal<'_>,
) -> bool {
    let wrong = asked.map(|asked| elsewhere::problems(whole, asked));
    let wrong = wrong.unwrap_or_default();
    terminal.show(&wrong, sources);
    wrong.is_empty()
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
    let (old, new) = both::both(|| Side::since(old, since), || Side::since(new, since))?;
    let old = shown(old, old_sources, terminal);
    Ok((old, shown(new, new_sources, terminal)))
}

/// Whether answers about a side are none, because they would take too long. Says so.
pub fn is_given_up(side: &Side<'_>, sources: &[Source], terminal: &mut Terminal<'_>) -> bool {
    let problem = side.given_up();
    terminal.show(problem.as_slice(), sources);
    problem.is_some()
}

fn shown<'a>(
    side: Result<Side<'a>, Vec<Diagnostic>>,
    sources: &[Source],
    terminal: &mut Terminal<'_>,
) -> Option<Side<'a>> {
    side.map_err(|problems| terminal.show(&problems, sources))
        .ok()
}
