//! From bytes to text: size, encoding, byte-order mark and tabs, before any YAML is read.

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::problems::Problems;

/// Largest file that is read.
pub const LARGEST: usize = 256 * 1024;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// The text of a file, or the reason why it is not looked at.
pub fn checked<'a>(source: usize, bytes: &'a [u8], problems: &Problems) -> Option<&'a str> {
    match check(source, bytes) {
        Ok(text) => Some(text),
        Err(diagnostic) => {
            problems.report(*diagnostic);
            None
        }
    }
}

/// The same of a file of ours, which all YAML readers must read alike.
pub fn unambiguous<'a>(source: usize, bytes: &'a [u8], problems: &Problems) -> Option<&'a str> {
    let text = checked(source, bytes, problems)?;
    match line_end(source, text) {
        None => Some(text),
        Some(diagnostic) => {
            problems.report(diagnostic);
            None
        }
    }
}

/// Whether some YAML readers end a line where others do not.
pub fn is_ambiguous(text: &str) -> bool {
    line_end(0, text).is_some()
}

fn check(source: usize, bytes: &[u8]) -> Result<&str, Box<Diagnostic>> {
    if bytes.len() > LARGEST {
        // how much larger is not known: it need not be read to its end
        let message = format!("the file is larger than {} KiB", LARGEST / 1024);
        let help = "split it into several files: documents of one namespace are put together";
        return Err(whole("MG0001", source, message, help));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(whole(
            "MG0003",
            source,
            "the file is UTF-16".into(),
            "save it as UTF-8",
        ));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|error| not_text(source, bytes, error.valid_up_to()))?;
    if text.starts_with(BYTE_ORDER_MARK) {
        let span = Span {
            source,
            start: 0,
            end: BYTE_ORDER_MARK.len_utf8(),
            line: 1,
            column: 1,
        };
        let message = "the file begins with a byte-order mark";
        return Err(Box::new(
            Diagnostic::error("MG0003", span, message).with_help("save it as UTF-8 without BOM"),
        ));
    }
    match indentation(source, text) {
        Some(diagnostic) => Err(Box::new(diagnostic)),
        None => Ok(text),
    }
}

/// The first character that ends a line in YAML 1.1, as `kubectl` and Helm read it, and is one like others in 1.2: a comment that has
/// one is shorter for them, and what follows it is no comment.
fn line_end(source: usize, text: &str) -> Option<Diagnostic> {
    let (start, end) = text
        .char_indices()
        .find(|(_, letter)| matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}'))?;
    let span = place(source, &text[..start], start + end.len_utf8());
    let code = format!("{:04X}", u32::from(end));
    let message =
        format!("U+{code} ends a line, and a comment, for some YAML readers and not for others");
    let help =
        format!("end the line as all others, or delete it; in a text in quotes write `\\u{code}`");
    Some(Diagnostic::error("MG0015", span, message).with_help(help))
}

fn whole(code: &'static str, source: usize, message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(code, Span::file(source), message).with_help(help))
}

fn not_text(source: usize, bytes: &[u8], valid: usize) -> Box<Diagnostic> {
    let before = bytes
        .get(..valid)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .unwrap_or_default();
    let message = format!("byte {} of the file is not UTF-8", valid + 1);
    let end = valid + 1;
    let diagnostic = Diagnostic::error("MG0002", place(source, before, end), message);
    Box::new(diagnostic.with_help("save the file as UTF-8"))
}

/// The first line that is indented with something else than blanks. YAML forbids tabs, and its parsers say so in many unclear ways;
/// a no-break space, which comes with what is pasted from a page, looks like a blank and is a letter.
fn indentation(source: usize, text: &str) -> Option<Diagnostic> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let odd = content.chars().next().filter(|letter| {
            letter.is_whitespace() && !matches!(letter, '\r' | '\n') && !line.trim().is_empty()
        });
        if let Some(odd) = odd {
            let start = offset + line.len() - content.len();
            let span = place(source, &text[..start], start + odd.len_utf8());
            let (message, help) = match odd {
                '\t' => (
                    "a tab in the indentation".to_owned(),
                    "write two blanks in place of each tab",
                ),
                other => (
                    format!(
                        "a blank of another kind in the indentation, U+{:04X}",
                        u32::from(other)
                    ),
                    "write a common blank in its place",
                ),
            };
            return Some(Diagnostic::error("MG0004", span, message).with_help(help));
        }
        offset += line.len();
    }
    None
}

/// The place just after `before`.
fn place(source: usize, before: &str, end: usize) -> Span {
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    Span {
        source,
        start: before.len(),
        end,
        line,
        column,
    }
}

/// A place that is near another one: only what lies between them is counted.
pub fn moved(from: Span, text: &str, start: usize, end: usize) -> Span {
    let lines = |one: usize, other: usize| {
        let between = text.get(one..other).unwrap_or_default();
        between.matches('\n').count()
    };
    let line = (from.line + lines(from.start, start)).saturating_sub(lines(start, from.start));
    let before = text.get(..start).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default();
    Span {
        start,
        end,
        line,
        column: column.chars().count() + 1,
        ..from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> Option<(&'static str, usize, usize)> {
        check(0, bytes).err().map(|diagnostic| {
            (
                diagnostic.code,
                diagnostic.span.line,
                diagnostic.span.column,
            )
        })
    }

    #[test]
    fn ordinary_text_is_taken_with_either_line_ending() {
        assert_eq!(code(b"a: 1\nb: 2\n"), None);
        assert_eq!(code(b"a: 1\r\nb: 2\r\n"), None);
        assert_eq!(code(b"a: \"x\ty\"\n \t\nb: 2\n"), None);
    }

    #[test]
    fn what_is_not_plain_text_is_refused_at_its_place() {
        assert_eq!(code("\u{feff}a: 1".as_bytes()), Some(("MG0003", 1, 1)));
        assert_eq!(code(b"\xff\xfea\0"), Some(("MG0003", 0, 0)));
        assert_eq!(code(b"a: 1\nb: \xe9"), Some(("MG0002", 2, 4)));
        assert_eq!(code("é:\n \tb: 1".as_bytes()), Some(("MG0004", 2, 2)));
        let pasted = "a:\n\u{a0} b: 1".as_bytes();
        assert_eq!(code(pasted), Some(("MG0004", 2, 1)));
        assert_eq!(code("a:\n \u{a0}\nb: 1".as_bytes()), None);
        for end in ['\u{85}', '\u{2028}', '\u{2029}'] {
            let comment = format!("a: 1\n# é{end}b: 1");
            assert_eq!(code(comment.as_bytes()), None);
            let found = line_end(0, &comment);
            let found = found.map(|found| (found.code, found.span.line, found.span.column));
            assert_eq!(found, Some(("MG0015", 2, 4)));
        }
        assert!(!is_ambiguous(r#"a: "\u2028""#));
        assert_eq!(code(&vec![b'#'; LARGEST + 1]), Some(("MG0001", 0, 0)));
        assert_eq!(code(&vec![b'#'; LARGEST]), None);
    }
}
