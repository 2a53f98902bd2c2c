//! Anthropic messages (<https://docs.anthropic.com/en/api/messages>): the body names the model. Batches name many, and are refused.

use super::Source::{Body, Path};
use super::{Endpoint, endpoint};
use crate::action::Action::{Chat, Metadata};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/messages", Chat, Body),
    endpoint("POST", "/v1/messages/count_tokens", Metadata, Body),
    endpoint("GET", "/v1/models/{model}", Metadata, Path),
];
