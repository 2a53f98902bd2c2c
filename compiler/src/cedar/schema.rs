//! The Cedar schema and the entities under it.

use std::str::FromStr;
use std::sync::LazyLock;

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Schema, pst};
use policies::action::Action;

use crate::policy::Term;

/// The published schema.
pub const SCHEMA: &str = include_str!("../../../policies/cedar/schema.cedarschema");

/// The kinds of entity that policies name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// `User::"ISSUER/NAME"`
    User,
    /// `Group::"ISSUER/NAME"`
    Group,
    /// `ServiceAccount::"NAMESPACE-OR-ISSUER/NAME"`
    ServiceAccount,
    /// `Namespace::"NAME"`
    Namespace,
    /// `Pattern::"NAMESPACE/BEGINNING*"`
    Pattern,
    /// `Model::"NAMESPACE/NAME"`
    Model,
    /// `Action::"NAME"`
    Action,
}

impl Entity {
    const ALL: [Self; 7] = [
        Self::User,
        Self::Group,
        Self::ServiceAccount,
        Self::Namespace,
        Self::Pattern,
        Self::Model,
        Self::Action,
    ];

    /// Its Cedar type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServiceAccount => "ServiceAccount",
            Self::Namespace => "Namespace",
            Self::Pattern => "Pattern",
            Self::Model => "Model",
            Self::Action => "Action",
        }
    }

    /// The kind of a Cedar entity.
    #[must_use]
    pub fn of(uid: &pst::EntityUID) -> Option<Self> {
        let name = uid.ty.to_string();
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The Cedar entity of this kind with this id.
    #[must_use]
    pub fn uid(self, id: &str) -> pst::EntityUID {
        static TYPES: LazyLock<Vec<pst::EntityType>> =
            LazyLock::new(|| Entity::ALL.map(Entity::entity_type).to_vec());
        pst::EntityUID {
            ty: TYPES[self as usize].clone(),
            eid: id.into(),
        }
    }

    /// The same for cedar-policy's authorizer.
    #[must_use]
    pub fn entity_uid(self, id: &str) -> EntityUid {
        static NAMES: LazyLock<Vec<EntityTypeName>> =
            LazyLock::new(|| Entity::ALL.map(Entity::type_name).to_vec());
        EntityUid::from_type_name_and_id(NAMES[self as usize].clone(), EntityId::new(id))
    }

    fn type_name(self) -> EntityTypeName {
        self.name()
            .parse()
            .expect("every name above is a Cedar identifier")
    }

    fn entity_type(self) -> pst::EntityType {
        let name = pst::Name::unqualified(self.name());
        pst::EntityType::from_name(name.expect("every name above is a Cedar identifier"))
    }
}

impl Term {
    /// The Cedar entity of a term.
    #[must_use]
    pub fn uid(&self) -> pst::EntityUID {
        match self {
            Self::User(id) => Entity::User.uid(id),
            Self::Group(id) => Entity::Group.uid(id),
            Self::ServiceAccount(id) => Entity::ServiceAccount.uid(id),
        }
    }
}

/// The parsed schema.
#[must_use]
pub fn schema() -> &'static Schema {
    static PARSED: LazyLock<Schema> = LazyLock::new(|| {
        Schema::from_str(SCHEMA).expect("the published schema is valid: a test loads it")
    });
    &PARSED
}

/// The action that a Cedar entity stands for.
#[must_use]
pub fn action_of(uid: &pst::EntityUID) -> Option<Action> {
    if Entity::of(uid) == Some(Entity::Action) {
        Action::from_str(&uid.eid).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_schema_has_exactly_the_actions_of_the_core() {
        let schema = schema();
        let in_schema: BTreeSet<String> = schema
            .actions()
            .map(|uid| uid.id().unescaped().to_owned())
            .collect();
        let in_core: BTreeSet<String> = Action::ALL.map(|action| action.name().to_owned()).into();
        assert_eq!(in_schema, in_core);
    }

    #[test]
    fn entities_know_their_kind() {
        for kind in Entity::ALL {
            assert_eq!(Entity::of(&kind.uid("a/b")), Some(kind));
        }
    }
}
