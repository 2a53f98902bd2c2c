//! The characters of a name. Names are compared as they are, so that one with a character that nobody sees is nobody's.

use crate::diagnostic::{is_hidden, uncovered};

use super::{Unclear, unclear};

/// Longest name of a user, group or service account.
const LONGEST: usize = 256;

/// What word processors and chats write in place of `"` and `'`; YAML takes them for letters.
const TYPOGRAPHIC_QUOTES: [char; 12] = ['“', '”', '„', '‟', '‘', '’', '‚', '‛', '«', '»', '‹', '›'];

/// What YAML makes of a `\` and a letter within `"`.
const ESCAPES: [(char, char); 13] = [
    ('\0', '0'),
    ('\u{7}', 'a'),
    ('\u{8}', 'b'),
    ('\t', 't'),
    ('\n', 'n'),
    ('\u{b}', 'v'),
    ('\u{c}', 'f'),
    ('\r', 'r'),
    ('\u{1b}', 'e'),
    ('\u{85}', 'N'),
    ('\u{a0}', '_'),
    ('\u{2028}', 'L'),
    ('\u{2029}', 'P'),
];

/// Names are compared as they are: no patterns, no space around them, nothing invisible.
pub fn literal(text: &str) -> Result<(), Unclear> {
    if text.contains('*') {
        let help = "name each one, or a group that they are in";
        return Err(unclear(
            "MG0312",
            format!("`{text}`: names are compared exactly, `*` stands for nobody"),
            help.into(),
        ));
    }
    as_it_looks(text)
}

/// Nothing in the name is invisible, and it is not in quotes that are letters to YAML.
pub fn as_it_looks(text: &str) -> Result<(), Unclear> {
    if is_plain(text) {
        return Ok(());
    }
    let letters = || text.chars();
    if let Some(hidden) = letters().find(|letter| is_hidden(*letter)) {
        let message = format!(
            "`{}` has a character that nobody sees or takes for a blank, U+{:04X}",
            uncovered(text),
            u32::from(hidden)
        );
        let seen = text.replace(
            |letter: char| is_hidden(letter) && !letter.is_whitespace(),
            "",
        );
        let words: Vec<&str> = seen.split_whitespace().collect();
        let anew = format!("type the name anew: `{}`", words.join(" "));
        let help = match unescaped(text) {
            Some(name) if hidden.is_whitespace() => {
                format!("{anew}, or `'{name}'` in single quotes where a `\\` was meant")
            }
            Some(name) => format!("write `'{name}'`: in single quotes a `\\` is one"),
            None => anew,
        };
        return Err(unclear("MG0312", message, help));
    }
    let (_, inner) = text.split_once('/').unwrap_or(("", text));
    let is_spaced = text.trim() != text || inner.trim() != inner;
    if is_spaced || letters().count() > LONGEST {
        let message = format!("`{}` is no name", text.escape_debug());
        let help = format!("a name has no space around it, and at most {LONGEST} characters");
        return Err(unclear("MG0312", message, help));
    }
    // an issuer's name may stand before
    let parts = text
        .split('/')
        .map(|part| part.trim_matches(TYPOGRAPHIC_QUOTES));
    let inner = parts.collect::<Vec<_>>().join("/");
    if inner != text {
        let message = format!("typographic quotes are part of the name `{text}`");
        let help = format!("write `{}`, without them", inner.trim());
        return Err(unclear("MG0312", message, help));
    }
    if let Some(bare) = bare(text) {
        let message = format!("quotes are part of the name `{text}`");
        let help = format!("write `{bare}`, without them");
        return Err(unclear("MG0312", message, help));
    }
    Ok(())
}

/// Nearly all names are.
fn is_plain(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'');
    text.len() <= LONGEST && text.bytes().all(is_one)
}

/// The name of a directory, `DOMAIN\name`, of whose `\` and first letter YAML has made a sign.
fn unescaped(text: &str) -> Option<String> {
    let mut signs = text.char_indices().filter_map(|(at, sign)| {
        let mut escapes = ESCAPES.into_iter();
        escapes.find_map(|(made, letter)| (made == sign).then_some((at, sign, letter)))
    });
    let (at, sign, letter) = signs.next()?;
    let (before, after) = (text.get(..at)?, text.get(at + sign.len_utf8()..)?);
    let is_within = before.ends_with(char::is_alphanumeric)
        && after.starts_with(char::is_alphanumeric)
        && !after.contains(is_hidden);
    is_within.then(|| format!("{before}\\{letter}{after}").replace('\'', "''"))
}

/// Without quotes around the name, or around what stands behind the issuer's; Cedar has the kind before it.
fn bare(text: &str) -> Option<String> {
    let mut kinds = ["Group::\"", "User::\"", "ServiceAccount::\""].into_iter();
    let entity = kinds.find_map(|kind| text.strip_prefix(kind)?.strip_suffix('"'));
    if let Some(name) = entity.filter(|name| !name.is_empty()) {
        return Some(name.to_owned());
    }
    let (issuer, name) = text
        .split_once('/')
        .map_or(("", text), |(issuer, name)| (issuer, name));
    let inner = |text: &str| {
        let mut quotes = ['"', '\''].into_iter();
        let inner = quotes.find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
        inner.filter(|inner| !inner.is_empty()).map(str::to_owned)
    };
    inner(text).or_else(|| inner(name).map(|name| format!("{issuer}/{name}")))
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn what_is_not_seen_is_named() {
        let told = |text| literal(text).unwrap_err();
        let unclear = told("ana\u{200b}lysts");
        assert_eq!(
            unclear.message,
            "`ana\\u{200b}lysts` has a character that nobody sees or takes for a blank, U+200B"
        );
        assert_eq!(unclear.help, "type the name anew: `analysts`");
        assert_eq!(told("a\u{3000}b").help, "type the name anew: `a b`");
        assert_eq!(told("“analysts”").help, "write `analysts`, without them");
        assert_eq!(told("\"analysts\"").help, "write `analysts`, without them");
        assert_eq!(told("corp/'ann'").help, "write `corp/ann`, without them");
        let entity = told("Group::\"corp/leads\"");
        assert_eq!(entity.help, "write `corp/leads`, without them");
        for (name, help) in [
            (
                "CORP\u{7}dmins",
                "write `'CORP\\admins'`: in single quotes a `\\` is one",
            ),
            (
                "CORP\team",
                "type the name anew: `CORP eam`, or `'CORP\\team'` in single quotes where a `\\` was meant",
            ),
            ("a \t b", "type the name anew: `a b`"),
        ] {
            assert_eq!(told(name).help, help);
        }
        for spaced in [" ann", "corp/ ann", "corp/ann "] {
            assert!(told(spaced).help.contains("no space around it"), "{spaced}");
        }
        for name in ["O’Brien of Sales", "corp/Sales / North", "O'Brien'", "'"] {
            assert_eq!(literal(name), Ok(()));
        }
    }
}
