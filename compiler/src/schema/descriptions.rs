//! What each field means, in the order in which it is best written. Every field that a reader asks for has its line here, and
//! every line its field: a test compares them.

mod access;
mod gate;

use access::{ACCESS, COMMON, ROLES, TEST};
use gate::GATE;

/// Mappings that are described once: the first has the fields of the second.
const SAME: [(&str, &str); 2] = [
    ("spec.deny.", "spec.allow."),
    (
        "spec.issuers.claims.serviceAccountWhen.",
        "spec.issuers.requiredClaims.",
    ),
];

/// The text of a field by its path, such as `spec.models.name`; of the document itself by an empty one.
pub(super) fn text(kind: &str, path: &str) -> Option<&'static str> {
    let exact = |path: &str| {
        let mut rows = rows(kind);
        rows.find(|(known, _)| *known == path).map(|row| row.1)
    };
    exact(path).or_else(|| exact(&alike(path)?))
}

/// The names of the fields of a mapping by its path, in the order in which they are best written.
#[must_use]
pub fn order(kind: &str, path: &str) -> Vec<&'static str> {
    let own = children(kind, path);
    let Some(same) = alike(&format!("{path}.")) else {
        return own;
    };
    let mut names = children(kind, same.trim_end_matches('.'));
    names.extend(own);
    names
}

fn children(kind: &str, path: &str) -> Vec<&'static str> {
    let inner = rows(kind).filter_map(|(known, _)| match path {
        "" => Some(*known),
        path => known.strip_prefix(path)?.strip_prefix('.'),
    });
    inner
        .filter(|name| !name.is_empty() && !name.contains('.'))
        .collect()
}

fn alike(path: &str) -> Option<String> {
    SAME.iter()
        .find_map(|(from, to)| Some(format!("{to}{}", path.strip_prefix(from)?)))
}

fn rows(kind: &str) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    let own = match kind {
        "ModelAccess" => ACCESS,
        "ModelGate" => GATE,
        "Roles" => ROLES,
        "AccessTest" => TEST,
        _ => &[],
    };
    COMMON.iter().chain(own)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_is_described_and_every_description_has_its_field() {
        for kind in crate::syntax::KINDS {
            let asked = RefCell::new(BTreeSet::from([String::new()]));
            let describe = |path: &str| {
                asked.borrow_mut().insert(path.to_owned());
                None
            };
            assert!(crate::syntax::schema(kind, &describe).is_some());
            let asked = asked.into_inner();
            for path in &asked {
                let plain = kind == "ModelGate" && path == "metadata.namespace";
                assert!(plain || text(kind, path).is_some(), "{kind}: {path}");
            }
            for (path, _) in rows(kind) {
                let mesh = kind == "ModelGate" && *path == "metadata.namespace";
                assert!(mesh || asked.contains(*path), "{kind}: {path}");
            }
        }
    }

    #[test]
    fn fields_come_in_the_order_of_their_descriptions() {
        assert_eq!(
            order("ModelAccess", "spec.deny"),
            [
                "who", "can", "models", "versions", "when", "until", "because"
            ]
        );
        assert_eq!(
            order("ModelAccess", ""),
            ["apiVersion", "kind", "metadata", "spec"]
        );
    }
}
