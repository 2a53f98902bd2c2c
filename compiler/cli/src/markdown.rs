//! Texts of files and events inside of Markdown, where they must not become anything else, and can be copied as they are.
//!
//! What becomes of a text differs from reader to reader, and grows: mentions, references, emoji, addresses and mathematics are looked for
//! in whatever is shown, however it is escaped. Nothing of that is looked for in code.

/// As code, in which nothing has a meaning. It begins and ends with more backticks than the text has in a row, and with a blank where the
/// text's own would be taken for part of them (CommonMark 0.31, section 6.1), or a dollar sign beside them for mathematics.
#[must_use]
pub fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let runs = text.split(|letter| letter != '`');
    let longest = runs.map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let is_taken = |letter: char| "` $".contains(letter);
    let pad = if text.starts_with(is_taken) || text.ends_with(is_taken) {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// As code in a cell of a table: its cells are split before code is looked for (GFM 0.29, section 4.10).
#[must_use]
pub fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// Each as code, with commas between them.
#[must_use]
pub fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| code(text)).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CommonMark shows of a text that is one span of code, and nothing else.
    fn shown(text: &str) -> Option<&str> {
        let fence = text.len() - text.trim_start_matches('`').len();
        let inner = text.get(fence..text.len().checked_sub(fence)?)?;
        let mut runs = inner.split(|letter| letter != '`');
        let ends = text.ends_with(&"`".repeat(fence)) && runs.all(|run| run.len() != fence);
        let is_closed = !inner.starts_with(['`', '$']) && !inner.ends_with(['`', '$']);
        let stripped = inner
            .strip_prefix(' ')
            .and_then(|rest| rest.strip_suffix(' '));
        (fence > 0 && ends && is_closed).then_some(stripped.unwrap_or(inner))
    }

    #[test]
    fn a_name_is_code_and_stays_what_it_is() {
        for name in [
            "ann@example.com in @team, #7, GH-7, a_b :x:",
            "$`%",
            "z`$",
            "`",
            "`a`",
            "a``b`c",
            " a",
            "a ",
            " a `",
            "| a \\| <b>",
            "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        ] {
            assert_eq!(shown(&code(name)), Some(name), "{}", code(name));
        }
        assert_eq!(code("ann"), "`ann`");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn a_list_is_one_span_a_name() {
        let names = ["$`%", "evil", "z`$"].map(str::to_owned);
        assert_eq!(list(&names), "`` $`% ``, `evil`, `` z`$ ``");
    }

    #[test]
    fn a_cell_has_no_bar_of_its_own() {
        assert_eq!(cell("a|b `c|d` @e"), r"``a\|b `c\|d` @e``");
    }
}
