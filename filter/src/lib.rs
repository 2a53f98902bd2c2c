//! The filter: does what the core says. Envoy's callbacks become values for [`policies::exchange::Exchange`], its steps become
//! host calls. Anything unexpected is refused.

#![expect(missing_docs, reason = "the entry point is made by the SDK's macro")]

use proxy_wasm::types::ContextType;

mod fetch;
mod host;
mod http;
mod metrics;
mod remembered;
mod root;
mod sink;
mod verifier;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| -> Box<dyn proxy_wasm::traits::RootContext> { Box::new(root::Root::default()) });
}}

/// Every context made by the root is for HTTP.
const CONTEXT: ContextType = ContextType::HttpContext;
