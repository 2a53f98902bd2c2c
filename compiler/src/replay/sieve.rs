//! Why an event is not replayed.

use std::fmt;

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// groups or attributes decide
    Open,
    /// the rules were not asked
    BeforeRules(String),
    /// it lacks a field
    Missing(&'static str),
    /// a field holds what this version does not know
    Unknown(&'static str, String),
    /// a text of it is as long as texts are cut to
    Cut,
    /// an install target that the files do not have
    Target(String),
    /// an issuer that the files do not have, or not for such callers
    Issuer(String),
    /// its deciding rules do not fit the files that it is said to be recorded under
    Misfit,
    /// no JSON, or no event
    Malformed,
    /// longer than any event
    TooLong,
    /// one of many more reasons
    Elsewise,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => write!(
                f,
                "groups or attributes decide it, and an event does not hold them"
            ),
            Self::BeforeRules(reason) => {
                write!(f, "no rule was asked: `{reason}`")
            }
            Self::Missing(field) => write!(f, "`{field}` is not in the event"),
            Self::Unknown(field, value) => {
                write!(f, "`{field}` is `{value}`, which is not known here")
            }
            Self::Cut => write!(f, "a text or list of the event is cut"),
            Self::Target(name) => write!(f, "of another gate: no install target `{name}`"),
            Self::Issuer(name) => {
                write!(f, "of another gate: no such caller of an issuer `{name}`")
            }
            Self::Misfit => write!(f, "the rules that decided do not fit the old files"),
            Self::Malformed => write!(f, "the event cannot be read"),
            Self::TooLong => write!(f, "the line is too long"),
            Self::Elsewise => write!(f, "for other reasons"),
        }
    }
}
