//! What results are written on: in colours or not, and how wide.

/// Columns of a file, a pipe, and a terminal that does not say how many it has.
pub const COLUMNS: usize = 80;
/// Longest line: longer ones are hard to read, whatever the terminal's width.
pub const WIDEST: usize = 140;
/// Least room for words; a terminal that has less folds them itself.
pub const LEAST: usize = 20;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// in colours
    pub color: bool,
    /// columns
    pub width: usize,
}

/// A style of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// allowed
    Good,
    /// it depends
    Mixed,
    /// denied
    Bad,
    /// a heading
    Bold,
}

impl Paper {
    /// A file, or a pipe.
    pub const PLAIN: Self = Self {
        color: false,
        width: COLUMNS,
    };

    /// The word in its style, where colours are on.
    #[must_use]
    pub fn styled(self, text: &str, style: Style) -> String {
        let code = match style {
            Style::Good => "1;32",
            Style::Mixed => "1;33",
            Style::Bad => "1;31",
            Style::Bold => "1",
        };
        if self.color {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// Words in lines that fit; the first line begins with `first`, the others are as far in.
    #[must_use]
    pub fn wrapped(self, first: &str, text: &str) -> String {
        let indentation = first.chars().count();
        let width = self.width.min(WIDEST).max(indentation + LEAST);
        let mut lines = vec![first.to_owned()];
        let mut used = indentation;
        let mut fresh = true;
        for word in text.split(' ') {
            let length = word.chars().count();
            if !fresh && used + 1 + length > width {
                lines.push(" ".repeat(indentation));
                (used, fresh) = (indentation, true);
            }
            if let Some(line) = lines.last_mut() {
                if !fresh {
                    line.push(' ');
                    used += 1;
                }
                line.push_str(word);
            }
            used += length;
            fresh = false;
        }
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::Paper;

    #[test]
    fn words_fit_the_width() {
        let text = "group people/risk-analytics, user people/lena@example.com, everyone who has signed in at people";
        for width in [0, 30, 50, 80, 200] {
            let written = Paper {
                color: false,
                width,
            }
            .wrapped("    by  ", text);
            let longest = written.lines().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.max(40)), "{width}: {written}");
            let words: Vec<&str> = written.split_whitespace().skip(1).collect();
            assert_eq!(words.join(" "), text);
        }
    }
}
