//! What a caller may do with a model. One closed list for every serving protocol; a profile maps its endpoints to it.
//!
//! `predict` is also the group of everything that asks a model for output, so that a rule says the same about every protocol,
//! and like each of them of `list`: whoever may use a model sees its name. `read` is the group of what asks about models and changes nothing.
//! What reaches further than a model, `metrics`, `manage`, `objects` and `administer`, is in no group.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing a request can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// ask for a prediction; also the group of all inference, and of `list`
    Predict,
    /// free text generation
    Generate,
    /// a chat completion
    Chat,
    /// a text completion
    Complete,
    /// an embedding
    Embed,
    /// put texts in order by how well they answer a question
    Rerank,
    /// put an input into a class, or score it
    Classify,
    /// speech to text
    Transcribe,
    /// text to speech
    Speech,
    /// make or change a picture or a film
    Image,
    /// requests that are worked off later
    Batch,
    /// ask why a prediction came out as it did
    Explain,
    /// send the true outcome of an earlier prediction
    Feedback,
    /// the group of `metadata`, `health` and `list`; no request does it by itself
    Read,
    /// read a model's inputs, outputs and description
    Metadata,
    /// ask whether a model or its server is ready
    Health,
    /// see a model in lists
    List,
    /// load, unload or change models
    Manage,
    /// read the server's or a model's metrics
    Metrics,
    /// read, make and delete what the server stores: files, batches, responses, threads. They name no model
    Objects,
    /// change the server itself: tracing, logging, shared memory, sleep
    Administer,
}

impl Action {
    /// Every action, in the order of declaration.
    pub const ALL: [Self; 21] = [
        Self::Predict,
        Self::Generate,
        Self::Chat,
        Self::Complete,
        Self::Embed,
        Self::Rerank,
        Self::Classify,
        Self::Transcribe,
        Self::Speech,
        Self::Image,
        Self::Batch,
        Self::Explain,
        Self::Feedback,
        Self::Read,
        Self::Metadata,
        Self::Health,
        Self::List,
        Self::Manage,
        Self::Metrics,
        Self::Objects,
        Self::Administer,
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
            Self::Rerank => "rerank",
            Self::Classify => "classify",
            Self::Transcribe => "transcribe",
            Self::Speech => "speech",
            Self::Image => "image",
            Self::Batch => "batch",
            Self::Explain => "explain",
            Self::Feedback => "feedback",
            Self::Read => "read",
            Self::Metadata => "metadata",
            Self::Health => "health",
            Self::List => "list",
            Self::Manage => "manage",
            Self::Metrics => "metrics",
            Self::Objects => "objects",
            Self::Administer => "administer",
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
                Self::Rerank,
                Self::Classify,
                Self::Transcribe,
                Self::Speech,
                Self::Image,
                Self::Batch,
                Self::List,
            ],
            Self::Read => &[Self::Read, Self::Metadata, Self::Health, Self::List],
            Self::Generate => &[Self::Generate, Self::List],
            Self::Chat => &[Self::Chat, Self::List],
            Self::Complete => &[Self::Complete, Self::List],
            Self::Embed => &[Self::Embed, Self::List],
            Self::Rerank => &[Self::Rerank, Self::List],
            Self::Classify => &[Self::Classify, Self::List],
            Self::Transcribe => &[Self::Transcribe, Self::List],
            Self::Speech => &[Self::Speech, Self::List],
            Self::Image => &[Self::Image, Self::List],
            Self::Batch => &[Self::Batch, Self::List],
            Self::Explain => &[Self::Explain],
            Self::Feedback => &[Self::Feedback],
            Self::Metadata => &[Self::Metadata],
            Self::Health => &[Self::Health],
            Self::List => &[Self::List],
            Self::Manage => &[Self::Manage],
            Self::Metrics => &[Self::Metrics],
            Self::Objects => &[Self::Objects],
            Self::Administer => &[Self::Administer],
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
