//! OpenAI-style REST (<https://platform.openai.com/docs/api-reference>): the JSON body, or a part of a form, names the model. Also
//! without `/v1`, as llama.cpp and LiteLLM have it, and with the model in the path as well, as Azure and old clients do.
//!
//! Stored objects (files, batches, responses, conversations) name no model: they are the action `objects` on the server. A file
//! can be uploaded where each of its lines names a model, which is judged; one that leads to a stored object is refused.

use super::Source::{Form, Json, List, Path, PathAndBody, PathAndForm, Server, ServerAndBody};
use super::{Endpoint, Errors, Listing, Place, Profile, Source, Versions, delete, get, post};
use crate::action::Action::{
    Batch, Chat, Classify, Complete, Embed, Health, Image, List as Lists, Metadata, Metrics,
    Objects, Rerank, Speech, Transcribe,
};
use scan::json::{Documents, Names};
use scan::multipart;

pub(crate) const SERVERS: &str = "OpenAI-style servers, vLLM, llama.cpp, Ollama, LiteLLM";

pub(crate) const PROFILE: Profile = Profile {
    errors: Errors::OpenAi,
    place: Place::Server,
    pod_label: "app",
    folds_names: true,
    versions: Versions::None,
    model_header: None,
    // `/v1/chat/completions/render` is no stored completion, so objects come last
    tables: &[
        ENDPOINTS,
        DEPLOYMENTS,
        super::vllm::ENDPOINTS,
        super::ollama::ENDPOINTS,
        SERVER,
        OBJECTS,
    ],
};

/// `{"model": "NAME", ...}`
pub(super) const BODY: Source = Json(Names {
    path: &["model"],
    documents: Documents::One,
    required: true,
});
/// a form whose part `model` is the name
const FORM: Source = Form(multipart::Form {
    field: "model",
    json: None,
    required: true,
});
/// a form whose part `file` is a batch: `{"body": {"model": "NAME", ...}, ...}` on each line
const FILE: Source = Form(multipart::Form {
    field: "model",
    json: Some((
        "file",
        Names {
            path: &["body", "model"],
            documents: Documents::Lines,
            required: true,
        },
    )),
    required: false,
});
/// `{"object": "list", "data": [{"id": "NAME", ...}, ...]}`; llama.cpp has `models` beside it
pub(super) const MODELS: Listing = Listing {
    arrays: &["data", "models"],
    names: &["id", "name", "model"],
};

const ENDPOINTS: &[Endpoint] = &[
    post("/v1/chat/completions", Chat, BODY),
    post("/v1/completions", Complete, BODY),
    post("/v1/embeddings", Embed, BODY),
    post("/v1/responses", Chat, BODY),
    post("/v1/moderations", Classify, BODY),
    post("/v1/images/generations", Image, BODY),
    post("/v1/images/edits", Image, FORM),
    post("/v1/images/edits", Image, BODY),
    post("/v1/images/variations", Image, FORM),
    post("/v1/audio/speech", Speech, BODY),
    post("/v1/audio/transcriptions", Transcribe, FORM),
    post("/v1/audio/translations", Transcribe, FORM),
    post("/v1/rerank", Rerank, BODY),
    post("/v1/score", Rerank, BODY),
    get("/v1/models", Lists, List(MODELS)),
    get("/v1/models/{model+}", Metadata, Path),
    post("/chat/completions", Chat, BODY),
    post("/completions", Complete, BODY),
    post("/embeddings", Embed, BODY),
    post("/responses", Chat, BODY),
    post("/moderations", Classify, BODY),
    post("/images/generations", Image, BODY),
    post("/images/edits", Image, FORM),
    post("/images/edits", Image, BODY),
    post("/images/variations", Image, FORM),
    post("/audio/speech", Speech, BODY),
    post("/audio/transcriptions", Transcribe, FORM),
    post("/audio/translations", Transcribe, FORM),
    post("/rerank", Rerank, BODY),
    post("/score", Rerank, BODY),
    get("/models", Lists, List(MODELS)),
    get("/models/{model+}", Metadata, Path),
    post("/v1/responses/input_tokens", Metadata, BODY),
    post("/v1/responses/compact", Chat, BODY),
    post("/v1/messages", Chat, BODY),
    post("/v1/messages/count_tokens", Metadata, BODY),
    post("/v1/videos", Image, FORM),
    post("/v1/videos", Image, BODY),
    post("/openai/v1/chat/completions", Chat, BODY),
    post("/openai/v1/completions", Complete, BODY),
    post("/openai/v1/embeddings", Embed, BODY),
    post("/openai/v1/responses", Chat, BODY),
    get("/openai/v1/models", Lists, List(MODELS)),
];

const DEPLOYMENTS: &[Endpoint] = &[
    post(
        "/openai/deployments/{model}/chat/completions",
        Chat,
        PathAndBody,
    ),
    post(
        "/openai/deployments/{model}/completions",
        Complete,
        PathAndBody,
    ),
    post("/openai/deployments/{model}/embeddings", Embed, PathAndBody),
    post(
        "/openai/deployments/{model}/images/generations",
        Image,
        PathAndBody,
    ),
    post(
        "/openai/deployments/{model}/audio/speech",
        Speech,
        PathAndBody,
    ),
    post(
        "/openai/deployments/{model}/audio/transcriptions",
        Transcribe,
        PathAndForm,
    ),
    post(
        "/openai/deployments/{model}/audio/translations",
        Transcribe,
        PathAndForm,
    ),
    post("/engines/{model}/chat/completions", Chat, PathAndBody),
    post("/engines/{model}/completions", Complete, PathAndBody),
    post("/engines/{model}/embeddings", Embed, PathAndBody),
    post("/v1/engines/{model}/completions", Complete, PathAndBody),
    post("/v1/engines/{model}/embeddings", Embed, PathAndBody),
];

const OBJECTS: &[Endpoint] = &[
    post("/v1/files", Batch, FILE),
    get("/v1/files", Objects, Server),
    get("/v1/files/{any}", Objects, Server),
    get("/v1/files/{any}/content", Objects, Server),
    delete("/v1/files/{any}", Objects, Server),
    post("/v1/batches", Objects, ServerAndBody),
    get("/v1/batches", Objects, Server),
    get("/v1/batches/{any}", Objects, Server),
    post("/v1/batches/{any}/cancel", Objects, Server),
    get("/v1/responses/{any}", Objects, Server),
    get("/v1/responses/{any}/input_items", Objects, Server),
    post("/v1/responses/{any}/cancel", Objects, Server),
    delete("/v1/responses/{any}", Objects, Server),
    get("/v1/chat/completions", Objects, Server),
    get("/v1/chat/completions/{any}", Objects, Server),
    get("/v1/chat/completions/{any}/messages", Objects, Server),
    delete("/v1/chat/completions/{any}", Objects, Server),
    post("/v1/conversations", Objects, ServerAndBody),
    get("/v1/conversations/{any}", Objects, Server),
    get("/v1/conversations/{any}/items", Objects, Server),
    delete("/v1/conversations/{any}", Objects, Server),
    get("/v1/videos/{any}", Objects, Server),
    get("/v1/videos/{any}/content", Objects, Server),
    delete("/v1/videos/{any}", Objects, Server),
];

const SERVER: &[Endpoint] = &[
    // LiteLLM asks every model, and says which there are
    get("/health", Metrics, Server),
    get("/v1/health", Metrics, Server),
    get("/health/liveness", Health, Server),
    get("/health/liveliness", Health, Server),
    get("/health/readiness", Health, Server),
    get("/metrics", Metrics, Server),
];
