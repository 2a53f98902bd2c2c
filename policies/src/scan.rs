//! Incremental scanners: constant memory, each byte seen once, any chunking gives the same answer.

mod aliases;
#[cfg(test)]
mod chunkings;
pub mod json;
mod lanes;
mod models;
pub mod multipart;
pub mod protobuf;
pub(crate) mod runs;
mod text;

/// Longest model name in bytes.
pub const MAX_MODEL: usize = 256;
/// Longest version in bytes.
pub const MAX_VERSION: usize = 64;

/// A model that a body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// by its name
    pub model: String,
    /// the version that is named with it; a text of at most [`MAX_VERSION`] bytes
    pub version: Option<String>,
}

/// What all scanners have.
pub trait Scan {
    /// Reads the next bytes; a problem stays.
    ///
    /// # Errors
    /// See [`ScanError`].
    fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError>;
    /// The models whose names are complete since this was last asked.
    fn take_models(&mut self) -> Vec<Named>;
    /// Whether the body is whole, and has named what it must.
    ///
    /// # Errors
    /// See [`ScanError`].
    fn finish(&self) -> Result<(), ScanError>;
    /// Bytes of memory that it has.
    fn held(&self) -> usize;
}

macro_rules! scan {
    ($($scanner:ty),*) => {$(
        impl Scan for $scanner {
            fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
                <$scanner>::feed(self, bytes)
            }
            fn take_models(&mut self) -> Vec<Named> {
                <$scanner>::take_models(self)
            }
            fn finish(&self) -> Result<(), ScanError> {
                <$scanner>::finish(self)
            }
            fn held(&self) -> usize {
                <$scanner>::held(self)
            }
        }
    )*};
}
scan!(json::Scanner, multipart::Scanner, protobuf::Scanner);

/// Why a body is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// not JSON, a form or gRPC messages as they are to be, or not whole
    #[error("the body cannot be read in exactly one way")]
    Malformed,
    /// a gRPC message that is compressed
    #[error("a message is compressed")]
    Compressed,
    /// a gRPC message above the limit
    #[error("a message is too large")]
    TooLarge,
    /// an object, form or message ended without a model
    #[error("the body names no model")]
    Missing,
    /// the model is no text, or too long
    #[error("the body's model is not a name")]
    NotAName,
    /// more than one way to read which model is meant
    #[error("the body names a model more than once")]
    Conflict,
}
