//! What YAML takes for something else than whoever wrote it: a blank that is none, a star, a fence of Markdown, a field without its `:`.

use granit_parser::ErrorKind;

use crate::diagnostic::is_hidden;
use crate::format::as_scalar;

use super::Cause;
use super::line::Line;

/// What of that is in the line.
pub fn of(text: &str, line: Line) -> Option<Cause> {
    let content = line.content(text);
    blank(content, line)
        .or_else(|| fence(content, line))
        .or_else(|| no_colon(content, line))
}

/// A blank that YAML takes for a letter, where one is due after a sign.
fn blank(content: &str, line: Line) -> Option<Cause> {
    let mut letters = content.char_indices();
    let (at, letter) = letters.find(|(at, letter)| {
        let before = content.get(..*at).unwrap_or_default();
        *letter != '\t' && is_hidden(*letter) && before.ends_with([':', '-', ','])
    })?;
    let number = u32::from(letter);
    let message = format!("U+{number:04X} looks like a blank, and is a letter to YAML");
    let at = line.begin + at;
    let help = "write a common blank in its place".to_owned();
    Some((at, at + letter.len_utf8(), message, help))
}

fn fence(content: &str, line: Line) -> Option<Cause> {
    let is_fence = content.starts_with("```") || content.starts_with("~~~");
    is_fence.then(|| {
        let message = "this line is Markdown around the file".to_owned();
        let help = "delete the line, and the one at the end".to_owned();
        (line.begin, line.end, message, help)
    })
}

/// `who { groups: [a] }`.
fn no_colon(content: &str, line: Line) -> Option<Cause> {
    let (key, rest) = content.split_once(' ')?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_key && rest.starts_with(['[', '{'])).then(|| {
        let message = format!("a `:` is due after `{key}`");
        let help = format!("write `{key}: {}`", rest.trim_end());
        (line.begin, line.begin + key.len(), message, help)
    })
}

/// A text that begins with a star, which begins an alias.
pub fn star(text: &str, line: Line, near: usize, kind: &ErrorKind) -> Option<Cause> {
    let is_alias =
        matches!(kind, ErrorKind::UnknownAnchor) || kind.to_string().contains("anchor or alias");
    let before = text.get(line.begin..line.end.min(near + 1))?;
    let at = line.begin + before.rfind('*').filter(|_| is_alias)?;
    let rest = text.get(at..line.end)?;
    let token = rest.split([',', ']', '}', ' ']).next()?;
    let message = "a text cannot begin with `*`, which begins an alias".to_owned();
    let help = format!("put it into quotes: `{}`", as_scalar(token));
    Some((at, at + token.len(), message, help))
}
