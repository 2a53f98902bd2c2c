//! The names that a text is about which stands where a list of them is due, or in place of one of them: in brackets that YAML has not,
//! with bullets, with commas inside of quotes.

/// Brackets that people put around names.
const BRACKETS: [(char, char); 4] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>')];

/// What people begin an entry with.
const BULLETS: [&str; 4] = ["- ", "* ", "• ", "– "];

/// The names, one by one; the text itself where it is a name. Those of a directory have commas, and `=` in each part.
pub fn names(text: &str) -> Vec<&str> {
    let parts = bare(text).split(['\n', ',', ';']).map(bare);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| part.contains('=')) {
        return vec![text.trim()];
    }
    parts
}

/// Without what stands around it: blanks, a bullet, quotes, and brackets, also one that is the half of a pair.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = bulleted(text).or_else(|| quoted(text));
    match inner.or_else(|| bracketed(text)) {
        Some(inner) => bare(inner),
        None => text,
    }
}

/// A hyphen is one without the blank, too.
fn bulleted(text: &str) -> Option<&str> {
    let mut bullets = BULLETS.into_iter();
    let close = || {
        let rest = text.strip_prefix('-')?;
        rest.starts_with(char::is_alphanumeric).then_some(rest)
    };
    let inner = bullets.find_map(|bullet| text.strip_prefix(bullet));
    inner.or_else(close)
}

fn quoted(text: &str) -> Option<&str> {
    let mut quotes = ['"', '\''].into_iter();
    let inner = quotes.find_map(|quote| {
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(quote)).then_some(inner)
    })?;
    (!inner.is_empty()).then_some(inner)
}

/// Brackets inside, as in `Sales (EU)`, belong to the name.
fn bracketed(text: &str) -> Option<&str> {
    BRACKETS.into_iter().find_map(|(open, close)| {
        let mut depth = 0_usize;
        let mut ends = text.char_indices().filter_map(|(at, letter)| {
            match letter {
                letter if letter == open => depth += 1,
                letter if letter == close => match depth.checked_sub(1) {
                    Some(less) => depth = less,
                    None => return Some(at),
                },
                _ => return None,
            }
            (depth == 0).then_some(at)
        });
        let first = ends.next();
        let last = text.len().checked_sub(close.len_utf8())?;
        let inner = match text.strip_prefix(open) {
            // closed at the end, or nowhere
            Some(inner) if first == Some(last) => inner.strip_suffix(close)?,
            Some(inner) if first.is_none() => inner,
            // closed without having been opened
            None if first == Some(last) && !text.contains(open) => text.strip_suffix(close)?,
            _ => return None,
        };
        (!inner.trim().is_empty()).then_some(inner)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_stand_in_what_yaml_does_not_know() {
        for text in [
            "(contractors, interns)",
            "[contractors, interns]",
            "{contractors; interns}",
            "((contractors), (interns))",
            "contractors\ninterns\n",
            "- contractors\n- interns",
            "-contractors\n-interns",
            "* contractors\n* interns",
            "'contractors', \"interns\"",
            "['contractors', 'interns']",
            "contractors, interns,",
        ] {
            assert_eq!(names(text), ["contractors", "interns"], "{text}");
        }
        for text in [
            "(contractors",
            "contractors)",
            "-contractors",
            "<contractors>",
        ] {
            assert_eq!(names(text), ["contractors"], "{text}");
        }
    }

    #[test]
    fn what_is_a_name_is_left_alone() {
        for text in [
            "analysts",
            "Sales (EU)",
            "(EU) Sales (North)",
            "R&D",
            "Research and Development",
            "CN=analysts,OU=groups,DC=example",
            "CORP\\analysts",
            "O'Brien'",
            "'a' and 'b'",
            "--x",
            "-",
            "()",
            "team-red",
        ] {
            assert_eq!(names(text), [text]);
        }
    }
}
