//! The serving protocols that there is a profile for.

use serde::{Deserialize, Serialize};

/// A protocol profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Api {
    /// Seldon Core 1
    #[serde(rename = "seldon")]
    Seldon,
    /// Seldon Core 2, REST
    #[serde(rename = "seldon-v2")]
    SeldonV2,
    /// KServe's Python server: V1 and V2, REST
    #[serde(rename = "kserve")]
    KServe,
    /// Open Inference Protocol V2, as MLServer serves it
    #[serde(rename = "open-inference")]
    OpenInference,
    /// NVIDIA Triton, REST
    #[serde(rename = "triton")]
    Triton,
    /// OpenAI-style, with the forms of vLLM, llama.cpp and Ollama
    #[serde(rename = "openai")]
    OpenAi,
    /// Anthropic messages
    #[serde(rename = "anthropic")]
    Anthropic,
    /// BentoML
    #[serde(rename = "bentoml")]
    BentoMl,
    /// MLflow's scoring server
    #[serde(rename = "mlflow")]
    MlFlow,
    /// TensorFlow Serving, REST
    #[serde(rename = "tfserving")]
    TfServing,
    /// TorchServe, REST
    #[serde(rename = "torchserve")]
    TorchServe,
}

impl Api {
    /// Every profile.
    pub const ALL: [Self; 11] = [
        Self::Seldon,
        Self::SeldonV2,
        Self::KServe,
        Self::OpenInference,
        Self::Triton,
        Self::OpenAi,
        Self::Anthropic,
        Self::BentoMl,
        Self::MlFlow,
        Self::TfServing,
        Self::TorchServe,
    ];

    /// The name used in access files, bundles and audit events.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Seldon => "seldon",
            Self::SeldonV2 => "seldon-v2",
            Self::KServe => "kserve",
            Self::OpenInference => "open-inference",
            Self::Triton => "triton",
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::BentoMl => "bentoml",
            Self::MlFlow => "mlflow",
            Self::TfServing => "tfserving",
            Self::TorchServe => "torchserve",
        }
    }

    /// Whether the backend alone says which model a request is about (no name in the request after the route's prefix).
    #[must_use]
    pub const fn one_model_a_backend(self) -> bool {
        matches!(self, Self::Seldon | Self::BentoMl | Self::MlFlow)
    }
}
