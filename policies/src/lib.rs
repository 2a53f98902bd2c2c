//! The pure core: what a policy means at request time.
//!
//! No clock, no I/O, no logging: heads, body chunks, keys, signature results and the time go in as values, steps come out.

pub mod action;
pub mod authorize;
pub mod base64url;
pub mod bundle;
pub mod decision;
pub mod digest;
pub mod engine;
pub mod json;
pub mod keys;
pub mod principal;
pub mod time;
