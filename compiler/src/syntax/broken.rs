//! What is wrong with a text that is no YAML, and where: the parser says how far it could read, and the mistake is often before.

mod brackets;
mod line;
mod misread;

use std::borrow::Cow;

use granit_parser::ErrorKind;

use crate::diagnostic::Diagnostic;
use crate::format::as_scalar;
use crate::source::Span;

use super::advice::{DASHES, in_double_quotes};
use super::tag;
use super::text::moved;

use brackets::Fault;
use line::Line;

/// Longest text that is written out.
const LONGEST: usize = 100;

/// What is wrong where, and what to type.
type Cause = (usize, usize, String, String);

/// The problem; `near` is where the parser stopped.
pub fn refused(text: &str, kind: &ErrorKind, near: Span) -> Diagnostic {
    let line = Line::at(text, near.start);
    let value = line.value(text).filter(|value| value.start <= near.start);
    if let Some(value) = value
        .clone()
        .filter(|value| text[value.clone()].starts_with('!'))
    {
        let span = moved(near, text, value.start, value.start + 1);
        return tag::negated(text, span, value.end);
    }
    let before = Line::before(text, &line);
    let cause = [Some(line), before.filter(|_| is_of_structure(kind))]
        .into_iter()
        .flatten()
        .find_map(|line| {
            look_alike(text, line)
                .or_else(|| no_blank(text, line))
                .or_else(|| misread::of(text, line))
        })
        .or_else(|| misread::sign(text, line, near.start, kind))
        .or_else(|| unclosed(text, kind, near))
        .or_else(|| unquoted(text, kind, near, value));
    if let Some((start, end, message, help)) = cause {
        let message = format!("this is not valid YAML: {message}");
        return Diagnostic::error("MG0005", moved(near, text, start, end), message).with_help(help);
    }
    let message = format!("this is not valid YAML: {}", in_our_words(kind));
    let help = "look at the indentation, and at quotes and brackets, here and on the lines before";
    Diagnostic::error("MG0005", near, message).with_help(help)
}

/// Whether something else was due because of the lines before.
const fn is_of_structure(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::InvalidIndentation
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::MappingValueNotAllowed
            | ErrorKind::InvalidQuotedScalarIndent
            | ErrorKind::UnclosedQuotedScalar
            | ErrorKind::InvalidFlowScalarIndent
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator
    )
}

/// What looks like the hyphen of an entry.
fn look_alike(text: &str, line: Line) -> Option<Cause> {
    let content = line.content(text);
    let dash = content
        .chars()
        .next()
        .filter(|dash| DASHES.contains(dash))?;
    let end = line.begin + dash.len_utf8();
    let is_entry = text.get(end..)?.starts_with(' ');
    is_entry.then(|| {
        let message = format!("`{dash}` is no hyphen");
        (
            line.begin,
            end,
            message,
            "write `- `, a hyphen and a blank".to_owned(),
        )
    })
}

/// `can:[predict]`: without a blank the `:` is a part of a text.
fn no_blank(text: &str, line: Line) -> Option<Cause> {
    let content = line.content(text);
    let (key, rest) = content.split_once(':')?;
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_close = rest
        .chars()
        .next()
        .is_some_and(|next| !next.is_whitespace() && !matches!(next, ':' | '/'));
    let help = format!("write `{key}: {}`", rest.trim_end());
    let help = match help.chars().count() <= LONGEST {
        true => help,
        false => format!("write `{key}: `, with a blank"),
    };
    let colon = line.begin + key.len();
    (is_key && is_close).then(|| {
        let message = format!("a blank is due after the `:` of `{key}`");
        (colon, colon + 1, message, help)
    })
}

/// A bracket or quote that is still open where the next line begins.
fn unclosed(text: &str, kind: &ErrorKind, near: Span) -> Option<Cause> {
    let is_mismatch = matches!(kind, ErrorKind::MismatchedFlowCollectionEnd { .. });
    if let ErrorKind::UnclosedFlowCollection { open } = kind {
        return Some(not_closed(*open, near.start));
    }
    if !is_mismatch && !is_of_structure(kind) {
        return None;
    }
    let end = if is_mismatch { text.len() } else { near.start };
    match brackets::fault(text, line::document(text, near.start), end)? {
        Fault::Unclosed { sign, at } => {
            let opener = Line::at(text, at);
            let line = Line::at(text, near.start);
            // what is indented further belongs between the brackets
            if !is_mismatch && (opener.start == line.start || line.column() > opener.column()) {
                return None;
            }
            Some(commented(text, sign, at).unwrap_or_else(|| not_closed(sign, at)))
        }
        Fault::Surplus { sign, at } => {
            let message = format!("the bracket `{sign}` closes nothing");
            Some((at, at + 1, message, format!("delete the `{sign}`")))
        }
    }
}

/// `[leads, #admins]`: what closes the bracket stands in a comment.
fn commented(text: &str, sign: char, at: usize) -> Option<Cause> {
    let closing = match sign {
        '[' => ']',
        '{' => '}',
        _ => return None,
    };
    let line = text.get(at..)?.lines().next()?;
    let comment = line.find(" #")? + 1;
    line.get(comment..)?.contains(closing).then(|| {
        let message = format!("the bracket `{sign}` is closed in a comment, which `#` begins");
        let help = "put a name that begins with `#` into quotes";
        (at + comment, at + comment + 1, message, help.to_owned())
    })
}

fn not_closed(sign: char, at: usize) -> Cause {
    let (what, closing) = match sign {
        '[' => ("bracket", ']'),
        '{' => ("bracket", '}'),
        quote => ("quote", quote),
    };
    let message = format!("the {what} `{sign}` is not closed");
    let help = format!("write its `{closing}`, before the next line if it is one value");
    (at, at + 1, message, help)
}

/// A text that needs quotes, or others.
fn unquoted(
    text: &str,
    kind: &ErrorKind,
    near: Span,
    value: Option<std::ops::Range<usize>>,
) -> Option<Cause> {
    let at = near.start;
    let in_quotes = matches!(
        kind,
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar
    );
    let field = value
        .clone()
        .and_then(|value| tag::field(text, value.start));
    let is_list = value
        .as_ref()
        .is_some_and(|value| text[value.clone()].starts_with('['));
    let message = match (in_quotes, is_list && field == Some("when")) {
        (true, _) => "the text in quotes ends before this".to_owned(),
        (_, true) => "the list ends before this".to_owned(),
        _ => in_our_words(kind),
    };
    let is_text = in_quotes || matches!(kind, ErrorKind::MappingValueNotAllowed);
    let touches = text.get(..at)?.ends_with(['\'', '"']);
    let is_between = is_in_brackets(text, at);
    if in_quotes && is_between && !touches && !begins_condition(text, at) {
        let message = "a `,` is due before this".to_owned();
        let help = "write a `,` between one value and the next";
        return Some((at, at + 1, message, help.to_owned()));
    }
    if let Some((value, field)) = value
        .zip(field)
        .filter(|(_, field)| (is_text && !is_between) || *field == "when")
    {
        let whole = text.get(value)?;
        let meant = bare(whole, in_quotes && touches);
        let meant = match field {
            "when" => in_double_quotes(meant),
            _ => Cow::Borrowed(meant),
        };
        let help = format!("write `{field}: {}`", as_scalar(&meant));
        return (help.chars().count() <= LONGEST).then_some((at, at + 1, message, help));
    }
    if in_quotes {
        let help = "write a quote inside of `'...'` twice, and `\\\"` inside of `\"...\"`, or put the other quotes around the text";
        return Some((at, at + 1, message, help.to_owned()));
    }
    unexpected(text, kind, at, message)
}

/// A text that begins with a sign of YAML.
fn unexpected(text: &str, kind: &ErrorKind, at: usize, message: String) -> Option<Cause> {
    let ErrorKind::UnexpectedCharacter { character } = kind else {
        return None;
    };
    let rest = text.get(at..)?;
    let token = rest.split([',', ']', '}', '\n', '\r']).next()?.trim_end();
    let help = format!("put it into quotes: `{}`", as_scalar(token));
    Some((at, at + character.len_utf8(), message, help))
}

/// Whether a bracket is open there.
fn is_in_brackets(text: &str, at: usize) -> bool {
    let fault = brackets::fault(text, line::document(text, at), at);
    matches!(
        fault,
        Some(Fault::Unclosed {
            sign: '[' | '{',
            ..
        })
    )
}

/// Whether the text in quotes that ends before this is the first of a condition.
fn begins_condition(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let mut letters = before.char_indices().rev();
    let quote = letters.next().map(|(_, quote)| quote);
    let start = letters.find(|(_, letter)| Some(*letter) == quote);
    start.is_some_and(|(start, _)| tag::field(text, start) == Some("when"))
}

/// What stands in quotes that were meant to reach from end to end.
fn bare(whole: &str, touches: bool) -> &str {
    let inner = ['\'', '"'].into_iter().find_map(|quote| {
        let inner = whole.strip_prefix(quote)?;
        inner.strip_suffix(quote)
    });
    inner.filter(|_| touches).unwrap_or(whole)
}

/// The usual mistakes; the others are as the parser says.
fn in_our_words(kind: &ErrorKind) -> String {
    let words = match kind {
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => "a quote is not closed",
        ErrorKind::MismatchedFlowCollectionEnd { open, .. }
        | ErrorKind::UnclosedFlowCollection { open } => {
            return format!("the bracket `{open}` is not closed");
        }
        ErrorKind::UnexpectedEofFlowSequence | ErrorKind::UnexpectedEofFlowMapping => {
            "a bracket is not closed"
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::SimpleKeyExpected => {
            "a field with its `:` is due, at the indentation of the fields before"
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            "the next `- ` of the list is due; the fields of one entry begin below its first, two blanks behind the `-`"
        }
        ErrorKind::FlowMappingValueAdjacentCollection => "a blank is due after the `:`",
        ErrorKind::MappingValueNotAllowed => {
            "a `:` where no field can begin; a text with `: ` in it goes into quotes"
        }
        ErrorKind::UnknownAnchor => "no anchor of this name before it",
        ErrorKind::DirectiveDisallowed => "`%` directives are not used here",
        ErrorKind::UnexpectedCharacter { .. } => {
            "a text cannot begin with this character; put it into quotes"
        }
        other => return other.to_string(),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests;
