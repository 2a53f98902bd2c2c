//! Why an event is not replayed.

use std::fmt;

use crate::analysis::words;

/// The reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// groups or attributes decide
    Open,
    /// too many ways to tell
    Hard,
    /// the rules were not asked
    BeforeRules(String),
    /// it lacks a field
    Missing(&'static str),
    /// a field holds what this version does not know
    Unknown(&'static str, String),
    /// its host leads to another namespace, protocol or model than the event says
    Elsewhere(String),
    /// a fact that is read of requests now, which are refused where it cannot be
    Reads(String),
    /// this issuer's tokens are read by other claims
    Claims(String),
    /// fewer tokens of this issuer are accepted
    Tokens(String),
    /// this field of the gate refuses more
    Gate(&'static str),
    /// it was refused before all of it was read
    More,
    /// a text of it is as long as texts are cut to
    Cut,
    /// an install target that the files do not have
    Target(String),
    /// an issuer that the files do not have, or not for such callers
    Issuer(String),
    /// its deciding rules do not fit the files that it is said to be recorded under
    Misfit,
    /// an event is broken off, or otherwise none
    Malformed,
    /// a line has the word for an event, and none where the proxy and collectors of logs write them
    Misplaced,
    /// longer than any event
    TooLong,
    /// longer texts or lists than the filter writes
    Foreign,
    /// one of many more reasons
    Elsewise,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => write!(
                f,
                "groups, attributes or versions decide it that the event does not hold"
            ),
            Self::Hard => write!(f, "the rules leave too many ways to be decided"),
            Self::BeforeRules(reason) => {
                write!(f, "no rule was asked: `{reason}`")
            }
            Self::Missing(field) => write!(f, "`{field}` is not in the event, or empty"),
            Self::Unknown(field, value) => {
                write!(f, "`{field}` is `{value}`, which is not known here")
            }
            Self::Elsewhere(host) => write!(f, "`{host}` leads elsewhere now"),
            Self::Reads(fact) => write!(
                f,
                "rules ask for {} now: who sends it malformed or twice is refused, and an event does not say that",
                words::fact(fact)
            ),
            Self::Claims(issuer) => {
                write!(f, "tokens of `{issuer}` are read by other claims now")
            }
            Self::Tokens(issuer) => {
                write!(
                    f,
                    "tokens of `{issuer}` that were accepted may be refused now"
                )
            }
            Self::Gate(field) => {
                write!(f, "`{field}` of the gate may refuse now what was accepted")
            }
            Self::More => write!(f, "what it named after the refused model was not read"),
            Self::Cut => write!(f, "a text or list of the event is cut"),
            Self::Target(name) => write!(f, "of another gate: no install target `{name}`"),
            Self::Issuer(name) => {
                write!(f, "of another gate: no such caller of an issuer `{name}`")
            }
            Self::Misfit => write!(f, "the rules that decided do not fit the old files"),
            Self::Malformed => write!(f, "the event cannot be read"),
            Self::Misplaced => write!(
                f,
                "`modelgate.audit` is not where the filter's events are: a client may have written it"
            ),
            Self::TooLong => write!(f, "the line is too long"),
            Self::Foreign => write!(f, "not of modelgate: longer than it writes events"),
            Self::Elsewise => write!(f, "for other reasons"),
        }
    }
}
