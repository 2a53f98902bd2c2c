//! The three streams, as values, so that tests can be a terminal.

use std::io::{self, BufRead, ErrorKind, Write};

use anyhow::Context;
use clap::ValueEnum;
use compiler::diagnostic::Diagnostic;
use compiler::source::Source;

use crate::harmless::harmless;
use crate::paper::{COLUMNS, Paper};
use crate::render::Look;
use crate::{Exit, render};

/// Fewer files are done before anybody waits.
const MANY: usize = 100;
/// How often a question is asked.
const TRIES: usize = 3;

/// Where a command reads and writes.
pub struct Terminal<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
    errors: &'a mut dyn Write,
    /// of diagnostics, on standard error
    look: Look,
    /// standard output
    paper: Paper,
    /// standard error is watched by a person
    watched: bool,
    /// whether somebody is there to answer
    answers: bool,
    /// a line of progress stands there
    unfinished: bool,
}

/// How a result is written, where there are no more than these two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// for people
    Text,
    /// for programs
    Json,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// on a terminal, unless `NO_COLOR` is set
    Auto,
    /// always
    Always,
    /// never
    Never,
}

impl<'a> Terminal<'a> {
    /// A terminal; `color` is what [`Color::Auto`] means here.
    pub fn new(
        input: &'a mut dyn BufRead,
        output: &'a mut dyn Write,
        errors: &'a mut dyn Write,
        color: bool,
    ) -> Self {
        Self {
            input,
            output,
            errors,
            look: Look { color, width: None },
            paper: Paper {
                color,
                width: COLUMNS,
            },
            watched: false,
            answers: false,
            unfinished: false,
        }
    }

    /// What standard output is, where it is something else than standard error: a file gets no colours.
    #[must_use]
    pub const fn with_paper(mut self, paper: Paper) -> Self {
        self.paper = paper;
        self
    }

    /// Columns of the terminal that standard error is; none where it is something else.
    #[must_use]
    pub const fn with_width(mut self, width: Option<usize>) -> Self {
        self.look.width = width;
        self
    }

    /// Columns of the terminal, if it is one.
    #[must_use]
    pub const fn width(&self) -> Option<usize> {
        self.look.width
    }

    /// Says whether a person watches standard error as it is written.
    #[must_use]
    pub const fn watched(mut self, watched: bool) -> Self {
        self.watched = watched;
        self
    }

    /// Shows how far a long command is, in one line that is written over by whatever comes next. Nothing where nobody watches.
    pub fn progress(&mut self, text: &str) {
        if self.watched {
            drop(write!(self.errors, "\r{text}\u{1b}[K"));
            drop(self.errors.flush());
            self.unfinished = true;
        }
    }

    /// The same for what is done with so many files, where they are many.
    pub fn progress_of(&mut self, what: &str, files: usize) {
        if files >= MANY {
            self.progress(&format!("{what} {files} files"));
        }
    }

    /// Takes the line of progress away.
    fn clear(&mut self) {
        if self.unfinished {
            drop(self.errors.write_all(b"\r\x1b[K"));
            drop(self.errors.flush());
            self.unfinished = false;
        }
    }

    /// Says whether somebody is there to answer questions.
    #[must_use]
    pub fn with_answers(self, answers: bool) -> Self {
        Self { answers, ..self }
    }

    /// Asks for something that no option gave, again where the answer cannot be `read`.
    ///
    /// # Errors
    /// When nobody is there, nothing is answered, or nothing that can be read.
    pub fn ask<T>(
        &mut self,
        what: &str,
        option: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<T> {
        if !self.answers {
            anyhow::bail!("{what} is missing: write {option}");
        }
        let mut last = String::new();
        for _ in 0..TRIES {
            self.say(&self.look.fitted(&last));
            self.say(&format!("{what}: "));
            let mut line = String::new();
            self.input
                .read_line(&mut line)
                .context("cannot read the answer")?;
            if line.trim().is_empty() {
                anyhow::bail!("{what} is missing: write {option}");
            }
            match read(line.trim()) {
                Ok(answer) => return Ok(answer),
                Err(problem) => last = format!("{problem}\n"),
            }
        }
        anyhow::bail!("{}", last.trim_end())
    }

    /// Sets colours.
    pub fn choose_color(&mut self, color: Color) {
        let chosen = match color {
            Color::Auto => return,
            Color::Always => true,
            Color::Never => false,
        };
        (self.look.color, self.paper.color) = (chosen, chosen);
    }

    /// How results are written.
    #[must_use]
    pub const fn paper(&self) -> Paper {
        self.paper
    }

    /// Standard input.
    pub fn input(&mut self) -> &mut dyn BufRead {
        self.input
    }

    /// Writes a part of the result for people. What files say in it is no command to a terminal.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn print(&mut self, text: &str) -> anyhow::Result<()> {
        self.hand_over(&harmless(text, self.paper.color))
    }

    /// Writes a document that programs read, to the byte.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn hand_over(&mut self, text: &str) -> anyhow::Result<()> {
        self.clear();
        self.output
            .write_all(text.as_bytes())
            .context("cannot write to standard output")
    }

    /// Writes what was written so far.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.output
            .flush()
            .context("cannot write to standard output")
    }

    /// Says something beside the result. Nobody can be told when that fails.
    pub fn say(&mut self, text: &str) {
        self.clear();
        let text = harmless(text, self.look.color);
        drop(self.errors.write_all(text.as_bytes()));
    }

    /// Shows diagnostics.
    pub fn show(&mut self, diagnostics: &[Diagnostic], sources: &[Source]) {
        for diagnostic in diagnostics {
            self.say(&render::diagnostic(diagnostic, sources, self.look));
        }
    }

    /// Says why the command cannot run. A reader that went away is no reason to complain.
    pub fn cannot_run(&mut self, error: &anyhow::Error) -> Exit {
        let gone = error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe);
        if !gone {
            self.say(&render::failure(error, self.look));
        }
        Exit::CannotRun
    }

    /// Says what is wrong with the arguments, or shows the help that was asked for.
    pub fn usage(&mut self, usage: &clap::Error) -> Exit {
        let styled = usage.render();

        let color = match usage.use_stderr() {
            true => self.look.color,
            false => self.paper.color,
        };
        let text = if color {
            styled.ansi().to_string()
        } else {
            styled.to_string()
        };
        if usage.use_stderr() {
            self.say(&self.look.fitted(&text));
            return Exit::CannotRun;
        }
        match self.print(&text) {
            Ok(()) => Exit::Clean,
            Err(error) => self.cannot_run(&error),
        }
    }

    /// Ends: what is still buffered is written.
    pub fn finish(&mut self, exit: Exit) -> Exit {
        self.clear();
        match self.flush() {
            Ok(()) => exit,
            Err(error) => self.cannot_run(&error),
        }
    }
}
