//! Which documents of a folder are meant for us: manifests, values of charts and whatever else is YAML may stand beside them.
//!
//! Whatever could be meant is, and what is wrong with it is told: a rule that denies is not passed over for a slip of the pen.

use std::ops::Range;

use super::node::{Kind, Node};
use super::plain::{Plain, classify};
use super::problems::Problems;
use super::{KINDS, Text, compose, suggest, text};

pub use text::LARGEST;

const GROUP: &str = "modelgate.dev";
/// The only kind of others that is nearly called like one of ours: of `rbac.authorization.k8s.io`.
const NAMESAKE: &str = "Role";
/// What no document of ours is without, and what git keeps in place of a large file, whatever is in it.
const WORDS: [&str; 4] = [
    "modelgate",
    "modelaccess",
    "accesstest",
    "git-lfs.github.com",
];
/// Fields of ours in `spec`.
const FIELDS: [&str; 8] = [
    "allow",
    "backends",
    "deny",
    "issuers",
    "models",
    "namespaces",
    "roles",
    "tests",
];

/// What of a file is meant for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant {
    /// all of it, or nobody knows
    All,
    /// all but some documents
    But {
        /// how many
        others: usize,
        /// the file with blanks in their place, so that everything else stands where it stood
        bytes: Vec<u8>,
    },
    /// nothing
    Nothing,
    /// nothing that could be seen: it cannot be read, and does not mention us
    Unreadable,
}

/// A part of a file that ends where a document ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// no document
    Empty,
    /// at least one document is meant
    Ours,
    /// of another `apiVersion`
    Other,
    /// without any
    Nameless,
    /// cannot be read
    Broken,
}

/// Whether it is larger than a file of ours may be.
#[must_use]
pub const fn is_large(bytes: &[u8]) -> bool {
    bytes.len() > text::LARGEST
}

/// What of a file is meant for us.
#[must_use]
pub fn of(bytes: &[u8]) -> Meant {
    let Some(text) = text::checked(0, bytes, &Problems::default()) else {
        return if mentions_us(bytes) {
            Meant::All
        } else {
            Meant::Unreadable
        };
    };
    let parts: Vec<(Range<usize>, Part)> = ranges(text)
        .map(|range| (range.clone(), part(&text[range])))
        .collect();
    let has = |wanted: Part| parts.iter().any(|(_, part)| *part == wanted);
    match (has(Part::Ours), has(Part::Broken)) {
        (false, true) if !mentions_us(bytes) => Meant::Unreadable,
        // for somebody else something of ours may stand there
        (false, _) if text::is_ambiguous(text) && mentions_us(bytes) => Meant::All,
        // a file that was emptied may have held rules
        (false, false) if has(Part::Other) || has(Part::Nameless) => Meant::Nothing,
        _ => without(bytes, &parts),
    }
}

/// Without the documents of another `apiVersion`. One without any is left: beside ours it is rather a part of one.
fn without(bytes: &[u8], parts: &[(Range<usize>, Part)]) -> Meant {
    let others = parts.iter().filter(|(_, part)| *part == Part::Other);
    let others: Vec<&Range<usize>> = others.map(|(range, _)| range).collect();
    if others.is_empty() {
        return Meant::All;
    }
    let mut left = bytes.to_vec();
    for range in &others {
        let blank = |byte: &mut u8| {
            if !matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        };
        left[(*range).clone()].iter_mut().for_each(blank);
    }
    Meant::But {
        others: others.len(),
        bytes: left,
    }
}

/// The parts of a text: a line that begins with `---` begins a document, and one that begins with `...` ends it, wherever it stands.
fn ranges(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is = |line: &str, mark: &str| {
        let rest = line.strip_prefix(mark);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let (mut starts, mut offset, mut ended) = (vec![0], 0, false);
    for line in text.split_inclusive('\n') {
        if ended || is(line, "---") {
            starts.push(offset);
        }
        ended = is(line, "...");
        offset += line.len();
    }
    let ends = starts.clone().into_iter().skip(1).chain([text.len()]);
    starts.into_iter().zip(ends).map(|(start, end)| start..end)
}

fn part(text: &str) -> Part {
    // nearly all are, and need not be read twice
    let ours = format!("apiVersion: {GROUP}/");
    if text.lines().any(|line| line.starts_with(&ours)) {
        return Part::Ours;
    }
    let problems = Problems::default();
    let documents = compose::documents(0, text, &problems);
    let found = problems.into_inner();
    match (documents, found.as_slice()) {
        (Some(documents), []) if documents.iter().any(is_meant) => Part::Ours,
        (Some(documents), []) if documents.iter().all(is_named) => Part::Other,
        (Some(_), []) => Part::Nameless,
        (None, [only]) if only.code == compose::EMPTY => Part::Empty,
        _ => Part::Broken,
    }
}

/// Whether a file that is not read any further says a word of us. UTF-16 has a zero beside each letter.
#[must_use]
pub fn mentions_us(bytes: &[u8]) -> bool {
    let letters = bytes.iter().filter(|byte| **byte != 0);
    let letters: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
    let begins = |rest: &[u8], word: &str| {
        // nearly every letter begins no word
        rest.first() == word.as_bytes().first() && rest.starts_with(word.as_bytes())
    };
    (0..letters.len()).any(|start| WORDS.iter().any(|word| begins(&letters[start..], word)))
}

type Entries = [(Text, Node)];

fn field<'a>(entries: &'a Entries, name: &str) -> Option<&'a Node> {
    let mut named = entries.iter().filter(|(key, _)| key.value == name);
    named.next().map(|(_, node)| node)
}

fn words(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Plain(text) => Some(text.as_str()).filter(|text| classify(text) == Plain::Text),
        Kind::Quoted(text) => Some(text),
        Kind::List(_) | Kind::Map(_) => None,
    }
}

/// Whether it has an `apiVersion`.
fn is_named(node: &Node) -> bool {
    matches!(&node.kind, Kind::Map(entries) if field(entries, "apiVersion").is_some())
}

fn is_meant(node: &Node) -> bool {
    let Kind::Map(entries) = &node.kind else {
        let says = words(node).is_some_and(|text| mentions_us(text.as_bytes()));
        return says || holds(node, &is_within);
    };
    let [version, kind] = ["apiVersion", "kind"].map(|name| field(entries, name));
    let is_head = match (version, kind) {
        (Some(version), Some(kind)) => !is_version(version) || words(kind).is_none(),
        // as when a part of the head is lost
        (None, Some(_)) => true,
        // a chart, and what Grafana reads, have no kind
        (_, None) => has_our_fields(entries),
    };
    is_head || names_us(entries) || holds(node, &is_within)
}

/// `apps/v1`, `v1beta1`: not what stands there where a file is encrypted, for one.
fn is_version(node: &Node) -> bool {
    let last = words(node).and_then(|text| text.rsplit('/').next());
    let number = last.and_then(|last| last.strip_prefix('v'));
    number.is_some_and(|number| number.starts_with(|sign: char| sign.is_ascii_digit()))
}

/// A document of ours in another one, as in a `List`, or what our rules are made of.
fn is_within(entries: &Entries) -> bool {
    let is_document = ["apiVersion", "kind"]
        .iter()
        .all(|name| field(entries, name).is_some());
    let rules = ["allow", "deny"].map(|name| field(entries, name));
    let has_who =
        |node: &Node| matches!(&node.kind, Kind::Map(rule) if field(rule, "who").is_some());
    let is_rules =
        |node: &&Node| matches!(&node.kind, Kind::List(rules) if rules.iter().any(has_who));
    (is_document && names_us(entries)) || rules.iter().flatten().any(is_rules)
}

/// Whether a mapping at any depth is so.
fn holds(node: &Node, is: &dyn Fn(&Entries) -> bool) -> bool {
    match &node.kind {
        Kind::Plain(_) | Kind::Quoted(_) => false,
        Kind::List(items) => items.iter().any(|item| holds(item, is)),
        Kind::Map(entries) => is(entries) || entries.iter().any(|(_, value)| holds(value, is)),
    }
}

/// Whether a value is our group or a kind of ours, or nearly.
fn names_us(entries: &Entries) -> bool {
    entries.iter().any(|(key, value)| {
        let Some(text) = words(value) else {
            return false;
        };
        let group = text.split('/').next().unwrap_or_default();
        match key.value.as_str() {
            "apiVersion" => {
                mentions_us(group.as_bytes()) || suggest::nearest(group, [GROUP]).is_some()
            }
            "kind" => text != NAMESAKE && suggest::nearest(text, KINDS).is_some(),
            // as in `apiversion` and `Kind`
            _ => group == GROUP || KINDS.iter().any(|kind| kind.eq_ignore_ascii_case(text)),
        }
    })
}

fn has_our_fields(entries: &Entries) -> bool {
    let spec = field(entries, "spec").map(|spec| &spec.kind);
    matches!(spec, Some(Kind::Map(spec)) if FIELDS.iter().any(|name| field(spec, name).is_some()))
}

#[cfg(test)]
mod tests;
