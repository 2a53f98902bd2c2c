//! A `Roles` document: names for lists of principals that the rules of a namespace share.

use super::Text;
use super::fields::Fields;
use super::metadata::Metadata;
use super::value::Value;
use super::who::Principals;

/// A `Roles` as written.
#[derive(Debug, Clone)]
pub struct Roles {
    /// `metadata.namespace`
    pub namespace: Text,
    /// `metadata.name`
    pub name: Text,
    /// `spec.roles`
    pub roles: Vec<Role>,
}

/// An item of `spec.roles`.
#[derive(Debug, Clone)]
pub struct Role {
    /// what rules call it
    pub name: Text,
    /// whoever is one of these has it
    pub who: Principals,
}

impl Roles {
    /// Reads the rest of a document of this kind.
    pub(super) fn read(document: Fields<'_>) -> Option<Self> {
        let (metadata, mut spec) = Metadata::and_spec(document)?;
        let roles = Self {
            namespace: metadata.namespace?,
            name: metadata.name,
            roles: spec.list("roles", role),
        };
        spec.finish();
        Some(roles)
    }
}

fn role(value: Value<'_>) -> Option<Role> {
    let mut fields = value.fields("a role")?;
    let role = Role {
        name: fields.text("name"),
        who: fields
            .required("who")
            .and_then(Principals::read)
            .unwrap_or_default(),
    };
    fields.finish();
    Some(role)
}
