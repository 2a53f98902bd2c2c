//! What each character of a piece of Cedar belongs to: found once, for everything that looks into conditions and guardrails without
//! reading them as Cedar.

/// What a character belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// what Cedar reads
    Code,
    /// the quotes around a text
    Quote,
    /// a text, with its escapes as they are written
    Text,
    /// a comment, without the end of its line
    Comment,
}

/// Each character with the byte at which it begins, as cedar-policy takes texts and comments apart: a line ends with a line feed or with
/// a carriage return.
pub fn characters(cedar: &str) -> impl Iterator<Item = (usize, char, Part)> {
    let following = cedar.chars().skip(1).map(Some).chain([None]);
    let (mut within, mut escaped) = (Part::Code, false);
    cedar
        .char_indices()
        .zip(following)
        .map(move |((at, letter), next)| {
            let part = match (within, letter) {
                (Part::Text, '"') if !escaped => Part::Quote,
                (Part::Text, _) => Part::Text,
                (Part::Comment, '\n' | '\r') => Part::Code,
                (Part::Comment, _) => Part::Comment,
                (_, '"') => Part::Quote,
                (_, '/') if next == Some('/') => Part::Comment,
                _ => Part::Code,
            };
            escaped = part == Part::Text && letter == '\\' && !escaped;
            within = match part {
                Part::Quote if within == Part::Text => Part::Code,
                Part::Quote => Part::Text,
                other => other,
            };
            (at, letter, part)
        })
}

/// What Cedar reads, with the quotes of texts alone and no comments.
pub fn code(cedar: &str) -> String {
    let all = characters(cedar).filter(|(_, _, part)| matches!(part, Part::Code | Part::Quote));
    all.map(|(_, letter, _)| letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_comments_are_taken_apart_as_cedar_does() {
        for (cedar, wanted) in [
            (r#"a=="b\"//\\"//"c""#, "cccqtttttttqooooo"),
            ("a/b//c\n\"d\"", "cccooocqtq"),
            ("//\"a\r\"b\"", "oooocqtq"),
            ("\"a\\", "qtt"),
            ("///", "ooo"),
        ] {
            let letter = |(_, _, part)| match part {
                Part::Code => 'c',
                Part::Quote => 'q',
                Part::Text => 't',
                Part::Comment => 'o',
            };
            let found: String = characters(cedar).map(letter).collect();
            assert_eq!(found, wanted, "{cedar:?}");
        }
        assert_eq!(code("a \"(\\\"\" // (\r("), "a \"\" \r(");
    }
}
