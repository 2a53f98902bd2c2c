//! Brackets and quotes, followed without reading the YAML: which one is left open, or closes nothing.

use std::iter::Peekable;
use std::str::CharIndices;

/// What is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// opened and not closed
    Unclosed {
        /// bracket or quote
        sign: char,
        /// where
        at: usize,
    },
    /// closes what was not opened
    Surplus {
        /// bracket
        sign: char,
        /// where
        at: usize,
    },
}

/// The first fault between two places of a text, outside of which nothing is open.
pub fn fault(text: &str, begin: usize, end: usize) -> Option<Fault> {
    let mut state = State::default();
    let mut offset = begin;
    for line in text.get(begin..end)?.split_inclusive('\n') {
        if !state.is_in_block(line) {
            state.line(line, offset);
        }
        if state.fault.is_some() {
            return state.fault;
        }
        offset += line.len();
    }
    let open = state.quote.or(state.open.pop());
    open.map(|(at, sign)| Fault::Unclosed { sign, at })
}

#[derive(Default)]
struct State {
    /// brackets that are open, the last one innermost
    open: Vec<(usize, char)>,
    /// the quote that is open
    quote: Option<(usize, char)>,
    /// the indentation that the lines of a block are beyond
    block: Option<usize>,
    fault: Option<Fault>,
}

type Letters<'a> = Peekable<CharIndices<'a>>;

impl State {
    fn is_in_block(&mut self, line: &str) -> bool {
        let Some(parent) = self.block else {
            return false;
        };
        let indentation = line.len() - line.trim_start_matches(' ').len();
        let inside = line.trim().is_empty() || indentation > parent;
        if !inside {
            self.block = None;
        }
        inside
    }

    fn line(&mut self, line: &str, offset: usize) {
        let mut letters = line.char_indices().peekable();
        // whether a value, a field or an entry can begin here
        let mut fresh = true;
        let mut before = ' ';
        let mut field = None;
        while let Some((position, letter)) = letters.next() {
            let at = offset + position;
            let next = letters.peek().map_or('\n', |(_, next)| *next);
            if let Some((_, quote)) = self.quote {
                self.in_quotes(quote, letter, &mut letters);
                fresh = false;
                continue;
            }
            match letter {
                '#' if before.is_whitespace() => return,
                '"' | '\'' if fresh => self.quote = Some((at, letter)),
                '[' | '{' if fresh || !self.open.is_empty() => {
                    self.open.push((at, letter));
                    fresh = true;
                }
                ']' | '}' if !self.open.is_empty() => {
                    self.close(at, letter);
                    fresh = false;
                }
                ',' if !self.open.is_empty() => fresh = true,
                ':' if next.is_whitespace() => fresh = true,
                '-' if fresh && next.is_whitespace() => {}
                '|' | '>' if fresh && self.open.is_empty() => {
                    self.block = Some(field.unwrap_or(position.saturating_sub(1)));
                    return;
                }
                letter if letter.is_whitespace() => {}
                _ => {
                    field = field.or(Some(position));
                    fresh = false;
                }
            }
            before = letter;
        }
    }

    fn in_quotes(&mut self, quote: char, letter: char, letters: &mut Letters<'_>) {
        let escaped = match quote {
            '"' => letter == '\\',
            _ => letter == quote && letters.peek().is_some_and(|(_, next)| *next == quote),
        };
        if escaped {
            letters.next();
        } else if letter == quote {
            self.quote = None;
        }
    }

    fn close(&mut self, at: usize, sign: char) {
        let opening = if sign == ']' { '[' } else { '{' };
        match self.open.pop() {
            Some((_, open)) if open == opening => {}
            Some((place, open)) if self.open.iter().any(|(_, open)| *open == opening) => {
                let (sign, at) = (open, place);
                self.fault = Some(Fault::Unclosed { sign, at });
            }
            _ => self.fault = Some(Fault::Surplus { sign, at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, fault};

    fn found(text: &str) -> Option<(bool, char, usize)> {
        fault(text, 0, text.len()).map(|fault| match fault {
            Fault::Unclosed { sign, at } => (true, sign, at),
            Fault::Surplus { sign, at } => (false, sign, at),
        })
    }

    #[test]
    fn what_is_left_open_is_found() {
        assert_eq!(found("a: { b: [c]\nd: e\n"), Some((true, '{', 3)));
        assert_eq!(found("a: [\"b]\nc: d\n"), Some((true, '"', 4)));
        assert_eq!(found("a: ['b]\n"), Some((true, '\'', 4)));
        assert_eq!(found("a: { b: [c }\n"), Some((true, '[', 8)));
        assert_eq!(found("a: { b: [c]] }\n"), Some((false, ']', 11)));
    }

    #[test]
    fn what_is_closed_or_no_bracket_is_none() {
        for text in [
            "a: { b: [c, 'd]', \"e}\"] }\n",
            "a: it's [so\n",
            "a: b # { [\n",
            "a: 'it''s {'\n",
            "a: \"\\\"{\"\n",
            "- a: |\n    { [ \"\n  b: c\n",
            "- |\n  { [\nb: c\n",
            "a: [b,\n  c]\n",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
        let text = "- a: |\n    {\n  b: [\n";
        assert_eq!(found(text), Some((true, '[', 18)), "a block ends");
    }
}
