//! Istio's own policies as they are written, to be carried over: `AuthorizationPolicy` and `RequestAuthentication` of
//! `security.istio.io`, alone or in a `List` as kubectl prints it. What is not understood is a problem, never passed over.

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};

use super::problems::Problems;
use super::{Text, compose, text};

mod reader;

use reader::Reader;

/// What the files hold.
#[derive(Debug, Default)]
pub struct Resources {
    /// `AuthorizationPolicy` documents
    pub policies: Vec<AuthorizationPolicy>,
    /// `RequestAuthentication` documents
    pub authentications: Vec<RequestAuthentication>,
    /// number of documents of other kinds
    pub others: usize,
    /// what cannot be read
    pub diagnostics: Vec<Diagnostic>,
}

impl Resources {
    /// Whether no policy of Istio's is there, and nothing that could be one.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.policies.is_empty() && self.authentications.is_empty() && self.diagnostics.is_empty()
    }
}

/// An `AuthorizationPolicy`.
#[derive(Debug)]
pub struct AuthorizationPolicy {
    /// whom it is about
    pub target: Target,
    /// what follows where a rule matches
    pub action: Action,
    /// where the action stands, or the policy
    pub action_span: Span,
    /// whether it is only tried out
    pub dry_run: bool,
    /// any of them
    pub rules: Vec<Rule>,
}

/// What follows where a rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// the request is allowed
    Allow,
    /// the request is denied, whatever allows it
    Deny,
    /// nothing but a mark
    Audit,
    /// somebody else is asked
    Custom,
}

/// A `RequestAuthentication`.
#[derive(Debug)]
pub struct RequestAuthentication {
    /// whom it is about
    pub target: Target,
    /// the issuers
    pub rules: Vec<JwtRule>,
}

/// Namespace, name, and which workloads are meant.
#[derive(Debug)]
pub struct Target {
    /// `metadata.namespace`
    pub namespace: String,
    /// where the name stands
    pub span: Span,
    /// `metadata.name`
    pub name: String,
    /// `selector.matchLabels`
    pub labels: Vec<(Text, Text)>,
    /// kind and name of each of `targetRefs`
    pub refs: Vec<(Text, Text)>,
}

/// A rule: any of the sources, any of the operations, all conditions.
#[derive(Debug)]
pub struct Rule {
    /// its first line
    pub span: Span,
    /// empty: whoever
    pub from: Vec<Group>,
    /// empty: whatever
    pub to: Vec<Group>,
    /// all of them
    pub when: Vec<Condition>,
}

/// A source or an operation: all of its fields, any value of each.
#[derive(Debug)]
pub struct Group {
    /// its first line
    pub span: Span,
    /// name and values
    pub fields: Vec<(Text, Vec<Text>)>,
}

/// An item of `when`.
#[derive(Debug)]
pub struct Condition {
    /// what is asked for
    pub key: Text,
    /// one of them
    pub values: Vec<Text>,
    /// none of them
    pub not_values: Vec<Text>,
}

/// An item of `jwtRules`.
#[derive(Debug)]
pub struct JwtRule {
    /// value of `iss`
    pub issuer: Text,
    /// accepted values of `aud`; empty: any
    pub audiences: Vec<Text>,
    /// where the keys are
    pub jwks_uri: Option<Text>,
    /// the keys themselves
    pub jwks: Option<Text>,
    /// the request keeps the token
    pub forwards: bool,
    /// names of the other fields that are written
    pub others: Vec<Text>,
}

/// Reads every document of every file. `namespace` is of those that say none.
#[must_use]
pub fn read(sources: &[Source], namespace: Option<&str>) -> Resources {
    read_from(0, sources, namespace)
}

/// The same of files that come behind `first` others.
#[must_use]
pub fn read_from(first: usize, sources: &[Source], namespace: Option<&str>) -> Resources {
    let problems = Problems::default();
    let mut resources = Resources::default();
    for (index, source) in (first..).zip(sources) {
        let documents = text::checked(index, &source.bytes, &problems)
            .and_then(|text| compose::documents(index, text, &problems));
        let reader = Reader {
            problems: &problems,
            namespace,
        };
        for document in documents.iter().flatten() {
            reader.document(document, &mut resources);
        }
    }
    resources.diagnostics = problems.into_inner();
    resources
}
