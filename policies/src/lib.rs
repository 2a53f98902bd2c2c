//! The pure core: what a policy means at request time.
//!
//! No clock, no I/O, no logging: heads, body chunks, keys, signature results and the time go in as values, steps come out.

pub mod action;
pub mod algorithm;
pub mod api;
pub mod audit;
pub mod authorize;
pub mod base64url;
pub mod bundle;
mod claims;
pub mod decision;
pub mod digest;
pub mod discovery;
pub mod engine;
pub mod exchange;
pub mod facts;
pub mod guard;
pub mod head;
pub mod json;
pub mod keys;
pub mod mesh;
pub mod offline;
pub mod principal;
pub mod profile;
mod query;
pub mod signature;
mod sorted;
pub mod step;
pub mod time;
pub mod token;
pub mod verify;

pub use scan;
