//! Diagnostics as text, in the look of rustc: path, line, column, the marked source, the code, and what to type instead.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use compiler::diagnostic::{Diagnostic, Severity, one_line};
use compiler::source::{Source, Span};

use crate::paper::{LEAST, WIDEST};

/// How diagnostics are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// in colours
    pub color: bool,
    /// columns of the terminal; a file and a pipe have none, and get each message as one line
    pub width: Option<usize>,
}

impl Look {
    /// Each line that is too long in several.
    #[must_use]
    pub fn fitted(self, text: &str) -> String {
        let fits = |line: &str| columns(line) <= self.width.unwrap_or(usize::MAX);
        let lines = text.split('\n').map(|line| match fits(line) {
            true => Cow::Borrowed(line),
            false => self.folded(line, 0),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The text in lines that fit beside `before` columns of something else.
    fn folded<'t>(self, text: &'t str, before: usize) -> Cow<'t, str> {
        let Some(width) = self.width else {
            return text.into();
        };
        let room = width.min(WIDEST).saturating_sub(before).max(LEAST);
        let mut lines = vec![String::new()];
        let mut used = 0_usize;
        for word in words(text, room) {
            let length = columns(word);
            match lines.last_mut() {
                Some(line) if used == 0 || used.saturating_add(1 + length) <= room => {
                    if used > 0 {
                        line.push(' ');
                        used += 1;
                    }
                    line.push_str(word);
                    used += length;
                }
                _ => {
                    lines.push(word.to_owned());
                    used = length;
                }
            }
        }
        lines.join("\n").into()
    }

    fn renderer(self) -> Renderer {
        let renderer = match self.color {
            true => Renderer::styled(),
            false => Renderer::plain(),
        };
        renderer.term_width(self.width.unwrap_or(WIDEST).min(WIDEST))
    }
}

/// How wide it is: colours take no room.
fn columns(text: &str) -> usize {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().map_or(0, |part| part.chars().count());
    let shown = |part: &str| {
        part.split_once('m')
            .map_or(part, |(_, rest)| rest)
            .chars()
            .count()
    };
    parts.fold(first, |sum, part| sum.saturating_add(shown(part)))
}

/// The text between its spaces. What stands in backticks is to be typed as it is: it stays whole where there is room for it.
fn words(text: &str, room: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut quoted = false;
        let end = rest.find(|letter| {
            quoted ^= letter == '`';
            letter == ' ' && !quoted
        });
        let word = &rest[..end.unwrap_or(rest.len())];
        match columns(word) > room {
            true => words.extend(word.split(' ')),
            false => words.push(word),
        }
        rest = end.map_or("", |end| &rest[end + 1..]);
    }
    words
}

/// One diagnostic, with an empty line after it.
#[must_use]
pub fn diagnostic(diagnostic: &Diagnostic, sources: &[Source], look: Look) -> String {
    let (level, name) = match diagnostic.severity {
        Severity::Error => (Level::ERROR, "error"),
        Severity::Warning => (Level::WARNING, "warning"),
    };
    let before = format!("{name}[{}]: ", diagnostic.code).len();
    let message = look.folded(&diagnostic.message, before);
    let title = level.primary_title(message).id(diagnostic.code);
    let text = sources
        .get(diagnostic.span.source)
        .map(|source| String::from_utf8_lossy(&source.bytes));
    let place = place(diagnostic.span, sources, text.as_ref());
    // the numbers of lines stand before it
    let before = format!("{} = help: ", diagnostic.span.line).len();
    let help = diagnostic.help.as_deref();
    let help = help.map(|help| Level::HELP.message(look.folded(help, before)).into());
    let report = title.elements(place.into_iter().chain(help));
    format!("{}\n\n", look.renderer().render(&[report]))
}

/// Why a command cannot run.
#[must_use]
pub fn failure(error: &anyhow::Error, look: Look) -> String {
    // names of files and revisions are as others chose them
    let message = plain(&one_line(format!("{error:#}")));
    let message = look.folded(&message, "error: ".len());
    let report = Level::ERROR
        .primary_title(message)
        .elements(None::<Element<'_>>);
    format!("{}\n", look.renderer().render(&[report]))
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

fn place<'a>(
    span: Span,
    sources: &'a [Source],
    text: Option<&'a Cow<'a, str>>,
) -> Option<Element<'a>> {
    let (source, text) = (sources.get(span.source)?, text?);
    // a file can be called as somebody likes
    let name = one_line(source.name.clone());
    if span.line == 0 {
        let is_whole = span == Span::file(span.source);
        return is_whole.then(|| Origin::path(name).into());
    }
    let line = line(text, span.start.min(text.len()));
    let marked = mark(text, span, &line);
    let snippet = Snippet::source(&text[line])
        .line_start(span.line)
        .path(name);
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
            Look::default(),
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
    fn what_is_longer_than_the_terminal_is_folded_between_words() {
        let sources = [Source {
            name: "a.yaml".into(),
            bytes: b"a: 1\n".to_vec(),
        }];
        let span = Span {
            source: 0,
            start: 0,
            end: 1,
            line: 1,
            column: 1,
        };
        let long = Diagnostic::warning("MG0101", span, "one two three four five six seven eight")
            .with_help("nine ten eleven `a b c d e f g`");
        let look = Look {
            color: false,
            width: Some(40),
        };
        let expected = "warning[MG0101]: one two three four five\n                 six seven eight\n --> a.yaml:1:1\n  |\n\
                        1 | a: 1\n  | ^\n  |\n  = help: nine ten eleven\n          `a b c d e f g`\n\n";
        assert_eq!(diagnostic(&long, &sources, look), expected);
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
