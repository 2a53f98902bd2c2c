//! Texts of files and events inside of Markdown, where they must not become anything else, and can be copied as they are.

/// Names cannot become markup, links or mentions. What stands in backticks is code already, in which nothing has a meaning.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let (before, from) = rest.split_at(start);
        let (span, after) = from.split_at(span(from).unwrap_or_else(|| backticks(from)));
        escaped += &outside(before);
        escaped += &span.replace(['\n', '\r'], " ");
        rest = after;
    }
    escaped + &outside(rest)
}

/// Its cells are split before code is looked for.
#[must_use]
pub fn cell(text: &str) -> String {
    let mut bar = false;
    let escaped = escaped(text);
    let mut cell = String::new();
    for character in escaped.chars() {
        if character == '|' && !bar {
            cell.push('\\');
        }
        bar = character == '\\' && !bar;
        cell.push(character);
    }
    cell
}

/// As code, in which nothing has a meaning.
#[must_use]
pub fn code(text: &str) -> String {
    format!("`{}`", text.replace(['`', '\n', '\r'], " "))
}

/// The length of the code span that begins here: it ends with as many backticks (CommonMark 0.31, section 6.1).
fn span(text: &str) -> Option<usize> {
    let open = backticks(text);
    let mut at = open;
    loop {
        let rest = text.get(at..)?;
        at += rest.find('`')?;
        let close = backticks(text.get(at..)?);
        at += close;
        if close == open {
            return Some(at);
        }
    }
}

fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// Mentions and references are looked for in what is shown: no escape and no entity prevents them, but nothing that is not shown
/// can be copied with the name, so that a comment is better than a blank of no width.
fn outside(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '@' => escaped.push_str("@<!-- -->"),
            // addresses become links by `://` and `www.` (GFM 0.29, section 6.9)
            '/' if escaped.ends_with(':') => escaped.push_str("<!-- -->/"),
            '.' if is_www(&escaped) => escaped.push_str("<!-- -->."),
            '#' => escaped.push_str("\\#<!-- -->"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '!' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

fn is_www(before: &str) -> bool {
    let last = before.len().checked_sub(3);
    let last = last.and_then(|at| before.get(at..));
    last.is_some_and(|last| last.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_mentions_and_stay_what_they_are() {
        assert_eq!(
            escaped("ann@example.com in @team, #7, a_b"),
            r"ann@<!-- -->example.com in @<!-- -->team, \#<!-- -->7, a\_b"
        );
        assert_eq!(
            escaped("user `ann@example.com` <b>"),
            "user `ann@example.com` &lt;b>"
        );
        assert_eq!(escaped("&commat;ann"), "&amp;commat;ann");
        assert_eq!(
            escaped("corp/http://evil.example/x"),
            "corp/http:<!-- -->//evil.example/x"
        );
        assert_eq!(
            escaped("see WWW.evil.example"),
            "see WWW<!-- -->.evil.example"
        );
        assert!(escaped("ann@example.com").is_ascii());
    }

    #[test]
    fn a_backtick_of_a_name_opens_nothing() {
        assert_eq!(escaped("a` @team"), "a` @<!-- -->team");
        assert_eq!(escaped("`` a` @x `` @y"), "`` a` @x `` @<!-- -->y");
        assert_eq!(escaped("`a`` @x"), "`a`` @<!-- -->x");
        assert_eq!(escaped("`a\nb`"), "`a b`");
    }

    #[test]
    fn a_cell_has_no_bar_of_its_own() {
        assert_eq!(cell("a|b `c|d` @e"), r"a\|b `c\|d` @<!-- -->e");
    }
}
