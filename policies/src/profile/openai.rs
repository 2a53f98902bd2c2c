//! OpenAI-style REST (<https://platform.openai.com/docs/api-reference>): the body names the model.

use super::Source::{Body, Path};
use super::{Endpoint, endpoint};
use crate::action::Action::{Chat, Complete, Embed, Metadata};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/chat/completions", Chat, Body),
    endpoint("POST", "/v1/completions", Complete, Body),
    endpoint("POST", "/v1/embeddings", Embed, Body),
    endpoint("GET", "/v1/models/{model}", Metadata, Path),
];
