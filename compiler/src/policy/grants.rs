//! What teams may grant, and when a grant ends.

use std::collections::BTreeSet;

use crate::source::Span;

/// What access files may grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// to everyone who is signed in
    pub everyone: bool,
    /// to people by their names
    pub users: bool,
    /// seconds from the time of the check to the end that every grant must have
    pub longest: Option<u64>,
    /// to these groups alone, `ISSUER/NAME`
    pub groups: Option<BTreeSet<String>>,
}

impl Default for Grants {
    /// Everything.
    fn default() -> Self {
        Self {
            everyone: true,
            users: true,
            longest: None,
            groups: None,
        }
    }
}

/// The end of a grant.
#[derive(Debug, Clone)]
pub struct Until {
    /// as written
    pub text: String,
    /// the first second at which it is over, since 1970
    pub ends: u64,
    /// where it stands
    pub span: Span,
}
