//! Places inside a piece of Cedar, as places in the YAML file around it.

use crate::policy::CedarText;
use crate::source::Span;

/// The bytes `start..end` of the text, as far as they can be found in the file: exact for a scalar on one line and for a
/// literal block (`|`), the whole scalar where YAML folds lines or has escapes.
#[must_use]
pub fn within(text: &CedarText, start: usize, end: usize) -> Span {
    let (whole, written) = (text.span, text.span.end.saturating_sub(text.span.start));
    let content = text.text.trim_end_matches('\n');
    if content.contains('\n') {
        return in_block(text, start, end);
    }
    let quote = match written.checked_sub(content.len()) {
        Some(0 | 1) => 0,
        Some(2) => 1,
        _ => return whole,
    };
    let Some(before) = content.get(..start.min(content.len())) else {
        return whole;
    };
    let first = whole.start + quote + before.len();
    let last = whole.start + quote + end.clamp(before.len(), content.len());
    Span {
        start: first,
        end: last,
        column: whole.column + quote + before.chars().count(),
        ..whole
    }
}

/// A block's span begins at its first line's text, so its column tells the indentation of every line.
fn in_block(text: &CedarText, start: usize, end: usize) -> Span {
    let whole = text.span;
    let indentation = whole.column.saturating_sub(1);
    let raw = |offset: usize| {
        let before = text.text.get(..offset.min(text.text.len()))?;
        let filled = before
            .split('\n')
            .skip(1)
            .filter(|line| !line.is_empty())
            .count();
        let line_start = before.rfind('\n').map_or(0, |position| position + 1);
        let open_line = usize::from(line_start == before.len() && line_start > 0);
        Some((
            whole.start + before.len() + indentation * (filled + open_line),
            before,
        ))
    };
    let Some(((first, before), (last, _))) = raw(start).zip(raw(end)) else {
        return whole;
    };
    if raw(text.text.trim_end().len()).is_none_or(|(end, _)| end > whole.end) {
        return whole;
    }
    let line = before.matches('\n').count();
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    Span {
        source: whole.source,
        start: first,
        end: last.max(first),
        line: whole.line + line,
        column: whole.column + column,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, scalar: &str, text: &str, wanted: &str) {
        let start = file.find(scalar).unwrap();
        let before = &file[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let span = Span {
            source: 3,
            start,
            end: start + scalar.len(),
            line,
            column,
        };
        let at = text.find(wanted).unwrap();
        let found = within(
            &CedarText {
                text: text.into(),
                span,
            },
            at,
            at + wanted.len(),
        );
        assert_eq!(&file[found.start..found.end], wanted);
        let line = file.lines().nth(found.line - 1).unwrap();
        let rest: String = line.chars().skip(found.column - 1).collect();
        assert!(rest.starts_with(wanted), "{rest}");
    }

    #[test]
    fn finds_text_on_one_line_with_and_without_quotes() {
        check(
            "a: 1\nwhen: context.hour > 6\n",
            "context.hour > 6",
            "context.hour > 6",
            "hour",
        );
        check(
            "when: \"context.hour > 6\"\n",
            "\"context.hour > 6\"",
            "context.hour > 6",
            "> 6",
        );
    }

    #[test]
    fn finds_text_in_a_block() {
        let file = "guardrails: |\n    forbid (\n      principal,\n\n    x);\nnext: 1\n";
        let raw = "forbid (\n      principal,\n\n    x);\n";
        let text = "forbid (\n  principal,\n\nx);\n";
        check(file, raw, text, "forbid");
        check(file, raw, text, "principal");
        check(file, raw, text, "x)");
        check(
            "when: |\n  context.hour > 6\n",
            "context.hour > 6\n",
            "context.hour > 6\n",
            "hour",
        );
    }

    #[test]
    fn gives_the_whole_scalar_where_lines_are_folded() {
        let span = Span {
            source: 0,
            start: 6,
            end: 24,
            line: 1,
            column: 7,
        };
        assert_eq!(
            within(
                &CedarText {
                    text: "x > 3 && y".into(),
                    span
                },
                9,
                10
            ),
            span
        );
    }
}
