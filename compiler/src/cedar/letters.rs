//! MG0911: conditions and guardrails are read by people, in files and in answers, and must be to them what they are to a machine. Cedar
//! has a way to write any character that can be seen.

use crate::diagnostic::{Diagnostic, is_hidden, is_unseen};
use crate::policy::CedarText;

use super::characters::{Part, characters};
use super::place;

/// Refuses the first character that is not what it looks like: in a text any that is hidden, elsewhere those that are no blanks of
/// Cedar and change how a line is shown.
pub fn check(text: &CedarText) -> Result<(), Vec<Diagnostic>> {
    let Some((at, letter)) = hidden(&text.text) else {
        return Ok(());
    };
    let span = place::within(text, at, at + letter.len_utf8());
    let number = u32::from(letter);
    let message = format!("a character that nobody sees or takes for a blank, U+{number:04X}");
    let help = format!(
        "in a text in quotes write it as `\\u{{{number:x}}}`, elsewhere take it out; a condition with it stands in single quotes or below `when: |`"
    );
    Err(vec![
        Diagnostic::error("MG0911", span, message).with_help(help),
    ])
}

fn hidden(text: &str) -> Option<(usize, char)> {
    let is_wrong = |(_, letter, part): &(usize, char, Part)| {
        let is_blank = matches!(letter, '\n' | '\r' | '\t');
        (*part == Part::Text && is_hidden(*letter)) || (is_unseen(*letter) && !is_blank)
    };
    let (at, letter, _) = characters(text).find(is_wrong)?;
    Some((at, letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_code_are_what_they_look_like() {
        for (text, refused) in [
            ("a == \"b\"\n\t&& c", None),
            ("a == \"b\u{1b}[J\"", Some('\u{1b}')),
            ("a == \"b\nc\"", Some('\n')),
            ("a == \"b\u{200b}\"", Some('\u{200b}')),
            (r#"a == "b\u{200b}\n\"" // é "#, None),
            ("a == \"\\\"\u{a0}\"", Some('\u{a0}')),
            ("a // \u{26a0}\u{fe0f} \"\n && \"b\"", None),
            ("a // \u{202e}\n && b", Some('\u{202e}')),
            ("a == \"//\u{200b}\"", Some('\u{200b}')),
        ] {
            assert_eq!(hidden(text).map(|(_, letter)| letter), refused, "{text:?}");
        }
    }

    #[test]
    fn its_number_is_what_to_write() {
        let text = CedarText {
            text: "a == \"\u{1b}\"".into(),
            span: Default::default(),
        };
        let problems = check(&text).unwrap_err();
        assert_eq!((problems.len(), problems[0].code), (1, "MG0911"));
        let help = problems[0].help.as_deref().unwrap();
        assert!(help.contains(r"`\u{1b}`"), "{help}");
    }
}
