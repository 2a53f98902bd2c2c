//! What the tests share: real processes, and a client that sends exactly what it is told to.

pub mod audit;
pub mod backend;
pub mod cases;
pub mod envoy;
pub mod http;
pub mod identity;
pub mod import;
pub mod memory;
pub mod mutation;
pub mod organisation;
pub mod process;
pub mod setup;
pub mod tidy;
pub mod token;
