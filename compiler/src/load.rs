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
    let reading = syntax::read(sources);
    let (found, policy) = (check(sources, &reading), resolve(&reading));
    joined(reading, found, policy)
}

/// What is wrong in the files and between them. The compiler has no threads; who has two may ask [`resolve`] at the same time,
/// and has both [`joined`].
#[must_use]
pub fn check(sources: &[Source], reading: &Reading) -> Vec<Diagnostic> {
    let mut found = reading.diagnostics.clone();
    let gate = checks::run(sources, reading, &mut found);
    if let Some(gate) = gate.filter(|_| found.iter().any(Diagnostic::is_error)) {
        found.extend(in_cedar(gate, &reading.files));
    }
    diagnostic::sort(&mut found);
    diagnostic::shorten(&mut found);
    found
}

/// What the files mean, if nothing is wrong with them.
#[must_use]
pub fn resolve(reading: &Reading) -> Option<Policy> {
    let gate = reading.gates.first()?;
    resolve::resolve(gate, &reading.files, &reading.roles)
}

/// The policy only where no problem is an error.
#[must_use]
pub fn joined(
    reading: Reading,
    mut found: Vec<Diagnostic>,
    policy: Option<Policy>,
) -> (Option<Loaded>, Vec<Diagnostic>) {
    if found.iter().any(Diagnostic::is_error) {
        return (None, found);
    }
    match policy {
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
