//! Sets of models by name, and how they meet. Two patterns are nested or disjoint, never half overlapping: a pattern is one
//! beginning. So every intersection is exact.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use cedar_policy::pst::EntityUID;

use crate::cedar::Entity;

use super::refusal::Refusal;

/// One model, or all models of a namespace with one beginning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    /// owner
    pub namespace: String,
    /// the name or the beginning, without `*`
    pub name: String,
    /// whether `name` is a beginning; with an empty one it is the whole namespace
    pub open: bool,
}

/// The models that a policy speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resources {
    /// every model
    All,
    /// those covered by one of these; none covers another. Many policies of a file speak of the same
    Of(Arc<BTreeSet<Pattern>>),
}

impl Pattern {
    /// From a name as access files write it.
    #[must_use]
    pub fn named(namespace: &str, name: &str) -> Self {
        let (name, open) = name
            .strip_suffix('*')
            .map_or((name, false), |beginning| (beginning, true));
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            open,
        }
    }

    /// One name, whatever is in it.
    #[must_use]
    pub fn exact(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            open: false,
        }
    }

    /// From the form that `Display` writes.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (namespace, name) = text.split_once('/').unwrap_or((text, "*"));
        Self::named(namespace, name)
    }

    /// From what stands right of `resource in` (`in_hierarchy`) or `resource ==`.
    pub fn of(uid: &EntityUID, in_hierarchy: bool) -> Result<Self, Refusal> {
        let never = |help: &str| Err(Refusal::entity(uid, "covers no model", help));
        let id = uid.eid.as_str();
        match (Entity::of(uid), id.split_once('/')) {
            (Some(Entity::Namespace), None) if in_hierarchy => Ok(Self::named(id, "*")),
            (Some(Entity::Pattern), Some((namespace, name)))
                if in_hierarchy && is_pattern(name) =>
            {
                Ok(Self::named(namespace, name))
            }
            (Some(Entity::Model), Some((namespace, name))) if !name.contains('*') => {
                Ok(Self::named(namespace, name))
            }
            (Some(Entity::Model), Some(_)) => {
                never("write `resource in Pattern::\"NAMESPACE/BEGINNING*\"` for several models")
            }
            (Some(Entity::Namespace | Entity::Pattern), _) if !in_hierarchy => {
                never("write `in` instead of `==`")
            }
            (Some(Entity::Pattern), _) => {
                never("a pattern is `NAMESPACE/BEGINNING*` with one `*`, at its end")
            }
            (Some(Entity::Namespace), _) => never("a namespace is one name, without `/`"),
            _ => never(
                "write `Model::\"NAMESPACE/NAME\"`, `Pattern::\"NAMESPACE/BEGINNING*\"` or `Namespace::\"NAME\"`",
            ),
        }
    }

    /// Whether every name that `other` covers is covered.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let same_namespace = self.namespace == other.namespace;
        same_namespace
            && if self.open {
                other.name.starts_with(&self.name)
            } else {
                self == other
            }
    }

    /// The name as bundles write it in a model entry.
    #[must_use]
    pub fn entry_name(&self) -> String {
        if self.open {
            format!("{}*", self.name)
        } else {
            self.name.clone()
        }
    }
}

/// The form of `Condition::ModelIn`.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.open && self.name.is_empty() {
            f.write_str(&self.namespace)
        } else {
            write!(f, "{}/{}", self.namespace, self.entry_name())
        }
    }
}

impl Resources {
    /// Those that any of these covers.
    #[must_use]
    pub fn of(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        // sorted, whatever a beginning covers follows it, or is the same name just before it
        let all: BTreeSet<Pattern> = patterns.into_iter().collect();
        let mut widest: Vec<Pattern> = Vec::with_capacity(all.len());
        for pattern in all {
            match widest.last() {
                Some(last) if last.covers(&pattern) => continue,
                Some(last) if pattern.covers(last) => {
                    widest.pop();
                }
                _ => {}
            }
            widest.push(pattern);
        }
        Self::Of(Arc::new(widest.into_iter().collect()))
    }

    /// Where they are kept: the same place has the same models, another may have them too. `None` for all.
    #[must_use]
    pub fn place(&self) -> Option<*const BTreeSet<Pattern>> {
        match self {
            Self::All => None,
            Self::Of(patterns) => Some(Arc::as_ptr(patterns)),
        }
    }

    /// Those in both.
    #[must_use]
    pub fn intersect(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, any) | (any, Self::All) => any,
            (Self::Of(left), Self::Of(right)) => {
                let pairs = left
                    .iter()
                    .flat_map(|one| right.iter().map(move |two| (one, two)));
                Self::of(pairs.filter_map(|(one, two)| {
                    if one.covers(two) {
                        Some(two.clone())
                    } else {
                        two.covers(one).then(|| one.clone())
                    }
                }))
            }
        }
    }

    /// Whether every name that the pattern covers is in the set.
    #[must_use]
    pub fn covers(&self, pattern: &Pattern) -> bool {
        match self {
            Self::All => true,
            Self::Of(patterns) => patterns.iter().any(|one| one.covers(pattern)),
        }
    }
}

fn is_pattern(name: &str) -> bool {
    name.strip_suffix('*')
        .is_some_and(|beginning| !beginning.contains('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Resources {
        Resources::of(names.iter().map(|name| Pattern::named("fraud", name)))
    }

    #[test]
    fn the_wider_pattern_stands_for_the_narrower() {
        assert_eq!(
            of(&["risk-*", "risk-a*", "risk-b", "x"]),
            of(&["risk-*", "x"])
        );
        assert_eq!(of(&["*", "risk-a*"]), of(&["*"]));
    }

    #[test]
    fn intersections_are_exact() {
        assert_eq!(
            of(&["*"]).intersect(of(&["risk-*", "x"])),
            of(&["risk-*", "x"])
        );
        assert_eq!(
            of(&["risk-*", "x"]).intersect(of(&["risk-a", "y"])),
            of(&["risk-a"])
        );
        assert_eq!(of(&["a*"]).intersect(of(&["b*"])), of(&[]));
        let other = Resources::of([Pattern::named("risk", "*")]);
        assert_eq!(of(&["*"]).intersect(other.clone()), of(&[]));
        assert_eq!(Resources::All.intersect(other.clone()), other);
    }

    #[test]
    fn entities_that_can_cover_nothing_are_refused() {
        for (kind, id, in_hierarchy) in [
            (Entity::Model, "fraud/risk-*", true),
            (Entity::Model, "fraud", true),
            (Entity::Pattern, "fraud/risk", true),
            (Entity::Pattern, "fraud/r*sk*", true),
            (Entity::Pattern, "fraud/risk*", false),
            (Entity::Namespace, "fraud", false),
            (Entity::Namespace, "fraud/x", true),
            (Entity::User, "corp/ann", true),
        ] {
            assert!(
                Pattern::of(&kind.uid(id), in_hierarchy).is_err(),
                "{kind:?} {id}"
            );
        }
        assert_eq!(
            Pattern::of(&Entity::Namespace.uid("fraud"), true)
                .unwrap()
                .to_string(),
            "fraud"
        );
        assert_eq!(
            Pattern::of(&Entity::Model.uid("fraud/a/b"), false)
                .unwrap()
                .to_string(),
            "fraud/a/b"
        );
    }
}
