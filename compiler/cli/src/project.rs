//! What most commands begin with: read the files, check them, compile them; show every problem.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use compiler::Loaded;
use compiler::diagnostic::{self, Diagnostic};
use compiler::output::{Options, Output};
use compiler::policy::Issuer;
use compiler::source::Source;

use crate::own::Own;
use crate::shown::counted;
use crate::{Terminal, both};

/// The files of a command.
#[derive(Debug, Clone, Args)]
pub struct Paths {
    /// files or folders with `ModelGate`, `ModelAccess`, `Roles` and `AccessTest` documents; `-` is standard input
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

/// Files that were read, and what came of them.
#[derive(Debug)]
pub struct Project {
    /// as read
    pub sources: Vec<Source>,
    /// every error and warning, in the order of the files
    pub diagnostics: Vec<Diagnostic>,
    /// only without an error
    pub compiled: Option<Compiled>,
}

/// Files without an error, compiled.
#[derive(Debug)]
pub struct Compiled {
    /// policy and tests
    pub loaded: Loaded,
    /// what is emitted
    pub output: Output,
}

impl Project {
    /// Reads, checks and compiles.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn read(paths: &Paths, options: &Options, terminal: &mut Terminal<'_>) -> Result<Self> {
        Self::read_and(paths, options, terminal, |_| Ok(()))
    }

    /// The same, with the gate's issuers changed between check and compile.
    fn read_and(
        paths: &Paths,
        options: &Options,
        terminal: &mut Terminal<'_>,
        change: impl FnOnce(&mut [Issuer]) -> Result<()>,
    ) -> Result<Self> {
        let sources = Own::read(&paths.paths, terminal.input())?.told(terminal);
        terminal.progress_of("checks", sources.len());
        let (mut loaded, mut diagnostics) = both::load(&sources)?;
        if let Some(loaded) = &mut loaded {
            change(&mut loaded.policy.gate.issuers)?;
        }
        terminal.progress_of("compiles", sources.len());
        let mut compiled = None;
        if let Some(loaded) = loaded {
            match both::compile(&loaded.policy, options)? {
                Ok(output) => {
                    diagnostics.extend(output.warnings.iter().cloned());
                    compiled = Some(Compiled { loaded, output });
                }
                Err(problems) => diagnostics.extend(problems),
            }
        }
        diagnostic::sort(&mut diagnostics);
        Ok(Self {
            sources,
            diagnostics,
            compiled,
        })
    }

    /// Reads, checks, compiles, and shows every problem; `None` where one of them is an error.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn compiled(
        paths: &Paths,
        options: &Options,
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<Compiled>> {
        Self::compiled_and(paths, options, terminal, |_| Ok(()))
    }

    /// The same, with the gate's issuers changed between check and compile.
    ///
    /// # Errors
    /// When a file cannot be read, or the change fails.
    pub fn compiled_and(
        paths: &Paths,
        options: &Options,
        terminal: &mut Terminal<'_>,
        change: impl FnOnce(&mut [Issuer]) -> Result<()>,
    ) -> Result<Option<Compiled>> {
        let project = Self::read_and(paths, options, terminal, change)?;
        terminal.show(&project.diagnostics, &project.sources);
        if project.compiled.is_none() {
            terminal.say(&format!("{}\n", project.summary()));
        }
        Ok(project.compiled)
    }

    /// Reads and checks, and compiles nothing: for questions about the rules. Shows every problem; `None` where one is an error.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn loaded(
        paths: &[PathBuf],
        terminal: &mut Terminal<'_>,
    ) -> Result<Option<(Vec<Source>, Loaded)>> {
        let (project, loaded) = Self::checked(paths, terminal)?;
        terminal.show(&project.diagnostics, &project.sources);
        if loaded.is_none() {
            terminal.say(&format!("{}\n", project.summary()));
        }
        Ok(loaded.map(|loaded| (project.sources, loaded)))
    }

    /// The same, and shows nothing.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn checked(
        paths: &[PathBuf],
        terminal: &mut Terminal<'_>,
    ) -> Result<(Self, Option<Loaded>)> {
        let sources = Own::read(paths, terminal.input())?.told(terminal);
        terminal.progress_of("checks", sources.len());
        let (loaded, diagnostics) = both::load(&sources)?;
        let project = Self {
            sources,
            diagnostics,
            compiled: None,
        };
        Ok((project, loaded))
    }

    /// `2 errors, 1 warning in 3 files`, or `3 files ok`.
    #[must_use]
    pub fn summary(&self) -> String {
        let errors = self
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        let warnings = self.diagnostics.len() - errors;
        let files = counted(self.sources.len(), "file");
        match (errors, warnings) {
            (0, 0) => format!("{files} ok"),
            (0, warnings) => format!("{files} ok, {}", counted(warnings, "warning")),
            (errors, 0) => format!("{} in {files}", counted(errors, "error")),
            (errors, warnings) => format!(
                "{}, {} in {files}",
                counted(errors, "error"),
                counted(warnings, "warning")
            ),
        }
    }
}
