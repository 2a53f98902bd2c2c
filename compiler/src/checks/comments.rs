//! MG0912: a comment of Cedar in a text whose lines YAML joins. It hides all that follows: half of a condition, or the next guardrail.

use crate::cedar::{Part, characters};
use crate::diagnostic::Diagnostic;
use crate::syntax::Text;

use super::{Scope, written};

/// Conditions and guardrails.
pub fn check(scope: &Scope<'_>, found: &mut Vec<Diagnostic>) {
    let rules = scope.reading.files.iter();
    let rules = rules.flat_map(|file| file.allow.iter().chain(&file.deny));
    let conditions = rules.filter_map(|rule| rule.when.as_ref());
    let texts = written(conditions.chain(&scope.gate.guardrails));
    let commented = texts.filter(|text| has_comment(&text.value));
    found.extend(commented.filter(|text| is_joined(scope, text)).map(|text| {
        let message =
            "YAML joins these lines, and what follows `//` is a comment of Cedar to its end";
        let help = "write `|` behind the colon, and the text below it, or take the comment out";
        Diagnostic::error("MG0912", text.span, message).with_help(help)
    }));
}

/// Whether the file has it in more lines than Cedar sees, or may have. In quotes all lines are joined, also where it has line feeds as
/// escapes.
fn is_joined(scope: &Scope<'_>, text: &Text) -> bool {
    let source = scope.sources.get(text.span.source);
    let whole = source.and_then(|source| source.bytes.get(text.span.start..text.span.end));
    let Some(whole) = whole else {
        return false;
    };
    match whole.first() {
        // how an anchor's text is written is not seen here
        Some(b'*') => true,
        Some(b'"' | b'\'') => lines(whole) > 0,
        _ => lines(whole) > lines(text.value.as_bytes()),
    }
}

/// A carriage return ends a line to YAML, too.
fn lines(text: &[u8]) -> usize {
    let text = text.trim_ascii();
    let next = text.iter().skip(1).chain([&0]);
    let ends = text.iter().zip(next);
    ends.filter(|(byte, next)| **byte == b'\n' || **byte == b'\r' && **next != b'\n')
        .count()
}

fn has_comment(cedar: &str) -> bool {
    characters(cedar).any(|(_, _, part)| part == Part::Comment)
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{access_with, gate_with};

    fn when(text: &str) -> bool {
        let rule = "    - who: { groups: [analysts] }\n";
        let found = access_with(rule, &format!("{rule}      when: {text}\n"));
        found.contains(&"MG0912")
    }

    #[test]
    fn a_comment_hides_nothing_that_follows() {
        for joined in [
            ">\n        context.hour > 6 // day\n        && context.hour < 22",
            ">-\n        // day\n        context.hour > 6",
            "context.hour > 6 // day\n        && context.hour < 22",
            "\"context.hour > 6 // day\n        && context.hour < 22\"",
            "context.hour > 6 // day\r        && context.hour < 22",
            "\"context.hour > 6 \\n\\n // day\n        && context.hour < 22\"",
            "'context.method == \"\\\"\" // day\n        && context.hour < 22'",
        ] {
            assert!(when(joined), "{joined}");
        }
        for clear in [
            "|\n        context.hour > 6 // day\n        && context.hour < 22",
            "|-\n        context.hour > 6 // day\n        && context.hour < 22",
            "context.hour > 6 // day",
            ">\n        context.hour > 6\n        && context.hour < 22",
            ">\n        context.method != \"a//b\"\n        && context.hour < 22",
        ] {
            assert!(!when(clear), "{clear}");
        }
        let anchor = "    - who: { groups: [a] }\n      because: &c >-\n        context.hour > 6 // day\n        && context.hour < 22\n";
        let rule = "    - who: { groups: [analysts] }\n";
        let aliased = format!("  deny:\n{anchor}  allow:\n{rule}      when: *c\n");
        let found = access_with(&format!("  allow:\n{rule}"), &aliased);
        assert!(found.contains(&"MG0912"), "{found:?}");
        let guardrails = |style: &str| {
            let text = format!(
                "  guardrails: {style}\n    // a\n    forbid (principal, action, resource) when {{ !resource.public }};\n    // b\n  namespaces:\n"
            );
            gate_with("  namespaces:\n", &text)
        };
        assert_eq!(guardrails(">"), ["MG0912"]);
        assert_eq!(guardrails("|"), [""; 0]);
    }
}
