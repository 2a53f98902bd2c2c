//! Which fields of a message name models.

/// Where a message names its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fields {
    /// the fields that lead to a name, outermost first; the last is text, the others are messages
    pub path: &'static [Field],
    /// numbers of outermost fields that no message may have: some server of the profile would read a model there
    pub refused: &'static [u32],
    /// where the version stands beside the name; `None` where nobody asks for it
    pub version: Option<VersionFields>,
}

impl Fields {
    /// The same without the version.
    #[must_use]
    pub const fn without_version(self) -> Self {
        Self {
            version: None,
            ..self
        }
    }
}

/// Fields of the innermost message that name a version. There may be one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionFields {
    /// its number
    pub field: u32,
    /// it is a message with a number (`google.protobuf.Int64Value`), and else a text
    pub is_number: bool,
    /// a name that stands for a version that the server chooses
    pub label: Option<u32>,
}

/// A field, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// it may occur once
    One(u32),
    /// a repeated field: each occurrence names a model
    Each(u32),
}

impl Field {
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::One(number) | Self::Each(number) => number,
        }
    }

    pub(super) const fn repeats(self) -> bool {
        matches!(self, Self::Each(_))
    }
}
