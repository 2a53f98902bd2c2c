//! The tokens of everybody who plays a part, asked for as any client would ask.

use anyhow::Result;
use tests::identity::Identity;

/// Fresh tokens of everybody who plays a part.
#[derive(Debug)]
pub struct Tokens {
    /// ana@example.com, of risk-analytics
    pub analyst: String,
    /// rita@example.com, of risk-officers
    pub officer: String,
    /// sam@example.com, of support
    pub support: String,
    /// carl@example.com, of risk-analytics and contractors
    pub contractor: String,
    /// the client `checkout`
    pub checkout: String,
    /// the client `newsletter`
    pub newsletter: String,
}

impl Tokens {
    /// Asks for all of them.
    pub fn get(identity: &Identity) -> Result<Self> {
        Ok(Self {
            analyst: identity.person("ana@example.com")?,
            officer: identity.person("rita@example.com")?,
            support: identity.person("sam@example.com")?,
            contractor: identity.person("carl@example.com")?,
            checkout: identity.workload("checkout")?,
            newsletter: identity.workload("newsletter")?,
        })
    }
}
