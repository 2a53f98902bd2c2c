//! What must hold between the documents: one check a file, each with its code, its reason, and vectors that pass and fail.
//!
//! A check is silent about empty texts and missing values: those were reported when the file was read.

pub mod grammar;
pub mod jwks_uri;
pub mod names;

pub(crate) mod actions;
mod apis;
mod attributes;
pub(crate) mod backends;
mod body;
mod comments;
pub(crate) mod conditions;
mod coverage;
mod default_issuer;
mod folders;
mod gates;
pub(crate) mod grants;
mod hosts;
mod identifiers;
mod identity_headers;
mod install;
mod jwks;
mod models;
mod namespaces;
mod portable;
mod principals;
pub(crate) mod roles;
mod scripts;
mod server_actions;
mod services;
mod several;
mod sizes;
mod test_tokens;
mod tests;
mod unique;
mod versions;
mod zones;

use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::syntax::gate::Namespace;
use crate::syntax::{ModelGate, Reading, Text};

/// What every check sees.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// the files, for their names
    pub sources: &'a [Source],
    /// all documents
    pub reading: &'a Reading,
    /// the one gate
    pub gate: &'a ModelGate,
}

impl<'a> Scope<'a> {
    /// The gate's entry of a namespace.
    #[must_use]
    pub fn namespace(&self, name: &str) -> Option<&'a Namespace> {
        self.gate
            .namespaces
            .iter()
            .find(|namespace| !name.is_empty() && namespace.name.value == name)
    }
}

/// A check adds what it finds.
type Check = fn(&Scope<'_>, &mut Vec<Diagnostic>);

const CHECKS: [Check; 32] = [
    actions::check,
    apis::check,
    attributes::check,
    backends::check,
    body::check,
    comments::check,
    conditions::check,
    coverage::check,
    default_issuer::check,
    folders::check,
    grants::check,
    hosts::check,
    identifiers::check,
    identity_headers::check,
    install::check,
    jwks::check,
    jwks_uri::check,
    models::check,
    namespaces::check,
    portable::check,
    principals::check,
    roles::check,
    scripts::check,
    server_actions::check,
    services::check,
    several::check,
    sizes::check,
    test_tokens::check,
    tests::check,
    unique::check,
    versions::check,
    zones::check,
];

/// Runs every check; the one gate, if there is one.
#[must_use]
pub fn run<'a>(
    sources: &[Source],
    reading: &'a Reading,
    found: &mut Vec<Diagnostic>,
) -> Option<&'a ModelGate> {
    let gate = gates::only(sources, reading, found)?;
    let scope = Scope {
        sources,
        reading,
        gate,
    };
    CHECKS.iter().for_each(|check| check(&scope, found));
    Some(gate)
}

/// Whether every file keeps to the limits of its size.
#[must_use]
pub fn are_small(sources: &[Source], reading: &Reading, gate: &ModelGate) -> bool {
    let scope = Scope {
        sources,
        reading,
        gate,
    };
    let mut found = Vec::new();
    sizes::check(&scope, &mut found);
    found.is_empty()
}

/// Texts that were not complained about.
fn written<'a>(texts: impl IntoIterator<Item = &'a Text>) -> impl Iterator<Item = &'a Text> {
    texts.into_iter().filter(|text| !text.value.is_empty())
}

#[cfg(test)]
pub(crate) mod vectors;
