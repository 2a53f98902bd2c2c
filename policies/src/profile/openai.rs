//! OpenAI-style REST (<https://platform.openai.com/docs/api-reference>), with what vLLM, llama.cpp and Ollama add: the body names the
//! model. Stored objects (`/v1/responses/{id}`, files, batches, threads) name none, and are refused; so is a body that leads to one.

use super::Source::{Body, Path};
use super::{Endpoint, endpoint};
use crate::action::Action::{Chat, Complete, Embed, Generate, Metadata, Predict};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    endpoint("POST", "/v1/chat/completions", Chat, Body),
    endpoint("POST", "/v1/completions", Complete, Body),
    endpoint("POST", "/v1/embeddings", Embed, Body),
    endpoint("POST", "/v1/responses", Chat, Body),
    endpoint("POST", "/v1/messages", Chat, Body),
    endpoint("POST", "/v1/moderations", Predict, Body),
    endpoint("POST", "/v1/images/generations", Generate, Body),
    endpoint("POST", "/v1/audio/speech", Generate, Body),
    endpoint("POST", "/v1/rerank", Predict, Body),
    endpoint("POST", "/v1/score", Predict, Body),
    endpoint("POST", "/tokenize", Predict, Body),
    endpoint("POST", "/detokenize", Predict, Body),
    endpoint("POST", "/pooling", Predict, Body),
    endpoint("POST", "/api/chat", Chat, Body),
    endpoint("POST", "/api/generate", Generate, Body),
    endpoint("POST", "/api/embed", Embed, Body),
    endpoint("POST", "/api/embeddings", Embed, Body),
    endpoint("GET", "/v1/models/{model}", Metadata, Path),
];
