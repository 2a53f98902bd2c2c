//! A diagnostic is plain data; rendering lives in the command line.

pub mod help;

use std::collections::BTreeMap;

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
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Diagnostic {
    /// A problem that stops everything.
    #[must_use]
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            span,
            code,
            severity: Severity::Error,
            message: one_line(message.into()),
            help: help::of(code).map(str::to_owned),
        }
    }

    /// Something to know.
    #[must_use]
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// Says what to type instead.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(in_lines(&help.into())),
            ..self
        }
    }

    /// Whether it stops everything.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Puts diagnostics into the order of the files and drops repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
    diagnostics.dedup();
}

/// Most diagnostics of one file that are shown; whoever has more has made one mistake many times.
const MOST: usize = 300;

/// Leaves the first of each file where there are too many, and says so. They are in order.
pub fn shorten(diagnostics: &mut Vec<Diagnostic>) {
    let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
    diagnostics.retain(|diagnostic| {
        let number = numbers.entry(diagnostic.span.source).or_default();
        *number += 1;
        *number <= MOST || !diagnostic.is_error()
    });
    for (source, number) in numbers.into_iter().filter(|(_, number)| *number > MOST) {
        let message = format!("{number} problems in one file, the first {MOST} are shown");
        diagnostics.push(Diagnostic::error("MG0013", Span::file(source), message));
    }
}

/// What is about all files together comes first.
fn key(diagnostic: &Diagnostic) -> (bool, usize, usize, usize, &str, &str) {
    let Diagnostic {
        span,
        code,
        message,
        ..
    } = diagnostic;
    let is_placed = *span != Span::NOWHERE;
    (
        is_placed,
        span.source,
        span.line,
        span.column,
        code,
        message,
    )
}
/// A control character, one that ends a line, or one that makes a line be shown in another order than it is written (Boucher and
/// Anderson 2021).
pub fn is_unseen(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Whether a reader of a file would not see it, would take it for a blank, or would see other things in another order because of it:
/// control characters, `Default_Ignorable_Code_Point` of Unicode, and blanks other than the common one. Nor has anybody seen what has
/// no ink in its own script, and what looks as each font likes.
#[must_use]
pub fn is_hidden(letter: char) -> bool {
    // nearly all letters, of names at least
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    letter.is_control()
        || (letter.is_whitespace() && letter != ' ')
        || is_inkless(letter)
        || is_private(letter)
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Without ink, and not ignorable in every text: what annotates or stands for an object, the blank of Braille, joiners of Tifinagh and
/// Brahmi, joiners and blanks of hieroglyphs, the filler of Khitan, a selector of shorthand, and the notehead that is none. Unicode has
/// no property for these.
const fn is_inkless(letter: char) -> bool {
    matches!(letter, '\u{2800}' | '\u{2d7f}' | '\u{fff9}'..='\u{fffc}' | '\u{1107f}' | '\u{13430}'..='\u{13442}'
        | '\u{16fe4}' | '\u{1bc9d}' | '\u{1d159}')
}

/// For private use (category `Co`), or no character at all.
const fn is_private(letter: char) -> bool {
    matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}' | '\u{f0000}'..)
}

/// A text in which every hidden character is shown by its number.
#[must_use]
pub fn uncovered(text: &str) -> String {
    let shown = |letter: char| match is_hidden(letter) {
        true => letter.escape_unicode().to_string(),
        false => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A file's text in a message is neither lines of its own nor a command to the terminal, and all of it is seen.
#[must_use]
pub fn one_line(message: String) -> String {
    if !message.contains(is_hidden) {
        return message;
    }
    let shown = |letter: char| match is_hidden(letter) {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    message.chars().map(shown).collect()
}

/// The same in each of its lines: a help may have several.
fn in_lines(help: &str) -> String {
    let lines = help.split('\n').map(|line| one_line(line.to_owned()));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_all_files_comes_first() {
        let at = |span| Diagnostic::error("MG0001", span, "");
        let mut all = vec![at(Span::file(1)), at(Span::file(0)), at(Span::NOWHERE)];
        sort(&mut all);
        let spans: Vec<Span> = all.into_iter().map(|found| found.span).collect();
        assert_eq!(spans, [Span::NOWHERE, Span::file(0), Span::file(1)]);
    }

    #[test]
    fn what_nobody_sees_is_hidden() {
        for hidden in "\u{9}\u{a0}\u{200b}\u{2800}\u{e000}\u{fffc}\u{13430}\u{13441}\u{16fe4}\u{1d159}\u{f0000}\u{10ffff}".chars() {
            assert!(is_hidden(hidden), "{hidden:?}");
        }
        for seen in " é\u{301}ك\u{2801}\u{fffd}\u{13000}\u{13443}\u{16fe0}\u{1d15a}🦀".chars() {
            assert!(!is_hidden(seen), "{seen:?}");
        }
    }

    #[test]
    fn a_message_is_one_line_and_no_command() {
        let message = one_line("found `a\n\u{1b}[2Jé\u{202e}\u{200b}`".to_owned());
        assert_eq!(message, r"found `a\n\u{1b}[2Jé\u{202e}\u{200b}`");
        let helped = Diagnostic::error("MG0001", Span::NOWHERE, "").with_help("add\na\u{1b}");
        assert_eq!(helped.help.as_deref(), Some("add\na\\u{1b}"));
    }
}
