//! The way in: files, checked as a whole.

use crate::cedar;
use crate::checks;
use crate::diagnostic::{self, Diagnostic};
use crate::policy::{Policy, resolve};
use crate::source::{Source, Span};
use crate::syntax::{self, AccessTest, ModelAccess, ModelGate, Reading, example};

/// Files without an error.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// what they mean
    pub policy: Policy,
    /// what must come out of it
    pub tests: Vec<AccessTest>,
}

/// What was loaded, and every problem.
pub type Load = (Option<Loaded>, Vec<Diagnostic>);

/// Reads and checks files: every problem at once, in the order of the files; [`Loaded`] only where none of them is an error.
#[must_use]
pub fn load(sources: &[Source]) -> Load {
    checked(sources, syntax::read(sources))
}

/// The same of files that were read.
#[must_use]
pub fn checked(sources: &[Source], reading: Reading) -> Load {
    let found = check(sources, &reading);
    let clean = !found.iter().any(Diagnostic::is_error);
    let policy = clean.then(|| resolve(sources, &reading)).flatten();
    joined(reading, found, policy)
}

/// What is wrong in the files and between them. The compiler has no threads; who has two may ask [`resolve`] at the same time,
/// and has both [`joined`].
#[must_use]
pub fn check(sources: &[Source], reading: &Reading) -> Vec<Diagnostic> {
    let mut found = reading.diagnostics.clone();
    example::named(reading, &mut found);
    let gate = checks::run(sources, reading, &mut found);
    let wrong = found.iter().any(Diagnostic::is_error);
    // what is larger than it may be is not worked on
    let is_small = |gate: &&ModelGate| checks::are_small(sources, reading, gate);
    if let Some(gate) = gate.filter(|_| wrong).filter(is_small) {
        found.extend(in_cedar(gate, &reading.files));
    }
    diagnostic::sort(&mut found);
    diagnostic::shorten(&mut found);
    found
}

/// What the files mean, if nothing is wrong with them. Nothing of files that could not be read, or that are larger than they may be:
/// roles and models are written out here, and the limits bound what that takes.
#[must_use]
pub fn resolve(sources: &[Source], reading: &Reading) -> Option<Policy> {
    let gate = reading.gates.first()?;
    let wrong = reading.diagnostics.iter().any(Diagnostic::is_error);
    if wrong || !checks::are_small(sources, reading, gate) {
        return None;
    }
    resolve::resolve(gate, &reading.files, &reading.roles)
}

/// The policy only where no problem is an error.
#[must_use]
pub fn joined(reading: Reading, mut found: Vec<Diagnostic>, policy: Option<Policy>) -> Load {
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
                Diagnostic::error("MG0000", Span::NOWHERE, message)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::vectors::{ACCESS, GATE};

    /// What files larger than the limits mean is not worked out: it takes as much as their lists multiplied.
    #[test]
    fn nothing_is_written_out_beyond_the_limits() {
        let means = |access: &str| {
            let sources = [("gate.yaml", GATE), ("risk.yaml", access)].map(|(name, text)| Source {
                name: name.into(),
                bytes: text.as_bytes().to_vec(),
            });
            resolve(&sources, &syntax::read(&sources)).is_some()
        };
        let rule = "    - who: { groups: [analysts] }\n";
        assert!(means(ACCESS));
        assert!(!means(&ACCESS.replace(rule, &rule.repeat(501))));
        let models: Vec<String> = (0..501)
            .map(|number| format!("    - {{ name: m{number}, api: open-inference }}\n"))
            .collect();
        let model = "    - { name: churn-*, api: open-inference }\n";
        assert!(!means(&ACCESS.replace(model, &models.concat())));
        assert!(!means(&ACCESS.replace("allow:", "alow:")));
    }
}
