//! The pure core: what a policy means at request time.
//!
//! No clock, no I/O, no logging: heads, body chunks, keys, signature results and the time go in as values, steps come out.

pub mod action;
pub mod bundle;
pub mod decision;
