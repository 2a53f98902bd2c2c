//! MG0331: a name that looks like several names, like one in brackets, or like one with its kind or a `!` before it. It is one name, as
//! it stands there, so that a rule about it is about nobody, and a deny keeps nobody away.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::advice::bracketed;
use crate::syntax::{Text, listed};

use super::Scope;
use super::names::{Names, literal};
use super::scripts::{named, names};

/// With what `what-can` and other tools say the kind, and the field that says it here.
const KINDS: [(&str, &str); 9] = [
    ("group:", "groups"),
    ("groups:", "groups"),
    ("user:", "users"),
    ("users:", "users"),
    ("sa:", "serviceAccounts"),
    ("role:", "roles"),
    ("Group::", "groups"),
    ("User::", "users"),
    ("ServiceAccount::", "serviceAccounts"),
];

/// What people say for everybody but some; here it is the beginning of a name.
const NOT: [&str; 3] = ["!", "not ", "NOT "];

/// What people write between names.
const JOINTS: [&str; 7] = ["and", "or", "&", "&&", "|", "||", "+"];

/// Names in rules, roles and the gate's `grants`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let issuers = scope.gate.issuers.iter();
    let denies = scope.reading.files.iter().flat_map(|file| &file.deny);
    let denied = denies.flat_map(|rule| rule.who.lists().flat_map(names));
    let known = Known {
        names: named(scope).map(|name| name.value.as_str()).collect(),
        issuers: issuers.map(|issuer| issuer.name.value.as_str()).collect(),
        denied: denied.map(|name| name.span).collect(),
        default: Names::new(scope.gate).default_issuer(),
    };
    // of others it was said what is wrong
    let clear =
        named(scope).filter(|name| !is_one_word(&name.value) && literal(&name.value).is_ok());
    found.extend(clear.filter_map(|name| {
        let source = scope.sources.get(name.span.source);
        let folded = source.is_some_and(|source| is_folded(&source.bytes, name.span));
        doubtful(name, folded, &known)
    }));
}

/// Whether it is of letters and what stands between them in names, as nearly all are: there is nothing to say of it.
fn is_one_word(text: &str) -> bool {
    let begins = |part: &str| part.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._@-".contains(&byte);
    let mut parts = text.split('/');
    parts.all(|part| begins(part) && part.bytes().all(is_inner))
}

/// Whether the name is written in several lines; one in quotes or below a `|` or `>` was meant as one.
fn is_folded(file: &[u8], span: Span) -> bool {
    let (Some(before), Some(written)) = (file.get(..span.start), file.get(span.start..span.end))
    else {
        return false;
    };
    let mut before = before.trim_ascii_end();
    while let Some((b'-' | b'+' | b'0'..=b'9', rest)) = before.split_last() {
        before = rest;
    }
    let below = matches!(before.last(), Some(b'|' | b'>'));
    let quoted = matches!(written.first(), Some(b'"' | b'\''));
    written.contains(&b'\n') && !below && !quoted
}

/// What is surely a name by itself.
#[derive(Default)]
struct Known<'a> {
    /// names of the files
    names: BTreeSet<&'a str>,
    /// where denies have theirs
    denied: BTreeSet<Span>,
    /// what can stand before `/`
    issuers: BTreeSet<&'a str>,
    /// what stands there where nothing is written
    default: Option<&'a str>,
}

impl Known<'_> {
    fn has(&self, word: &str) -> bool {
        self.names.contains(word) || word.contains('@') || !self.split(word).0.is_empty()
    }

    /// The issuer with its `/`, and the name there.
    fn split<'t>(&self, text: &'t str) -> (&'t str, &'t str) {
        let end = text.find('/').map_or(0, |end| end + 1);
        let (issuer, name) = text.split_at(end);
        match self.issuers.contains(issuer.trim_end_matches('/')) {
            true => (issuer, name),
            false => ("", text),
        }
    }
}

/// What is said about a name, and what was meant by it.
type Said = (String, String);

/// `folded`: it is written in several lines.
fn doubtful(name: &Text, folded: bool, known: &Known<'_>) -> Option<Diagnostic> {
    let text = name.value.as_str();
    let (message, meant) = of_a_kind(text)
        .or_else(|| negated(text, known))
        .or_else(|| listed(text, known))
        .or_else(|| joined(name, folded, known))?;
    let help = format!("{meant}; if the name is spelt so where it comes from, leave it");
    Some(Diagnostic::warning("MG0331", name.span, message).with_help(help))
}

fn of_a_kind(text: &str) -> Option<Said> {
    KINDS.into_iter().find_map(|(prefix, field)| {
        let rest = text.strip_prefix(prefix)?.trim_start();
        (!rest.is_empty() && !rest.starts_with(':')).then(|| {
            (
                format!("`{text}` is a name that begins with `{prefix}`"),
                format!("write `{field}: [{rest}]`: the field says the kind"),
            )
        })
    })
}

fn negated(text: &str, known: &Known<'_>) -> Option<Said> {
    let (issuer, name) = known.split(text);
    let mut rest = NOT.into_iter().filter_map(|not| name.strip_prefix(not));
    let rest = rest.find(|rest| !rest.trim().is_empty())?.trim();
    let issuer = match (issuer, known.split(rest).0) {
        ("", "") => format!("{}/", known.default.unwrap_or("ISSUER")),
        (issuer, _) => issuer.to_owned(),
    };
    Some((
        format!("`{text}` is one name, and not everyone but `{rest}`"),
        format!(
            "everyone but some is `everyone: true` in `who`, and for a group the condition `!(principal in Group::\"{issuer}{rest}\")`, for a user `!(principal == User::\"{issuer}{rest}\")`"
        ),
    ))
}

/// In brackets, with bullets or with commas.
fn listed(text: &str, known: &Known<'_>) -> Option<Said> {
    let (issuer, name) = known.split(text);
    let mut parts: Vec<String> = listed::names(name).into_iter().map(str::to_owned).collect();
    let first = parts.first_mut().filter(|first| *first != name)?;
    first.insert_str(0, issuer);
    Some(match parts.as_slice() {
        [only] => (
            format!("what stands around the name is a part of it in `{text}`"),
            format!("write `{only}`"),
        ),
        parts => several(text, parts.iter().map(String::as_str)),
    })
}

/// With a blank or a word between names. So are many names of one group; they begin with capitals, and a wrong allow shows itself.
fn joined(name: &Text, folded: bool, known: &Known<'_>) -> Option<Said> {
    let text = name.value.as_str();
    let words: Vec<&str> = text.split_whitespace().collect();
    let sides: Vec<String> = words
        .split(|word| JOINTS.contains(word))
        .map(|side| side.join(" "))
        .collect();
    let is_joined = sides.len() > 1 && sides.iter().all(|side| !side.is_empty());
    let is_plain =
        || !text.contains(char::is_uppercase) && sides.iter().all(|side| !side.contains(' '));
    let denied = || known.denied.contains(&name.span) && is_plain();
    if is_joined && (sides.iter().all(|side| known.has(side)) || denied()) {
        return Some(several(text, sides.iter().map(String::as_str)));
    }
    let apart = words.len() > 1 && (folded || words.iter().all(|word| known.has(word)));
    apart.then(|| several(text, words))
}

fn several<'t>(text: &str, names: impl IntoIterator<Item = &'t str>) -> Said {
    (
        format!("`{text}` is one name"),
        format!("several names are written `{}`", bracketed(names)),
    )
}

#[cfg(test)]
mod tests {
    use super::{Known, Text, doubtful};
    use crate::checks::vectors::{access_with, gate_with};

    fn who(text: &str) -> Vec<&'static str> {
        access_with("groups: [analysts]", text)
    }

    #[test]
    fn one_name_is_not_several() {
        assert_eq!(who("groups: ['analysts, leads']"), ["MG0331"]);
        assert_eq!(who("groups: ['analysts,leads']"), ["MG0331"]);
        assert_eq!(who("groups: [\"Team\n          Red\"]"), [""; 0]);
        let two = "Team\n            Red";
        for (begin, name, codes) in [
            ("|-", "Team Red", &[][..]),
            (">-", two, &[]),
            ("", two, &["MG0331"]),
        ] {
            let list = format!("\n        groups:\n          - {begin}\n            {name}");
            let found = access_with("{ groups: [analysts] }", &list);
            assert_eq!(found, codes, "{begin}");
        }
        assert_eq!(who("groups: [analysts; leads]"), ["MG0331"]);
        assert_eq!(who("groups: ['group:analysts']"), ["MG0331"]);
        assert_eq!(who("users: ['user:ann']"), ["MG0331"]);
        assert_eq!(
            gate_with(
                "  install:",
                "  grants: { groups: ['analysts, b'] }\n  install:"
            ),
            ["MG0331", "MG0324"]
        );
        for name in [
            "'CN=analysts,OU=groups,DC=example'",
            "data analysts",
            "'urn:group:a'",
            "Sales (EU)",
            "R&D",
            "Research and Development",
        ] {
            assert_eq!(who(&format!("groups: [{name}]")), [""; 0], "{name}");
        }
    }

    #[test]
    fn what_stands_around_a_name_is_a_part_of_it() {
        for name in [
            "(analysts)",
            "(analysts",
            "analysts)",
            "-analysts",
            "corp/(analysts)",
        ] {
            assert_eq!(who(&format!("groups: [{name}]")), ["MG0331"], "{name}");
        }
        for name in [
            "!leads",
            "not leads",
            "corp/!leads",
            "Group::leads",
            "[leads]",
            "leads,",
        ] {
            assert_eq!(who(&format!("groups: ['{name}']")), ["MG0331"], "{name}");
        }
    }

    #[test]
    fn words_between_names_are_no_list() {
        let deny = |name: &str| {
            let groups = format!("groups: [{name}]");
            let text = format!("{{ groups: [analysts] }}\n  deny:\n    - who: {{ {groups} }}");
            let found = access_with("{ groups: [analysts] }", &text);
            found.contains(&"MG0331")
        };
        for name in [
            "contractors and interns",
            "a | b",
            "a & b",
            "a or b",
            "a + b",
        ] {
            assert!(deny(name), "{name}");
            assert_eq!(who(&format!("groups: [{name}]")), [""; 0], "{name}");
        }
        for name in [
            "Research and Development",
            "R&D",
            "R & D",
            "data and model owners",
        ] {
            assert!(!deny(name), "{name}");
        }
        let known = "groups: [analysts, leads, analysts and leads]";
        assert_eq!(who(known), ["MG0331"]);
    }

    #[test]
    fn names_without_what_stands_between_them() {
        assert_eq!(who("groups: [analysts\n          leads]"), ["MG0331"]);
        assert_eq!(who("users: [ann@example.com bob@example.com]"), ["MG0331"]);
        assert_eq!(who("groups: [corp/analysts corp/leads]"), ["MG0331"]);
        let elsewhere = "groups: [analysts, leads, analysts leads]";
        assert_eq!(who(elsewhere), ["MG0331"]);
        for name in ["analysts leads", "Ann of Sales", "corp/Team A/Sub B"] {
            assert_eq!(who(&format!("groups: [{name}]")), [""; 0], "{name}");
        }
    }

    #[test]
    fn what_to_type_is_said() {
        let help = |name: &str| {
            let name = Text {
                value: name.to_owned(),
                ..Text::default()
            };
            doubtful(&name, false, &Known::default()).and_then(|problem| problem.help)
        };
        let said = |name: &str, due: &str| {
            let found = help(name).unwrap_or_default();
            assert!(found.starts_with(due), "{found}");
        };
        said(
            "analysts; leads",
            "several names are written `[analysts, leads]`;",
        );
        said("(analysts)", "write `analysts`;");
        said(
            "!leads",
            "everyone but some is `everyone: true` in `who`, and for a group the condition `!(principal in Group::\"ISSUER/leads\")`, for a user `!(principal == User::\"ISSUER/leads\")`;",
        );
        said(
            "group:analysts",
            "write `groups: [analysts]`: the field says the kind;",
        );
    }
}
