//! What must be true of a request, as tests of its properties.

use policies::bundle::{ClaimTest, Number};

/// A property of a request, once the kind of caller, the model and the action are fixed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// the caller's own name
    Name,
    /// its groups
    Groups,
    /// the workload at the other end of the connection
    Peer,
    /// the application that the token was given to
    Client,
    /// an attribute of the token
    Claim(String),
    /// what the request says besides
    Fact(String),
    /// when, as one of its numbers
    Time(Number),
    /// HTTP method
    Method,
}

impl Property {
    /// The property whose values it is read from: the time has several numbers.
    #[must_use]
    pub const fn whole(&self) -> &Self {
        match self {
            Self::Time(_) => &Self::Time(Number::Now),
            other => other,
        }
    }
}

/// A formula.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Formula {
    /// a constant
    Always(bool),
    /// one test of one property
    Test(Property, ClaimTest),
    /// does not hold
    Not(Box<Self>),
    /// all hold
    All(Vec<Self>),
    /// one holds
    Any(Vec<Self>),
}

impl Formula {
    /// All hold; constants are worked in.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Always(true) => {}
                Self::Always(false) => return Self::Always(false),
                Self::All(inner) => kept.extend(inner),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Always(true),
            1 => kept.swap_remove(0),
            _ => Self::All(kept),
        }
    }

    /// One holds; constants are worked in.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Always(false) => {}
                Self::Always(true) => return Self::Always(true),
                Self::Any(inner) => kept.extend(inner),
                part => kept.push(part),
            }
        }
        match kept.len() {
            0 => Self::Always(false),
            1 => kept.swap_remove(0),
            _ => Self::Any(kept),
        }
    }

    /// Does not hold.
    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Self::Always(value) => Self::Always(!value),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }
}
