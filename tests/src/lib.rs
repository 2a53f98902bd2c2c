//! What the tests share: real processes, and a client that sends exactly what it is told to.

pub mod cases;
pub mod envoy;
pub mod http;
pub mod mutation;
pub mod process;
pub mod tidy;
pub mod token;
