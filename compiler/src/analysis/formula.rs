//! What must be true of a request, as tests of its properties.

use policies::bundle::{ClaimTest, Comparison, Number};
use policies::principal::ClaimValue;

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

/// What a property must be; one of another kind passes no test.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// it is there
    Present,
    /// it is `true`
    True,
    /// the text equals
    Text(String),
    /// the number compares with the constant
    Number(Comparison, i64),
    /// the list of texts holds this one
    Contains(String),
    /// the text begins so
    Begins(String),
}

impl Test {
    /// Whether the value is like that.
    pub fn passes(&self, value: &ClaimValue) -> bool {
        match (self, value) {
            (Self::Present, _) => true,
            (Self::True, ClaimValue::Boolean(value)) => *value,
            (Self::Text(text), ClaimValue::Text(value)) => value == text,
            (Self::Number(comparison, constant), ClaimValue::Number(value)) => {
                comparison.holds(value.cmp(constant))
            }
            (Self::Contains(text), ClaimValue::List(texts)) => texts.contains(text),
            (Self::Begins(text), ClaimValue::Text(value)) => value.starts_with(text),
            _ => false,
        }
    }

    /// Those of which one must pass.
    pub fn any_of(test: &ClaimTest) -> Vec<Self> {
        let each =
            |of: fn(String) -> Self, texts: &[String]| texts.iter().cloned().map(of).collect();
        match test {
            ClaimTest::Present => vec![Self::Present],
            ClaimTest::True => vec![Self::True],
            ClaimTest::Number(comparison, constant) => vec![Self::Number(*comparison, *constant)],
            ClaimTest::Text(texts) => each(Self::Text, texts),
            ClaimTest::Contains(texts) => each(Self::Contains, texts),
            ClaimTest::Begins(texts) => each(Self::Begins, texts),
        }
    }
}

/// A formula.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Formula {
    /// a constant
    Always(bool),
    /// one test of one property
    Test(Property, Test),
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
