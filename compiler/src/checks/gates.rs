//! MG0202, MG0203: there is exactly one gate. Without it nobody knows who owns what; with two the order of files would decide.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{ModelGate, Reading};

/// The one gate.
pub fn only<'a>(reading: &'a Reading, found: &mut Vec<Diagnostic>) -> Option<&'a ModelGate> {
    match reading.gates.as_slice() {
        [only] => Some(only),
        [] => {
            if reading.complete {
                found.push(missing());
            }
            None
        }
        [_, further @ ..] => {
            found.extend(further.iter().map(second));
            None
        }
    }
}

fn missing() -> Diagnostic {
    let help = "add the administrator's `ModelGate` file, or its folder, to the command";
    Diagnostic::error("MG0202", Span::default(), "no `ModelGate` among the files").with_help(help)
}

fn second(gate: &ModelGate) -> Diagnostic {
    let message = format!("a second `ModelGate`, `{}`", gate.name.value);
    Diagnostic::error("MG0203", gate.name.span, message).with_help("keep one of them")
}

#[cfg(test)]
mod tests {
    use crate::checks::vectors::{ACCESS, GATE, codes};

    #[test]
    fn there_is_exactly_one_gate() {
        assert_eq!(codes(&[("a.yaml", ACCESS)]), ["MG0202"]);
        assert_eq!(codes(&[("a.yaml", GATE), ("b.yaml", GATE)]), ["MG0203"]);
        assert_eq!(codes(&[("a.yaml", GATE)]), [""; 0]);
    }
}
