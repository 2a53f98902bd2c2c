//! What people write: whatever it is, it is compiled, or every problem has a place in it; and what is compiled loads.

use compiler::diagnostic::Diagnostic;
use compiler::output::{Options, compile};
use compiler::source::Source;
use policies::engine::Engine;

use crate::input::Input;

/// A gate without a mistake, for files that have none of their own.
const GATE: &str = include_str!("access/gate.yaml");
/// Between two files of an input.
const MARK: &[u8] = b"\n%%%\n";
/// Most files of an input.
const FILES: usize = 4;

/// `g`: the gate is given, the rest are files beside it. Else all files, with `%%%` between them.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut sources = Vec::new();
    if input.byte() == b'g' {
        sources.push(source("gate.yaml", GATE.as_bytes()));
    }
    for number in 0..FILES {
        if !input.0.is_empty() {
            sources.push(source(&format!("team/{number}.yaml"), input.until(MARK)));
        }
    }
    let (loaded, found) = compiler::load(&sources);
    found
        .iter()
        .for_each(|problem| has_a_place(problem, &sources));
    assert_eq!(
        loaded.is_none(),
        found.iter().any(Diagnostic::is_error),
        "{found:?}"
    );
    let Some(loaded) = loaded else { return };
    match compile(&loaded.policy, &Options::default()) {
        Ok(output) => {
            for target in &output.targets {
                let engine = Engine::load(target.text.as_bytes()).expect("what is emitted loads");
                assert_eq!(engine.bundle().target, target.name);
            }
        }
        Err(found) => {
            assert!(found.iter().any(Diagnostic::is_error), "a reason");
            found
                .iter()
                .for_each(|problem| has_a_place(problem, &sources));
        }
    }
}

fn source(name: &str, bytes: &[u8]) -> Source {
    Source {
        name: name.to_owned(),
        bytes: bytes.to_vec(),
    }
}

/// It has a code of ours, says something in one line, and points into the file.
fn has_a_place(problem: &Diagnostic, sources: &[Source]) {
    assert_ne!(problem.code, "MG0000", "{problem:?}");
    assert!(
        !problem.message.is_empty() && problem.message.len() < 4096,
        "{problem:?}"
    );
    assert!(!problem.message.contains('\n'), "{problem:?}");
    let span = problem.span;
    if let Some(source) = sources.get(span.source) {
        assert!(
            span.start <= span.end && span.end <= source.bytes.len(),
            "{problem:?}"
        );
    }
}
