//! Diagnostics for machines: JSON, SARIF, JUnit, and what GitHub and GitLab show beside a change.

mod github;
mod gitlab;
mod json;
pub mod junit;
mod sarif;

use std::collections::BTreeMap;

use clap::ValueEnum;
use compiler::diagnostic::Diagnostic;
use compiler::source::Source;
use policies::digest;

/// How problems are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// for people (what `check` finds goes to standard error)
    Text,
    /// for programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, a test case for each file that is checked, each test, or each change of `mutate`
    Junit,
    /// annotations of a GitHub workflow
    Github,
    /// a Code Quality report of GitLab
    Gitlab,
}

/// A problem and its place in whole characters.
struct Item<'a> {
    diagnostic: &'a Diagnostic,
    /// `None` where it is about all files together
    file: Option<&'a str>,
    line: usize,
    column: usize,
    end_line: usize,
    /// the column after the last
    end_column: usize,
    /// the same for the same problem in the same line, wherever the line stands
    fingerprint: String,
}

/// The report; empty for [`Format::Text`], which is rendered elsewhere.
#[must_use]
pub fn write(format: Format, diagnostics: &[Diagnostic], sources: &[Source]) -> String {
    let items = items(diagnostics, sources);
    match format {
        Format::Text => String::new(),
        Format::Json => crate::shown::document(&json::write(&items)),
        Format::Sarif => crate::shown::document(&sarif::write(&items)),
        Format::Junit => junit::write(&items, sources),
        Format::Github => github::write(&items),
        Format::Gitlab => crate::shown::document(&gitlab::write(&items, sources)),
    }
}

fn items<'a>(diagnostics: &'a [Diagnostic], sources: &'a [Source]) -> Vec<Item<'a>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let item = |diagnostic: &'a Diagnostic| {
        let span = diagnostic.span;
        let source = sources.get(span.source);
        let bytes = source.map_or(&[][..], |source| &source.bytes);
        let from = span.start.min(bytes.len());
        let marked =
            String::from_utf8_lossy(&bytes[from..span.end.clamp(from, bytes.len())]).into_owned();
        let first = marked.lines().next().unwrap_or_default();
        let begin = bytes[..from].iter().rposition(|byte| *byte == b'\n');
        let begin = begin.map_or(0, |position| position + 1);
        let end = bytes[from..].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(bytes.len(), |position| from + position);
        let line = String::from_utf8_lossy(&bytes[begin..end])
            .trim()
            .to_owned();
        let file = source.map(|source| source.name.as_str());
        let basis = format!("{}\n{}\n{line}", diagnostic.code, file.unwrap_or_default());
        let number = seen.entry(basis.clone()).or_default();
        *number += 1;
        let hash = digest::of(basis.as_bytes());
        let hash: String = hash
            .trim_start_matches("sha256:")
            .chars()
            .take(16)
            .collect();
        Item {
            diagnostic,
            file,
            line: span.line.max(1),
            column: span.column.max(1),
            end_line: span.line.max(1),
            end_column: span.column.max(1) + first.chars().count().max(1),
            fingerprint: format!("{hash}:{number}"),
        }
    };
    diagnostics.iter().map(item).collect()
}

impl Item<'_> {
    fn level(&self) -> &'static str {
        if self.diagnostic.is_error() {
            "error"
        } else {
            "warning"
        }
    }

    /// What is wrong, and what to type instead.
    fn text(&self) -> String {
        match &self.diagnostic.help {
            Some(help) => format!("{}; {help}", self.diagnostic.message),
            None => self.diagnostic.message.clone(),
        }
    }
}
