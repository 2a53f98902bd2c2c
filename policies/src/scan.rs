//! Incremental scanners: constant memory, each byte seen once, any chunking gives the same answer.

pub mod json;
mod text;
