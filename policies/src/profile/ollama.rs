//! What Ollama has beside OpenAI's API (<https://docs.ollama.com/api>): the body names the model. Creating and copying models names two
//! of them, and is not listed.

use super::Source::{List, Server};
use super::openai::{BODY, MODELS};
use super::{Endpoint, delete, get, post};
use crate::action::Action::{Chat, Embed, Generate, List as Lists, Manage, Metadata};

pub(super) const ENDPOINTS: &[Endpoint] = &[
    post("/api/chat", Chat, BODY),
    post("/api/generate", Generate, BODY),
    post("/api/embed", Embed, BODY),
    post("/api/embeddings", Embed, BODY),
    post("/api/show", Metadata, BODY),
    post("/api/pull", Manage, BODY),
    post("/api/push", Manage, BODY),
    delete("/api/delete", Manage, BODY),
    get("/api/tags", Lists, List(MODELS)),
    get("/api/ps", Lists, List(MODELS)),
    get("/api/version", Metadata, Server),
];
