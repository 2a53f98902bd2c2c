//! The canonical form of a file: fields in the order of [`crate::schema`], two spaces a level, quotes only where they are
//! needed, comments where they were. What is written is read again before it is given out: it means the same, holds the same
//! comments, and is its own canonical form; otherwise nothing is given out.

mod comments;
mod order;
mod scalar;
mod tree;
mod write;

use granit_parser::ScalarStyle;

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::syntax;

use tree::{Document, Node};

/// Formats one file. `None` and the reasons where it cannot be read, or would lose something.
///
/// # Errors
/// The reasons.
pub fn format(source: &Source) -> Result<String, Vec<Diagnostic>> {
    let text = syntax::readable(source)?;
    let documents = tree::read(text).map_err(|refusal| vec![refusal])?;
    let mut failed = None;
    // an alias must stand behind what it stands for; where the order of fields would turn them round, it is left alone
    for sorted in [true, false] {
        let formatted = write::documents(&documents, sorted);
        match same(&documents, &formatted) {
            Ok(()) => return Ok(formatted),
            Err(line) => failed = failed.or(Some(line)),
        }
    }
    let span = Span {
        line: failed.unwrap_or(1),
        column: 1,
        ..Span::default()
    };
    let message =
        "this cannot be formatted without a change of its meaning, or without losing a comment";
    let help = "write it in a simpler way: no comments inside of texts, one document after another";
    Err(vec![
        Diagnostic::error("MG0014", span, message).with_help(help),
    ])
}

/// A file that we wrote, in its canonical form.
pub(crate) fn written(text: &str) -> String {
    let source = Source {
        name: String::new(),
        bytes: text.as_bytes().to_vec(),
    };
    format(&source).unwrap_or_else(|_| text.to_owned())
}

/// A text in quotes, whatever it is; what needs none loses them when the file is formatted.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text as a value on one line: plain where it needs no quotes, also between brackets.
pub(crate) fn as_scalar(text: &str) -> String {
    scalar::on_one_line(text, ScalarStyle::DoubleQuoted, true)
}

/// Whether the text has the same documents and comments, and is in its canonical form; otherwise where it is not.
fn same(documents: &[Document], formatted: &str) -> Result<(), usize> {
    let again = tree::read(formatted).map_err(|refusal| refusal.span.line)?;
    let first = documents.first().map_or(1, |document| document.line);
    if documents.len() != again.len() {
        return Err(first);
    }
    for (old, new) in documents.iter().zip(&again) {
        let same = old.root.as_ref().map(Node::meaning) == new.root.as_ref().map(Node::meaning);
        if !same || sorted(old) != sorted(new) {
            return Err(old.line);
        }
    }
    let settled = [true, false].map(|sorted| write::documents(&again, sorted));
    if settled.iter().any(|text| text == formatted) {
        Ok(())
    } else {
        Err(first)
    }
}

fn sorted(document: &Document) -> Vec<String> {
    let mut comments = document.comments();
    comments.sort();
    comments
}

#[cfg(test)]
mod tests;
