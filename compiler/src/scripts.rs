//! Names that are not what they look like: letters of another script that look like Latin ones, and words in which scripts are mixed
//! (Unicode Technical Standard 39). Names are compared letter by letter, so such a name is another one.
//!
//! A name in one script that everybody can tell from Latin is as good as any, and so is one of several words in several scripts:
//! who reads it sees what it is. An issuer's prefix is such a word.

use unicode_security::{
    GeneralSecurityProfile, MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton,
};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Letters that are told one by one.
const MOST: usize = 4;

/// A warning, where the name is not what it looks like.
#[must_use]
pub fn doubt(name: &str, span: Span) -> Option<Diagnostic> {
    if name.is_ascii() {
        return None;
    }
    if let Some(mark) = apart(name) {
        let number = u32::from(mark);
        let message = format!(
            "`{name}` has a letter and its mark, U+{number:04X}, as two characters: with both in one it is another name"
        );
        let help = "type the name anew; if the name is spelt so where it comes from, leave it";
        return Some(Diagnostic::warning("MG0328", span, message).with_help(help));
    }
    let looks = latin(name);
    let mixed = words(name).find(|word| is_mixed(word));
    let (message, letters) = match mixed {
        Some(word) => (
            format!("`{name}` has letters of several scripts in one word"),
            odd(word),
        ),
        None if looks.is_ascii() => {
            let letters: Vec<char> = name.chars().filter(|letter| is_other(*letter)).collect();
            if letters.is_empty() {
                return None;
            }
            (
                format!("`{name}` looks like `{looks}` and is another name"),
                letters,
            )
        }
        None => return None,
    };
    let message = format!("{message}: {}", told(&letters));
    let meant = match looks.is_ascii() {
        true => format!("did you mean `{looks}`? type it anew with Latin letters"),
        false => "type the name anew, with the letters of one script".to_owned(),
    };
    let help = format!("{meant}; if the name is spelt so where it comes from, leave it");
    Some(Diagnostic::warning("MG0328", span, message).with_help(help))
}

/// A mark behind a letter that mostly has it as one character, as keyboards write it; names of files on some systems have two.
fn apart(name: &str) -> Option<char> {
    let is_mark = |mark: &char| matches!(mark, '\u{300}'..='\u{30c}' | '\u{327}' | '\u{328}');
    let mut pairs = name.chars().zip(name.chars().skip(1));
    let pair = pairs.find(|(letter, mark)| letter.is_ascii_alphabetic() && is_mark(mark));
    pair.map(|(_, mark)| mark)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_ascii())
}

/// Scripts that people write together, such as Latin and Japanese, are not mixed.
fn is_mixed(word: &str) -> bool {
    !word.is_single_script() && !word.check_restriction_level(RestrictionLevel::HighlyRestrictive)
}

/// The letters of the script that has fewer of them in the word.
fn odd(word: &str) -> Vec<char> {
    let letters = word.chars().filter(|letter| letter.is_alphabetic());
    let (other, latin): (Vec<char>, Vec<char>) = letters.partition(|letter| is_other(*letter));
    if latin.is_empty() || other.len() <= latin.len() {
        other
    } else {
        latin
    }
}

/// `у` is U+0443, `p` is U+0070.
fn told(letters: &[char]) -> String {
    let mut letters = letters.to_vec();
    letters.sort_unstable();
    letters.dedup();
    let shown = letters.iter().take(MOST);
    let shown = shown.map(|letter| format!("`{letter}` is U+{:04X}", u32::from(*letter)));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let latin = if letters.iter().any(|letter| is_other(*letter)) {
        "not plain Latin"
    } else {
        "plain Latin"
    };
    let more = if letters.len() > MOST { ", ..." } else { "" };
    format!("{shown}{more}, {latin}")
}

/// Of another script than Latin, or one of the forms that no identifier has: wide, mathematical, or two letters in one.
fn is_other(letter: char) -> bool {
    let with_latin: String = ['a', letter].into_iter().collect();
    !with_latin.is_single_script() || (letter.is_alphanumeric() && !letter.identifier_allowed())
}

/// With the Latin letters that its other letters look like.
fn latin(name: &str) -> String {
    let mut looks = String::with_capacity(name.len());
    for letter in name.chars() {
        let alone = letter.to_string();
        let alike: String = skeleton(&alone).collect();
        match is_other(letter) && alike.is_ascii() {
            true => looks += &alike,
            false => looks.push(letter),
        }
    }
    looks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_of(name: &str) -> Option<(String, String)> {
        let found = doubt(name, Span::default())?;
        assert_eq!(found.code, "MG0328");
        Some((found.message, found.help.unwrap_or_default()))
    }

    #[test]
    fn a_letter_and_its_mark_are_another_name_than_both_in_one() {
        for name in ["Pru\u{308}fer", "jose\u{301}@example.com"] {
            let (message, _) = told_of(name).unwrap();
            assert!(message.contains("as two characters"), "{message}");
        }
    }

    #[test]
    fn names_that_are_what_they_look_like() {
        for name in [
            "analysts",
            "corp/analysts",
            "corp/анна",
            "аналитики",
            "corp/команда-ml",
            "отдел-с-данными",
            "müller@example.com",
            "ışık",
            "corp/אנליסטים",
            "営業team",
            "営業チーム",
            "분석팀",
            "corp/αναλυτές",
            "группа 7",
        ] {
            assert_eq!(told_of(name), None, "{name}");
        }
    }

    #[test]
    fn names_that_are_not() {
        for (name, message, meant) in [
            (
                "corp/analуsts",
                "`corp/analуsts` has letters of several scripts in one word: `у` is U+0443, not plain Latin",
                Some("corp/analysts"),
            ),
            (
                "corp/сор",
                "`corp/сор` looks like `corp/cop` and is another name: `о` is U+043E, `р` is U+0440, `с` is U+0441, not plain Latin",
                Some("corp/cop"),
            ),
            (
                "corp/ﬁnance",
                "`corp/ﬁnance` looks like `corp/finance` and is another name: `ﬁ` is U+FB01, not plain Latin",
                Some("corp/finance"),
            ),
            (
                "ａnalysts",
                "`ａnalysts` looks like `analysts` and is another name: `ａ` is U+FF41, not plain Latin",
                Some("analysts"),
            ),
            (
                "corp/aналитики",
                "`corp/aналитики` has letters of several scripts in one word: `a` is U+0061, plain Latin",
                None,
            ),
            (
                "leadς",
                "`leadς` has letters of several scripts in one word: `ς` is U+03C2, not plain Latin",
                None,
            ),
        ] {
            let help = match meant {
                Some(name) => format!("did you mean `{name}`? type it anew with Latin letters"),
                None => "type the name anew, with the letters of one script".to_owned(),
            };
            let help = format!("{help}; if the name is spelt so where it comes from, leave it");
            assert_eq!(told_of(name), Some((message.to_owned(), help)), "{name}");
        }
    }
}
