//! Incremental scanners of bodies: constant memory, each byte seen once, any chunking gives the same answer.
//!
//! The entries are not inlined: the proxy's memory grows with the module's largest function. A crate of its own because the module builds it to be fast, and all else to be small.

mod aliases;
#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod chunkings;
pub mod json;
mod lanes;
mod models;
pub mod multipart;
mod planes;
pub mod protobuf;
pub mod runs;
mod strings;
mod text;

pub use models::{Models, Named};

/// Longest model name in bytes.
pub const MAX_MODEL: usize = 256;
/// Longest version in bytes.
pub const MAX_VERSION: usize = 64;

/// Bytes that may stand in a model's name.
static IN_A_NAME: [bool; 256] = in_a_name();

/// Whether a model can be called so: letters, digits and a few marks that no reader takes for something else, and no part between `/` that
/// begins with a dot.
#[must_use]
pub fn is_model_name(name: &[u8]) -> bool {
    let begins = name.first().is_some_and(u8::is_ascii_alphanumeric);
    let mut before = b' ';
    let fits = |byte: &u8| {
        // gateways write names into paths, and then `..` leads to another one
        let begins_dotted = before == b'/' && *byte == b'.';
        before = *byte;
        !begins_dotted && IN_A_NAME.get(usize::from(*byte)) == Some(&true)
    };
    begins && name.len() <= MAX_MODEL && name.iter().all(fits)
}

const fn in_a_name() -> [bool; 256] {
    let mut table = [false; 256];
    let (mut rest, mut byte) = (table.as_mut_slice(), 0_u8);
    while let [fits, after @ ..] = rest {
        let mark = matches!(byte, b'.' | b'_' | b':' | b'@' | b'/' | b'-');
        *fits = byte.is_ascii_alphanumeric() || mark;
        (rest, byte) = (after, byte.wrapping_add(1));
    }
    table
}

/// What all scanners have.
pub trait Scan {
    /// Reads the next bytes; a problem stays.
    ///
    /// # Errors
    /// See [`ScanError`].
    fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError>;
    /// The models whose names are complete since this was last asked.
    fn take_models(&mut self) -> Models;
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
            fn take_models(&mut self) -> Models {
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
    /// more keys, names or parts than are read of one body
    #[error("the body has more keys, names or parts than are read")]
    TooMany,
    /// more than one way to read which model is meant
    #[error("the body names a model more than once")]
    Conflict,
}
