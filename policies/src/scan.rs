//! Incremental scanners: constant memory, each byte seen once, any chunking gives the same answer.

pub mod json;
pub mod protobuf;
mod text;

/// Longest model name in bytes.
pub const MAX_MODEL: usize = 256;

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// not one JSON object, or not whole gRPC messages
    #[error("the body cannot be read in exactly one way")]
    Malformed,
    /// a gRPC message that is compressed
    #[error("a message is compressed")]
    Compressed,
    /// a gRPC message above the limit
    #[error("a message is too large")]
    TooLarge,
    /// the object or message ended without a model
    #[error("the body names no model")]
    Missing,
    /// the model is no text, or too long
    #[error("the body's model is not a name")]
    NotAName,
    /// more than one way to read which model is meant
    #[error("the body names a model more than once")]
    Conflict,
}
