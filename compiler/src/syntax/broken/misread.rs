//! What YAML takes for something else than whoever wrote it: a blank that is none, a star, a fence of Markdown, a field without its `:`.

use granit_parser::ErrorKind;

use crate::diagnostic::is_hidden;
use crate::format::as_scalar;

use super::Cause;
use super::line::Line;
use crate::syntax::value::shortened;

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

/// `who { groups: [a] }`, `who = { groups: [a] }`.
fn no_colon(content: &str, line: Line) -> Option<Cause> {
    let end = content.find(|letter: char| !letter.is_ascii_alphabetic())?;
    let (key, rest) = content.split_at_checked(end)?;
    let value = rest.trim_start_matches([' ', '=']);
    let is_key = !key.is_empty() && value.len() < rest.len();
    (is_key && value.starts_with(['[', '{'])).then(|| {
        let message = format!("a `:` is due after `{key}`");
        let help = format!("write `{key}: {}`", value.trim_end());
        (line.begin, line.begin + key.len(), message, help)
    })
}

/// A sign that means something else here than it does to whoever wrote it.
pub fn sign(text: &str, line: Line, near: usize, kind: &ErrorKind) -> Option<Cause> {
    match kind {
        ErrorKind::BlockEntryInFlowCollection | ErrorKind::BlockSequenceEntryNotAllowed => {
            hyphen(text, line, near)
        }
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            backslash(text, near)
        }
        _ => in_other_languages(text, line, near).or_else(|| star(text, line, near, kind)),
    }
}

/// A `- ` on the line of its field, or between brackets.
fn hyphen(text: &str, line: Line, near: usize) -> Option<Cause> {
    let rest = text.get(near..line.end)?.strip_prefix('-')?;
    let end = rest.find([',', ']', '}', '#']).unwrap_or(rest.len());
    let entry = rest.get(..end)?.trim();
    let message = "an entry with `- ` begins a line of its own".to_owned();
    let before = text.get(line.begin..near)?.trim_end();
    let help = match before.ends_with(':') {
        true => format!("write `[{entry}]`, or the entry in the next line"),
        false => "delete the hyphens: between brackets a `,` parts the entries".to_owned(),
    };
    Some((near, near + 1, message, help))
}

/// `"CORP\admins"`: within `"` a `\` begins a sign, such as `\n`.
fn backslash(text: &str, near: usize) -> Option<Cause> {
    let rest = text.get(near..)?;
    let inner = rest.strip_prefix('"')?;
    let inner = inner.split(['"', '\n']).next()?;
    let message = "within `\"` a `\\` begins a sign such as `\\n`".to_owned();
    let single = format!("'{}'", inner.replace('\'', "''"));
    let help = format!("write it in single quotes: `{}`", shortened(&single));
    Some((near, near + 1, message, help))
}

/// What stands where the parser stopped, or before it, in place of what YAML has.
fn in_other_languages(text: &str, line: Line, near: usize) -> Option<Cause> {
    let before = text.get(line.begin..near)?.trim_end_matches(' ');
    let rest = text.get(near..line.end)?;
    let is_comment = rest.starts_with('#') && before.len() < near - line.begin;
    let (at, length, message, help) = if is_comment {
        let help = "take the comment out, or write it in a line of its own above the text";
        (
            near,
            1,
            "a comment ends the text, which goes on below",
            help,
        )
    } else if rest.starts_with('#') {
        let help = "write a blank before the `#` of a comment, and a name with `#` in quotes";
        (near, 1, "a blank is due before `#`", help)
    } else if rest.starts_with("//") {
        (near, 2, "a comment begins with `#`", "write `#` for `//`")
    } else if before.ends_with('=') {
        let equals = line.begin + before.len() - 1;
        let help = "write `: `, a colon and a blank, for `=`";
        (equals, 1, "a `:` is due here", help)
    } else {
        return None;
    };
    Some((at, at + length, message.to_owned(), help.to_owned()))
}

/// A text that begins with a star, which begins an alias; or a list with stars for hyphens.
fn star(text: &str, line: Line, near: usize, kind: &ErrorKind) -> Option<Cause> {
    let is_alias =
        matches!(kind, ErrorKind::UnknownAnchor) || kind.to_string().contains("anchor or alias");
    let before = text.get(line.begin..line.end.min(near + 1))?;
    let at = line.begin + before.rfind('*').filter(|_| is_alias)?;
    let rest = text.get(at..line.end)?;
    let token = rest.split([',', ']', '}', ' ']).next()?;
    if rest.starts_with("* ") && at == line.begin {
        let help = "write `- `, a hyphen and a blank, before each entry".to_owned();
        return Some((at, at + 1, "`*` begins no entry".to_owned(), help));
    }
    let message = "a text cannot begin with `*`, which begins an alias".to_owned();
    let help = format!("put it into quotes: `{}`", as_scalar(token));
    Some((at, at + token.len(), message, help))
}
