//! What vLLM adds to OpenAI's API (<https://docs.vllm.ai/en/latest/usage/security.html>). Its page recommends a list of what may pass:
//! this is it. Calls by which code or weights come in (`/collective_rpc`, `/update_weights`) are not listed.

use super::Source::Server;
use super::openai::BODY;
use super::{Endpoint, get, post};
use crate::action::Action::{
    Administer, Chat, Classify, Embed, Generate, Health, Metadata, Metrics, Predict, Rerank,
};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/tokenize", Metadata, BODY),
    post("/detokenize", Metadata, BODY),
    post("/pooling", Predict, BODY),
    post("/classify", Classify, BODY),
    post("/v1/chat/completions/batch", Chat, BODY),
    post("/v1/chat/completions/render", Chat, BODY),
    post("/v1/completions/render", Generate, BODY),
    post("/v2/embed", Embed, BODY),
    post("/v2/rerank", Rerank, BODY),
    post("/invocations", Predict, BODY),
    get("/ping", Health, Server),
    post("/ping", Health, Server),
    get("/version", Metadata, Server),
    get("/tokenizer_info", Metadata, Server),
    get("/load", Metrics, Server),
    post("/v1/load_lora_adapter", Administer, Server),
    post("/v1/unload_lora_adapter", Administer, Server),
    post("/pause", Administer, Server),
    post("/resume", Administer, Server),
    get("/is_paused", Administer, Server),
    post("/sleep", Administer, Server),
    post("/wake_up", Administer, Server),
    get("/is_sleeping", Administer, Server),
    post("/reset_prefix_cache", Administer, Server),
    post("/reset_mm_cache", Administer, Server),
    post("/reset_encoder_cache", Administer, Server),
    post("/start_profile", Administer, Server),
    post("/stop_profile", Administer, Server),
];
