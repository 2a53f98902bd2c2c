//! MG0331: a name that looks like several names, or like one with its kind before it. It is one name, as it stands there, so that a rule
//! about it is about nobody, and a deny keeps nobody away.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::Text;

use super::Scope;
use super::scripts::named;

/// With what `what-can` and other tools say the kind, and the field that says it here.
const KINDS: [(&str, &str); 6] = [
    ("group:", "groups"),
    ("groups:", "groups"),
    ("user:", "users"),
    ("users:", "users"),
    ("sa:", "serviceAccounts"),
    ("role:", "roles"),
];

/// Names in rules, roles and the gate's `grants`.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let issuers = scope.gate.issuers.iter();
    let known = Known {
        names: named(scope).map(|name| name.value.as_str()).collect(),
        issuers: issuers.map(|issuer| issuer.name.value.as_str()).collect(),
    };
    found.extend(named(scope).filter_map(|name| {
        let source = scope.sources.get(name.span.source);
        let folded = source.is_some_and(|source| is_folded(&source.bytes, name.span));
        doubtful(name, folded, &known)
    }));
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
    /// what can stand before `/`
    issuers: BTreeSet<&'a str>,
}

impl Known<'_> {
    fn has(&self, word: &str) -> bool {
        let issuer = word.split_once('/').map(|(issuer, _)| issuer);
        self.names.contains(word)
            || word.contains('@')
            || issuer.is_some_and(|issuer| self.issuers.contains(issuer))
    }
}

/// `folded`: it is written in several lines.
fn doubtful(name: &Text, folded: bool, known: &Known<'_>) -> Option<Diagnostic> {
    let text = name.value.as_str();
    let kind = KINDS.into_iter().find_map(|(prefix, field)| {
        let rest = text.strip_prefix(prefix)?.trim_start();
        (!rest.is_empty()).then_some((prefix, field, rest))
    });
    let words = || words(text).filter(|words| folded || words.iter().all(|word| known.has(word)));
    let (message, meant) = match (kind, parts(text).or_else(words)) {
        (Some((prefix, field, rest)), _) => (
            format!("`{text}` is a name that begins with `{prefix}`"),
            format!("write `{field}: [{rest}]`: the field says the kind"),
        ),
        (None, Some(parts)) => (
            format!("`{text}` is one name"),
            format!("several names are written `[{}]`", parts.join(", ")),
        ),
        (None, None) => return None,
    };
    let help = format!("{meant}; if the name is spelt so where it comes from, leave it");
    Some(Diagnostic::warning("MG0331", name.span, message).with_help(help))
}

/// The names that somebody may have meant; those of a directory have commas, and `=` in each part.
fn parts(text: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = text.split([',', ';']).map(str::trim).collect();
    let are_names = parts
        .iter()
        .all(|part| !part.is_empty() && !part.contains('='));
    (parts.len() > 1 && are_names).then_some(parts)
}

/// The names between which a comma or a hyphen may be missing.
fn words(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (words.len() > 1).then_some(words)
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
            "'a,'",
        ] {
            assert_eq!(who(&format!("groups: [{name}]")), [""; 0], "{name}");
        }
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
        said(
            "group:analysts",
            "write `groups: [analysts]`: the field says the kind;",
        );
    }
}
