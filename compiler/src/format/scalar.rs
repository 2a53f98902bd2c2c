//! How a text is written: plain where every reader takes it for a text, otherwise in the quotes that need the least escapes,
//! on several lines where it has some.

use granit_parser::ScalarStyle;

use crate::diagnostic::is_hidden;
use crate::syntax::plain::{Plain, classify};

/// Longest line of a text that is folded.
const WIDTH: usize = 100;

/// On one line.
pub fn on_one_line(text: &str, style: ScalarStyle, flow: bool) -> String {
    let as_it_is = style == ScalarStyle::Plain && !text.contains('\n');
    if as_it_is || classify(text) == Plain::Text && is_plain(text, flow) {
        return text.to_owned();
    }
    if !text.contains(is_hidden) && text.contains(['"', '\\']) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    format!("\"{}\"", escaped(text))
}

/// Whether it needs no quotes, by rules stricter than those of YAML.
fn is_plain(text: &str, flow: bool) -> bool {
    let first = text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '.'));
    let marks = text.contains(": ")
        || text.contains(" #")
        || text.ends_with([':', ' '])
        || text.starts_with("...");
    let brackets = flow && text.contains([',', '[', ']', '{', '}']);
    first && !marks && !brackets && !text.contains(is_hidden)
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            c if is_hidden(c) && u32::from(c) > 0xffff => {
                escaped += &format!("\\U{:08x}", u32::from(c));
            }
            c if is_hidden(c) => escaped += &format!("\\u{:04x}", u32::from(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The head and the lines of a block, where the text is best written as one.
pub fn block(text: &str, style: ScalarStyle) -> Option<(&'static str, Vec<String>)> {
    if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
        return None;
    }
    let body = text.strip_suffix('\n');
    let (body, clipped) = (body.unwrap_or(text), body.is_some());
    let odd = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{feff}' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    if body.is_empty()
        || body.starts_with([' ', '\n', '\t'])
        || body.ends_with('\n')
        || body.contains(odd)
    {
        return None;
    }
    if body.contains('\n') || style == ScalarStyle::Literal {
        let lines = body.split('\n').map(str::to_owned).collect();
        return Some((if clipped { "|" } else { "|-" }, lines));
    }
    let foldable =
        body.len() > WIDTH && !body.contains("  ") && !body.ends_with(' ') && !body.contains('\t');
    foldable.then(|| (if clipped { ">" } else { ">-" }, folded(body)))
}

fn folded(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
