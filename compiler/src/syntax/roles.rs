//! A `Roles` document: names for lists of principals, and for groups of actions, that the rules of a namespace share.

use policies::action::Action;

use super::fields::Fields;
use super::metadata::Metadata;
use super::value::Value;
use super::who::Principals;
use super::{Spanned, Text};

/// A `Roles` as written.
#[derive(Debug, Clone)]
pub struct Roles {
    /// `metadata.namespace`
    pub namespace: Text,
    /// `metadata.name`
    pub name: Text,
    /// `spec.roles`
    pub roles: Vec<Role>,
    /// `spec.actions`
    pub actions: Vec<Group>,
}

/// An item of `spec.roles`.
#[derive(Debug, Clone)]
pub struct Role {
    /// what rules call it
    pub name: Text,
    /// whoever is one of these has it
    pub who: Principals,
}

/// An item of `spec.actions`: a group of actions.
#[derive(Debug, Clone)]
pub struct Group {
    /// what `can` of rules calls it
    pub name: Text,
    /// what it stands for
    pub can: Vec<Spanned<Action>>,
}

impl Roles {
    /// Reads the rest of a document of this kind.
    pub(super) fn read(document: Fields<'_>) -> Option<Self> {
        let (metadata, mut spec) = Metadata::and_spec(document)?;
        let roles = Self {
            namespace: metadata.namespace?,
            name: metadata.name,
            roles: spec.optional_list("roles", role).unwrap_or_default(),
            actions: spec.optional_list("actions", group).unwrap_or_default(),
        };
        spec.either(["roles", "actions"]);
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

fn group(value: Value<'_>) -> Option<Group> {
    let mut fields = value.fields("a group of actions")?;
    let action =
        |value: Value<'_>| value.choice(&Action::ALL.map(|action| (action.name(), action)));
    let group = Group {
        name: fields.text("name"),
        can: fields.list("can", action),
    };
    fields.finish();
    Some(group)
}
