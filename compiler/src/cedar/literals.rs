//! Texts in quotes inside of a condition or of guardrails, looked at for letters that look like others. cedar-policy warns of scripts
//! that are mixed in a text, too, and of every name in another script than Latin: `corp/анна` begins with an issuer's name.

use crate::diagnostic::Diagnostic;
use crate::policy::CedarText;
use crate::scripts::doubt;

use super::characters::{Part, characters};
use super::place;

/// Warns of each that is not what it looks like.
pub fn doubtful(text: &CedarText) -> Vec<Diagnostic> {
    let found = all(&text.text).into_iter();
    let doubtful = found.filter_map(|(start, literal)| {
        doubt(literal, place::within(text, start, start + literal.len()))
    });
    doubtful.collect()
}

/// Each with the byte at which it begins, without its quotes.
fn all(cedar: &str) -> Vec<(usize, &str)> {
    let quotes = characters(cedar).filter(|(_, _, part)| *part == Part::Quote);
    let quotes: Vec<usize> = quotes.map(|(at, ..)| at).collect();
    let pairs = quotes.chunks_exact(2);
    let text = |pair: &[usize]| Some((pair[0] + 1, cedar.get(pair[0] + 1..pair[1])?));
    pairs.filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn texts_are_found_between_their_quotes() {
        let cedar = "a == \"b\" // \"c\"\n&& d == \"e\\\"//f\" && g == \"\" / \"";
        assert_eq!(all(cedar), [(6, "b"), (25, "e\\\"//f"), (42, "")]);
    }
}
