//! The Cedar schema and the entities under it.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cedar_policy::{EntityId, EntityTypeName, EntityUid, Schema, Validator, pst};
use policies::action::Action;
use policies::bundle::ClaimKind;

use crate::policy::{Attributes, Gate, Term};

/// The published schema.
const PUBLISHED: &str = include_str!("../../../policies/cedar/schema.cedarschema");
/// What a gate's attributes take the place of.
const NO_CLAIMS: &str = "type Claims = {};";

/// And its time zones.
const NO_ZONES: &str = "type Zones = {};";
/// And its header fields.
const NO_HEADERS: &str = "type Headers = {};";

/// The schema of one gate: the published one with the gate's attributes.
#[derive(Debug)]
pub struct GateSchema {
    /// in Cedar's own syntax
    pub text: String,
    /// judges policies by it
    pub validator: Arc<Validator>,
    /// what it was made with
    pub attributes: Attributes,
    /// names of time zones
    pub zones: BTreeSet<String>,
    /// names of header fields
    pub headers: BTreeSet<String>,
}

impl GateSchema {
    /// With the gate's attributes, time zones and header fields; their names are identifiers, names of zones and of header fields,
    /// so that nothing else can stand there.
    #[must_use]
    pub fn new(gate: &Gate) -> Self {
        let text = PUBLISHED.replacen(NO_CLAIMS, &claims(&gate.attributes), 1);
        let text = text.replacen(NO_ZONES, &clocks(&gate.zones), 1);
        let text = text.replacen(NO_HEADERS, &headers(&gate.headers), 1);
        Self {
            validator: validator(&text),
            text,
            attributes: gate.attributes.clone(),
            zones: gate.zones.clone(),
            headers: gate.headers.clone(),
        }
    }

    /// The text, parsed.
    #[must_use]
    pub fn parsed(&self) -> &Schema {
        self.validator.schema()
    }
}

/// Of a schema's text. To parse it is most of what a small compile costs, and who compiles again has the same gate mostly: the
/// last one is kept.
fn validator(text: &str) -> Arc<Validator> {
    static LAST: Mutex<Option<(String, Arc<Validator>)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, validator)) = last.as_ref().filter(|(of, _)| of == text) {
        return Arc::clone(validator);
    }
    let parsed = Schema::from_str(text)
        .expect("the published schema is valid, and attributes are identifiers: a test loads it");
    let validator = Arc::new(Validator::new(parsed));
    *last = Some((text.to_owned(), Arc::clone(&validator)));
    validator
}

fn clocks(zones: &BTreeSet<String>) -> String {
    if zones.is_empty() {
        return NO_ZONES.to_owned();
    }
    let line = |zone: &String| format!("  \"{zone}\": {{ hour: Long, weekday: Long }},\n");
    let lines: String = zones.iter().map(line).collect();
    format!("type Zones = {{\n{lines}}};")
}

fn headers(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return NO_HEADERS.to_owned();
    }
    let line = |name: &String| format!("  \"{name}\"?: String,\n");
    let lines: String = names.iter().map(line).collect();
    format!("type Headers = {{\n{lines}}};")
}

fn claims(attributes: &Attributes) -> String {
    if attributes.is_empty() {
        return NO_CLAIMS.to_owned();
    }
    let line = |(name, kind): (&String, &ClaimKind)| {
        let kind = match kind {
            ClaimKind::Text => "String",
            ClaimKind::Number => "Long",
            ClaimKind::Boolean => "Bool",
            ClaimKind::List | ClaimKind::Words => "Set<String>",
        };
        format!("  {name}?: {kind},\n")
    };
    let lines: String = attributes.iter().map(line).collect();
    format!("type Claims = {{\n{lines}}};")
}

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
    use super::*;

    fn gate() -> Gate {
        Gate {
            attributes: Attributes::new(),
            zones: BTreeSet::new(),
            headers: BTreeSet::new(),
            ..crate::fixture::policy_with(Vec::new(), None).gate
        }
    }

    #[test]
    fn the_schema_has_exactly_the_actions_of_the_core() {
        let schema = GateSchema::new(&gate());
        let in_schema: BTreeSet<String> = schema
            .parsed()
            .actions()
            .map(|uid| uid.id().unescaped().to_owned())
            .collect();
        let in_core: BTreeSet<String> = Action::ALL.map(|action| action.name().to_owned()).into();
        assert_eq!(in_schema, in_core);
    }

    #[test]
    fn a_gate_has_its_own_claims() {
        let plain = GateSchema::new(&gate());
        assert_eq!(plain.text, PUBLISHED);
        let words = [
            "mfa",
            "type",
            "entity",
            "action",
            "context",
            "principal",
            "Long",
            "a_1",
        ];
        let words = words.map(|name| (name.to_owned(), ClaimKind::Words));
        let zones = BTreeSet::from(["America/Argentina/Buenos_Aires".to_owned()]);
        let text = GateSchema::new(&Gate {
            attributes: words.into(),
            zones,
            headers: BTreeSet::from(["x-purpose".to_owned()]),
            ..gate()
        })
        .text;
        assert!(text.contains("  \"x-purpose\"?: String,\n"), "{text}");
        assert!(
            text.contains("  \"America/Argentina/Buenos_Aires\": {"),
            "{text}"
        );
        assert!(text.contains("  mfa?: Set<String>,\n"), "{text}");
    }

    #[test]
    fn entities_know_their_kind() {
        for kind in Entity::ALL {
            assert_eq!(Entity::of(&kind.uid("a/b")), Some(kind));
        }
    }
}
