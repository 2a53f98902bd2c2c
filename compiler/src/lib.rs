//! What a person wrote -> what machines load: texts in, values and diagnostics out. No files, no clock, no environment.

pub mod analysis;
pub mod cases;
pub mod cedar;
pub mod checks;
pub mod coverage;
pub mod diagnostic;
pub mod envoy;
#[cfg(test)]
mod fixture;
pub mod format;
pub mod import;
pub mod istio;
pub mod lints;
pub mod load;
pub mod lower;
pub mod mutate;
pub mod output;
pub mod policy;
pub mod referee;
pub mod replay;
pub mod schema;
mod scripts;
pub mod source;
pub mod starter;
pub mod syntax;
pub mod zone;

pub use load::{Loaded, load};
