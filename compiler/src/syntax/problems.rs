//! Where the readers put what they find, without passing a mutable list through every call.

use std::cell::RefCell;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A growing list of diagnostics.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Diagnostic>>);

impl Problems {
    /// Adds one.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.0.borrow_mut().push(diagnostic);
    }

    /// All that were reported.
    pub fn into_inner(self) -> Vec<Diagnostic> {
        self.0.into_inner()
    }
}

/// `who` says nothing.
pub fn nobody(span: Span) -> Diagnostic {
    Diagnostic::error("MG0110", span, "`who` names nobody")
        .with_help("write `users`, `groups`, `serviceAccounts` or `roles` with at least one name; `everyone: true` is everyone who is signed in")
}
