//! A diagnostic is plain data; rendering lives in the command line.

use crate::source::Span;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// nothing is emitted
    Error,
    /// said, and emitted all the same
    Warning,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// where
    pub span: Span,
    /// stable code, `MG0001`; each has an entry in `docs/diagnostics.md`
    pub code: &'static str,
    /// error or warning
    pub severity: Severity,
    /// what is wrong: lower case, no full stop, user text in backticks
    pub message: String,
    /// what to type instead
    pub help: Option<String>,
}
