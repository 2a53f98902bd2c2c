//! What the rules of a bundle ask of requests, for those who read them.

use super::Engine;
use crate::facts;

impl Engine {
    /// Whether a rule asks for the client's address.
    #[must_use]
    pub fn asks_address(&self) -> bool {
        self.bundle.facts.iter().any(|fact| fact == facts::ADDRESS)
    }

    /// Whether a rule asks for versions of models.
    #[must_use]
    pub fn asks_versions(&self) -> bool {
        self.bundle.facts.iter().any(|fact| fact == facts::VERSION)
    }
}
