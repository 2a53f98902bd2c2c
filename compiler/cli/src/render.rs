//! Diagnostics as text, in the look of rustc: path, line, column, the marked source, the code, and what to type instead.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use compiler::diagnostic::{Diagnostic, Severity};
use compiler::source::{Source, Span};

/// Longest line that is shown; longer ones are cut around the mark.
const WIDTH: usize = 140;

/// One diagnostic, with an empty line after it.
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &[Source], color: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code);
    let text = sources
        .get(diagnostic.span.source)
        .map(|source| String::from_utf8_lossy(&source.bytes));
    let place = place(diagnostic.span, sources, text.as_ref());
    let help = diagnostic
        .help
        .as_deref()
        .map(|help| Element::from(Level::HELP.message(help)));
    let report = title.elements(place.into_iter().chain(help));
    format!("{}\n\n", renderer(color).render(&[report]))
}

/// Why a command cannot run.
#[must_use]
pub fn failure(error: &anyhow::Error, color: bool) -> String {
    let message = plain(&format!("{error:#}"));
    let report = Level::ERROR
        .primary_title(message.as_str())
        .elements(None::<Element<'_>>);
    format!("{}\n", renderer(color).render(&[report]))
}

/// Without the numbers that an operating system gives its errors.
fn plain(message: &str) -> String {
    let Some((before, after)) = message.split_once(" (os error ") else {
        return message.to_owned();
    };
    let rest = after.split_once(')').map_or("", |(_, rest)| rest);
    let words = before.replace(
        ": No such file or directory",
        ": there is no such file or folder",
    );
    format!("{words}{rest}")
}

fn renderer(color: bool) -> Renderer {
    if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    }
    .term_width(WIDTH)
}

fn place<'a>(
    span: Span,
    sources: &'a [Source],
    text: Option<&'a Cow<'a, str>>,
) -> Option<Element<'a>> {
    let (source, text) = (sources.get(span.source)?, text?);
    if span.line == 0 {
        let whole = span
            == Span {
                source: span.source,
                ..Span::default()
            };
        // a diagnostic without any place is about all files together
        return (whole && (span.source > 0 || sources.len() == 1))
            .then(|| Origin::path(source.name.as_str()).into());
    }
    let line = line(text, span.start.min(text.len()));
    let marked = mark(text, span, &line);
    let snippet = Snippet::source(&text[line])
        .line_start(span.line)
        .path(source.name.as_str());
    Some(
        snippet
            .annotation(AnnotationKind::Primary.span(marked))
            .into(),
    )
}

/// The bytes of the line around a position.
fn line(text: &str, position: usize) -> Range<usize> {
    let position = (0..=position)
        .rev()
        .find(|position| text.is_char_boundary(*position))
        .unwrap_or_default();
    let start = text[..position].rfind('\n').map_or(0, |found| found + 1);
    let end = text[position..]
        .find('\n')
        .map_or(text.len(), |found| position + found);
    let trimmed = text[start..end].trim_end_matches('\r').len();
    start..(start + trimmed)
}

/// The marked part of the line, counted from its start; at least one character, none of the next line.
fn mark(text: &str, span: Span, line: &Range<usize>) -> Range<usize> {
    let within = |position: usize| {
        let position = position.clamp(line.start, line.end);
        (line.start..=position)
            .rev()
            .find(|position| text.is_char_boundary(*position))
            .unwrap_or(line.start)
    };
    let start = within(span.start);
    let least = text[start..line.end]
        .chars()
        .next()
        .map_or(0, char::len_utf8);
    let end = within(span.end).max(start + least);
    let end = start + text[start..end].trim_end().len().max(least);
    (start - line.start)..(end - line.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8], span: Span) -> String {
        let sources = [Source {
            name: "a.yaml".into(),
            bytes: text.to_vec(),
        }];
        diagnostic(
            &Diagnostic::error("MG0101", span, "unknown field `alow`")
                .with_help("did you mean `allow`?"),
            &sources,
            false,
        )
    }

    #[test]
    fn the_place_is_marked() {
        let text = shown(
            b"a: 1\r\nalow: 2\r\n",
            Span {
                source: 0,
                start: 6,
                end: 10,
                line: 2,
                column: 1,
            },
        );
        let expected = "error[MG0101]: unknown field `alow`\n --> a.yaml:2:1\n  |\n2 | alow: 2\n  | ^^^^\n  |\n  = help: did you mean `allow`?\n\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn odd_places_and_bytes_do_no_harm() {
        for start in [0, 3, 7, 9, 10_000] {
            for end in [0, 3, 8, 10_000] {
                for text in [
                    "\u{e9}\u{e9}: \u{1F600}\nx".as_bytes(),
                    b"\xff\xfe\n\xe9",
                    b"",
                    b"\n\n",
                ] {
                    assert!(
                        shown(
                            text,
                            Span {
                                source: 0,
                                start,
                                end,
                                line: 1,
                                column: 1
                            }
                        )
                        .contains("MG0101")
                    );
                }
            }
        }
        assert!(
            shown(
                b"",
                Span {
                    source: 9,
                    start: 1,
                    end: 2,
                    line: 3,
                    column: 4
                }
            )
            .contains("MG0101")
        );
    }
}
