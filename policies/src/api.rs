//! The serving protocols that there is a profile for.

use serde::{Deserialize, Serialize};

use crate::profile::{self, Profile};

/// One line a protocol: all that there is to say of it beside its own file.
macro_rules! protocols {
    ($($api:ident = $name:literal, $module:ident;)*) => {
        /// A protocol, by the name of its profile in `policies/src/profile`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[expect(missing_docs, reason = "each is explained in its profile and in docs/protocols.md")]
        pub enum Api {
            $(#[serde(rename = $name)] $api,)*
        }

        impl Api {
            /// Every protocol.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$api),*];

            /// The name used in access files, bundles and audit events.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$api => $name,)*
                }
            }

            /// The servers that speak it, for people: the filter says nothing of them.
            #[must_use]
            pub const fn servers(self) -> &'static str {
                match self {
                    $(Self::$api => profile::$module::SERVERS,)*
                }
            }

            /// What is known of the protocol.
            #[must_use]
            pub const fn profile(self) -> &'static Profile {
                match self {
                    $(Self::$api => &profile::$module::PROFILE,)*
                }
            }
        }
    };
}

protocols! {
    Seldon = "seldon", seldon;
    SeldonV2 = "seldon-v2", seldon_v2;
    KServe = "kserve", kserve;
    OpenInference = "open-inference", open_inference;
    Triton = "triton", triton;
    OpenAi = "openai", openai;
    Anthropic = "anthropic", anthropic;
    BentoMl = "bentoml", bentoml;
    MlFlow = "mlflow", mlflow;
    TfServing = "tfserving", tfserving;
    TorchServe = "torchserve", torchserve;
}
