//! MG0202, MG0203: there is exactly one gate. Without it nobody knows who owns what; with two the order of files would decide.

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::syntax::{ModelGate, Reading};

/// The one gate.
pub fn only<'a>(
    sources: &[Source],
    reading: &'a Reading,
    found: &mut Vec<Diagnostic>,
) -> Option<&'a ModelGate> {
    match reading.gates.as_slice() {
        [only] => Some(only),
        [] => {
            if reading.complete {
                found.push(missing());
            }
            None
        }
        [first, further @ ..] => {
            found.extend(further.iter().map(|gate| second(gate, first, sources)));
            None
        }
    }
}

fn missing() -> Diagnostic {
    let help = "add the administrator's `ModelGate` file, or its folder, to the command";
    Diagnostic::error("MG0202", Span::NOWHERE, "no `ModelGate` among the files").with_help(help)
}

fn second(gate: &ModelGate, first: &ModelGate, sources: &[Source]) -> Diagnostic {
    let Span { source, line, .. } = first.name.span;
    let file = sources.get(source).map_or("", |source| &source.name);
    let message = format!("a second `ModelGate`, `{}`", gate.name.value);
    let help = format!(
        "the first is on line {line} of `{}`; keep one of them",
        file.escape_debug()
    );
    Diagnostic::error("MG0203", gate.name.span, message).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::Source;
    use crate::checks::vectors::{ACCESS, GATE, codes};

    #[test]
    fn there_is_exactly_one_gate() {
        assert_eq!(codes(&[("a.yaml", ACCESS)]), ["MG0202"]);
        assert_eq!(codes(&[("a.yaml", GATE), ("b.yaml", GATE)]), ["MG0203"]);
        assert_eq!(codes(&[("a.yaml", GATE)]), [""; 0]);
        let files = ["a.yaml", "b.yaml"].map(|name| Source {
            name: name.into(),
            bytes: GATE.into(),
        });
        let (_, found) = crate::load(&files);
        let help = found.first().and_then(|second| second.help.as_deref());
        assert!(
            help.is_some_and(|help| help.starts_with("the first is on line ")
                && help.contains("of `a.yaml`; keep one"))
        );
    }
}
