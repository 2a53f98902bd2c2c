//! What is printed for people: whatever a file, a server or a client says in it, it moves no cursor, hides nothing and turns no
//! line round. Every text for people goes through here, so that none can be forgotten.

use std::borrow::Cow;

use compiler::diagnostic::is_unseen;

/// The text with every unseen character shown by its number, but for ends of lines, those of Windows too, tabs and, where colours are
/// `on`, the styles that the program writes itself.
pub fn harmless(text: &str, on: bool) -> Cow<'_, str> {
    let raw = |letter: char| !matches!(letter, '\n' | '\t') && is_unseen(letter);
    if !text.contains(raw) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(raw) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let style = if on { style(from) } else { "" };
        let mut letters = from[style.len()..].chars();
        match style {
            "" if from.starts_with("\r\n") => {
                shown.push('\r');
                letters.next();
            }
            "" => shown.extend(letters.next().into_iter().flat_map(char::escape_default)),
            style => shown.push_str(style),
        }
        rest = letters.as_str();
    }
    shown.push_str(rest);
    shown.into()
}

/// The style that begins here: ordinary, bold, underlined, or a colour that can be read. Nothing hides letters (ECMA-48, 8.3.117).
fn style(text: &str) -> &str {
    let whole = text
        .strip_prefix("\u{1b}[")
        .and_then(|rest| rest.split_once('m'));
    let Some((codes, _)) = whole else {
        return "";
    };
    let is_own = |code: &str| {
        matches!(
            code,
            "0" | "1" | "4" | "32" | "33" | "31" | "36" | "91" | "92" | "93" | "94" | "96"
        )
    };
    match codes.split(';').all(is_own) {
        true => &text[.."\u{1b}[m".len() + codes.len()],
        false => "",
    }
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn nothing_but_own_styles_is_a_command() {
        for (text, off, on) in [
            ("a\tb\n", "a\tb\n", "a\tb\n"),
            (
                "\u{1b}[1;32mok\u{1b}[0m",
                r"\u{1b}[1;32mok\u{1b}[0m",
                "\u{1b}[1;32mok\u{1b}[0m",
            ),
            (
                "\u{1b}[99A\u{1b}[J",
                r"\u{1b}[99A\u{1b}[J",
                r"\u{1b}[99A\u{1b}[J",
            ),
            (
                "\u{1b}[1;8mx\u{1b}[30m",
                r"\u{1b}[1;8mx\u{1b}[30m",
                r"\u{1b}[1;8mx\u{1b}[30m",
            ),
            (
                "a\r\u{9b}J\u{202e}\u{2028}é",
                r"a\r\u{9b}J\u{202e}\u{2028}é",
                r"a\r\u{9b}J\u{202e}\u{2028}é",
            ),
            ("\u{1b}", r"\u{1b}", r"\u{1b}"),
            ("a\r\nb\r", "a\r\nb\\r", "a\r\nb\\r"),
        ] {
            assert_eq!(harmless(text, false), off);
            assert_eq!(harmless(text, true), on);
        }
    }
}
