//! The way in: files, checked as a whole.

use crate::cedar;
use crate::checks;
use crate::diagnostic::{self, Diagnostic};
use crate::policy::{Policy, resolve};
use crate::source::{Source, Span};
use crate::syntax::{self, AccessTest, ModelAccess, ModelGate, Reading};

/// Files without an error.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// what they mean
    pub policy: Policy,
    /// what must come out of it
    pub tests: Vec<AccessTest>,
}

/// Reads and checks files: every problem at once, in the order of the files; [`Loaded`] only where none of them is an error.
#[must_use]
pub fn load(sources: &[Source]) -> (Option<Loaded>, Vec<Diagnostic>) {
    checked(sources, syntax::read(sources))
}

/// The same for files that were read already.
#[must_use]
pub fn checked(sources: &[Source], mut reading: Reading) -> (Option<Loaded>, Vec<Diagnostic>) {
    let mut found = std::mem::take(&mut reading.diagnostics);
    let gate = checks::run(sources, &reading, &mut found);
    let clean = !found.iter().any(Diagnostic::is_error);
    if let Some(gate) = gate.filter(|_| !clean) {
        found.extend(in_cedar(gate, &reading.files));
    }
    diagnostic::sort(&mut found);
    diagnostic::shorten(&mut found);
    if !clean {
        return (None, found);
    }
    match gate.and_then(|gate| resolve::resolve(gate, &reading.files, &reading.roles)) {
        Some(policy) => (
            Some(Loaded {
                policy,
                tests: reading.tests,
            }),
            found,
        ),
        None => {
            let message =
                "the files passed every check and still cannot be used; this is a mistake of ours";
            found.push(
                Diagnostic::error("MG0000", Span::default(), message)
                    .with_help("please report it with the files"),
            );
            (None, found)
        }
    }
}

/// Problems in guardrails and conditions, so that they are told with all the others and not one run later.
fn in_cedar(gate: &ModelGate, files: &[ModelAccess]) -> Vec<Diagnostic> {
    let policy = resolve::only_cedar(gate, files);
    let conditions = policy.files.iter().any(|file| !file.rules.is_empty());
    if policy.gate.guardrails.is_none() && !conditions {
        return Vec::new();
    }
    cedar::build(&policy).err().unwrap_or_default()
}
