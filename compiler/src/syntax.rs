//! The files exactly as they were written, with spans: one file a kind, every problem collected, nothing resolved yet.
//!
//! A value that was complained about stands as an empty text or list, so that reading goes on; [`crate::checks`] are silent
//! about empty ones.

pub mod access;
pub(crate) mod advice;
pub(crate) mod example;
pub mod gate;
pub mod issuer;
pub mod istio;
pub mod meant;
pub mod roles;
pub mod test;
pub mod timestamp;
pub mod who;

mod broken;
mod compose;
mod digits;
mod document;
mod fields;
pub mod grants;
mod json;
pub(crate) mod listed;
mod metadata;
mod nesting;
mod node;
pub(crate) mod plain;
mod problems;
mod quantity;
mod shape;
pub mod suggest;
mod tag;
mod text;
mod value;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

pub use access::ModelAccess;
pub use document::{KINDS, schema};
pub use gate::ModelGate;
pub use roles::Roles;
pub use test::AccessTest;

/// Whether every YAML reader takes the unquoted scalar for a text.
pub(crate) fn is_plain_text(text: &str) -> bool {
    plain::classify(text) == plain::Plain::Text
}

/// The only accepted `apiVersion`.
pub const API_VERSION: &str = "modelgate.dev/v1alpha1";

/// Something with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spanned<T> {
    /// what stands there
    pub value: T,
    /// where
    pub span: Span,
}

/// A text with its place; empty where a problem was reported.
pub type Text = Spanned<String>;

/// All documents of all files.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// `ModelGate` documents
    pub gates: Vec<ModelGate>,
    /// `ModelAccess` documents
    pub files: Vec<ModelAccess>,
    /// `Roles` documents
    pub roles: Vec<Roles>,
    /// `AccessTest` documents
    pub tests: Vec<AccessTest>,
    /// whether every document was understood well enough to be in one of the lists
    pub complete: bool,
    /// what is wrong, in the order it was found
    pub diagnostics: Vec<Diagnostic>,
}

/// The text of a file, for those who want more of it than its documents; why it cannot be read otherwise.
pub(crate) fn readable(source: &Source) -> Result<&str, Vec<Diagnostic>> {
    let problems = problems::Problems::default();
    let text = text::unambiguous(0, &source.bytes, &problems);
    let read = text.and_then(|text| compose::documents(0, text, &problems));
    let found = problems.into_inner();
    match text {
        Some(text) if found.is_empty() && read.is_some() => Ok(text),
        _ => Err(found),
    }
}

impl Reading {
    /// This and what was read of the files after these.
    #[must_use]
    pub fn and(mut self, after: Self) -> Self {
        let Self {
            gates,
            files,
            roles,
            tests,
            complete,
            diagnostics,
        } = after;
        self.gates.extend(gates);
        self.files.extend(files);
        self.roles.extend(roles);
        self.tests.extend(tests);
        self.complete &= complete;
        self.diagnostics.extend(diagnostics);
        self
    }
}

/// Reads every document of every file.
#[must_use]
pub fn read(sources: &[Source]) -> Reading {
    read_from(0, sources)
}

/// The same of files that stand after `first` others.
#[must_use]
pub fn read_from(first: usize, sources: &[Source]) -> Reading {
    let problems = problems::Problems::default();
    let mut reading = Reading {
        complete: true,
        ..Reading::default()
    };
    for (index, source) in (first..).zip(sources) {
        let documents = text::unambiguous(index, &source.bytes, &problems)
            .and_then(|text| compose::documents(index, text, &problems));
        match documents {
            Some(nodes) => nodes
                .iter()
                .for_each(|node| document::read(node, &mut reading, &problems)),
            None => reading.complete = false,
        }
    }
    reading.diagnostics = problems.into_inner();
    reading
}
