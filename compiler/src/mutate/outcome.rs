//! What became of changed rules.

use policies::engine::LoadError;

use crate::analysis::Example;
use crate::analysis::change::Direction;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::change::Change;
use super::killer::Killer;

/// One changed rule, and what became of it.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// `NAMESPACE/FILE/allow[0]`
    pub rule: String,
    /// where the rule stands
    pub span: Span,
    /// what was changed
    pub change: Change,
    /// the rule is a deny
    pub denies: bool,
    /// what became of it
    pub fate: Fate,
}

impl Mutant {
    /// No test notices it, though requests are judged otherwise.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        matches!(self.fate, Fate::Silent(_))
    }
}

/// What becomes of a changed rule.
#[derive(Debug, Clone)]
pub enum Fate {
    /// a test fails
    Noticed {
        /// its document
        document: String,
        /// its name
        test: String,
    },
    /// every test passes, though requests are judged otherwise
    Silent(Box<Silent>),
    /// no request is judged otherwise
    Equivalent,
}

/// A difference that no test notices.
#[derive(Debug, Clone)]
pub struct Silent {
    /// which way the request's verdict changes
    pub direction: Direction,
    /// a request that is judged otherwise
    pub example: Example,
    /// a test that would notice, as one writes it
    pub killer: Option<Killer>,
}

/// Why nothing was changed.
#[derive(Debug)]
pub enum Refused {
    /// what the compile says
    Problems(Vec<Diagnostic>),
    /// tests fail as the files are, each with a diagnostic
    Failing(Vec<Diagnostic>),
    /// an emitted bundle does not load, which would be our mistake
    Load(LoadError),
}

/// The changes that were tried, in the order of the rules.
#[derive(Debug, Default)]
pub struct Tried {
    /// what became of each
    pub mutants: Vec<Mutant>,
    /// whether there are no others
    pub complete: bool,
}

impl Tried {
    /// Adds what was tried after these, and leaves so many that no test notices, and what was tried before the last of them.
    #[must_use]
    pub fn and(mut self, next: Self, most: usize) -> Self {
        if self.complete {
            self.mutants.extend(next.mutants);
            self.complete = next.complete;
        }
        let silent = self.mutants.iter().enumerate();
        let mut silent = silent.filter(|(_, mutant)| mutant.is_silent());
        if let Some((last, _)) = most.checked_sub(1).and_then(|before| silent.nth(before)) {
            let end = last.saturating_add(1);
            self.complete &= end == self.mutants.len();
            self.mutants.truncate(end);
        }
        self
    }
}
