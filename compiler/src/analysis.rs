//! Questions about what files mean, answered for every request at once: who may do something, what a change lets whom do,
//! which rule says nothing.
//!
//! Nothing is sampled. All requests fall into finitely many classes: the kind of caller (a user or service account of an
//! issuer, a workload), the class of the model's name, the action; and inside of these every condition is a test of one
//! property, each with a few classes of its values. [`solve`](solve::solve) searches them completely and gives a request for
//! whatever it finds. A request is one that the gate's issuers can make true; claims that an issuer requires are left open,
//! so that an answer may speak of a token that the issuer would never write.

pub mod access;
pub mod answers;
pub mod around;
pub mod beside;
pub mod caller;
pub mod change;
pub mod effort;
pub mod elsewhere;
pub mod example;
pub mod models;
pub mod offers;
pub mod places;
pub mod recorded;
pub mod rules;
pub mod seen;
pub mod still;
pub mod why;
pub mod words;

mod alike;
mod domain;
mod formula;
mod names;
mod numbered;
mod relevant;
mod shared;
mod solve;
mod spelled;
mod supposed;
mod written;

pub use access::{Access, Outcome};
pub use change::{Change, Comparison, Trial, Trials, compare};
pub use domain::USUAL;
pub use example::Example;
pub use rules::Side;

#[cfg(test)]
pub(crate) mod tests;
