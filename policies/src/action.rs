//! What a caller may do with a model. One closed list for every serving protocol; a profile maps its endpoints to it.
//!
//! `predict` is also the group of everything that asks a model for output: whoever may `predict` may `generate`, `chat`,
//! `complete` and `embed`, so that a rule says the same about every protocol.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing a request can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// ask for a prediction; also the group of all inference
    Predict,
    /// free text generation
    Generate,
    /// a chat completion
    Chat,
    /// a text completion
    Complete,
    /// an embedding
    Embed,
    /// ask why a prediction came out as it did
    Explain,
    /// send the true outcome of an earlier prediction
    Feedback,
    /// read a model's inputs, outputs and description
    Metadata,
    /// ask whether a model or its server is ready
    Health,
    /// list models
    List,
    /// load, unload or change models
    Manage,
    /// read the server's metrics
    Metrics,
}

impl Action {
    /// Every action, in the order of declaration.
    pub const ALL: [Self; 12] = [
        Self::Predict,
        Self::Generate,
        Self::Chat,
        Self::Complete,
        Self::Embed,
        Self::Explain,
        Self::Feedback,
        Self::Metadata,
        Self::Health,
        Self::List,
        Self::Manage,
        Self::Metrics,
    ];

    /// The name used in access files, Cedar, bundles and audit events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Generate => "generate",
            Self::Chat => "chat",
            Self::Complete => "complete",
            Self::Embed => "embed",
            Self::Explain => "explain",
            Self::Feedback => "feedback",
            Self::Metadata => "metadata",
            Self::Health => "health",
            Self::List => "list",
            Self::Manage => "manage",
            Self::Metrics => "metrics",
        }
    }

    /// This action and those that it includes.
    #[must_use]
    pub const fn members(self) -> &'static [Self] {
        match self {
            Self::Predict => &[
                Self::Predict,
                Self::Generate,
                Self::Chat,
                Self::Complete,
                Self::Embed,
            ],
            Self::Generate => &[Self::Generate],
            Self::Chat => &[Self::Chat],
            Self::Complete => &[Self::Complete],
            Self::Embed => &[Self::Embed],
            Self::Explain => &[Self::Explain],
            Self::Feedback => &[Self::Feedback],
            Self::Metadata => &[Self::Metadata],
            Self::Health => &[Self::Health],
            Self::List => &[Self::List],
            Self::Manage => &[Self::Manage],
            Self::Metrics => &[Self::Metrics],
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown action")]
pub struct UnknownAction;

impl FromStr for Action {
    type Err = UnknownAction;

    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Self::ALL
            .into_iter()
            .find(|action| action.name() == text)
            .ok_or(UnknownAction)
    }
}
