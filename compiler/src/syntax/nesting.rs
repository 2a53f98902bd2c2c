//! Fields that stand beside the field that they belong to: the commonest wrong indentation.

use super::Text;
use super::advice::one_line;
use super::node::Node;
use super::suggest;

/// What has the field, the field, and what belongs into it and is no field beside it.
const BELOW: [(&[&str], &str, &[&str]); 10] = [
    (
        &["the document"],
        "metadata",
        &["namespace", "name", "labels", "annotations"],
    ),
    (
        &["the document"],
        "spec",
        &[
            "models",
            "allow",
            "deny",
            "roles",
            "actions",
            "target",
            "tests",
            "issuers",
            "defaultIssuer",
            "namespaces",
            "install",
            "grants",
            "guardrails",
            "body",
            "audit",
            "conditions",
        ],
    ),
    (
        &["an allow rule", "a deny rule"],
        "who",
        &[
            "users",
            "groups",
            "serviceAccounts",
            "roles",
            "everyone",
            "all",
            "through",
        ],
    ),
    (&["a role"], "who", &["users", "groups", "serviceAccounts"]),
    (
        &["a test"],
        "who",
        &[
            "user",
            "groups",
            "issuer",
            "serviceAccount",
            "client",
            "claims",
            "peer",
            "nobody",
        ],
    ),
    (
        &["a test"],
        "request",
        &["method", "host", "path", "headers", "body", "at", "address"],
    ),
    (&["a test"], "expect", &["verdict", "reason", "status"]),
    (
        &["an issuer"],
        "claims",
        &[
            "user",
            "groups",
            "serviceAccount",
            "serviceAccountWhen",
            "unverifiedEmail",
            "attributes",
        ],
    ),
    (&["an install target"], "gateway", &["namespace", "labels"]),
    (&["an install target"], "sidecars", &["namespaces"]),
];

/// Longest text that is written out.
const LONGEST: usize = 80;

/// The field into which one of this name belongs, where it stands in this mapping itself.
pub fn home(what: &str, field: &str) -> Option<&'static str> {
    let mut rows = BELOW.iter();
    let row = rows.find(|(owners, _, below)| owners.contains(&what) && below.contains(&field));
    row.map(|(_, home, _)| *home)
}

/// Whether a field of this name belongs into the other, whatever has that one.
pub fn is_below(home: &str, field: &str) -> bool {
    let mut rows = BELOW.iter();
    rows.any(|(_, owner, below)| *owner == home && below.contains(&field))
}

/// How to put them below their field, which has no value.
pub fn indented(strays: &[&(Text, Node)]) -> String {
    format!("indent {} by two more blanks", names(strays))
}

/// How to put them below their field, which is missing.
pub fn below(field: &str, strays: &[&(Text, Node)]) -> String {
    let written = strays.iter().map(|(key, node)| {
        let value = one_line(node)?;
        Some(format!("{}: {value}", key.value))
    });
    let written: Option<Vec<String>> = written.collect();
    let written = written.map(|fields| fields.join(", "));
    if let Some(fields) = written.filter(|fields| fields.chars().count() <= LONGEST) {
        return format!("write `{field}: {{ {fields} }}`");
    }
    let first = strays.first().map_or("", |(key, _)| key.value.as_str());
    format!(
        "write a line `{field}:` above `{first}`, and {}",
        indented(strays)
    )
}

fn names(strays: &[&(Text, Node)]) -> String {
    suggest::list(strays.iter().map(|(key, _)| key.value.as_str()))
}

/// That they belong to it.
pub fn belong(field: &str, strays: &[&(Text, Node)]) -> String {
    let verb = if strays.len() == 1 {
        "belongs"
    } else {
        "belong"
    };
    format!("`{field}` has no value: {} {verb} to it", names(strays))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value as Json;

    use super::BELOW;
    use crate::syntax::{KINDS, schema};

    /// The fields of each mapping of a schema, with those of the mappings in them.
    fn mappings<'a>(schema: &'a Json, found: &mut Vec<&'a serde_json::Map<String, Json>>) {
        match schema {
            Json::Object(object) => {
                found.extend(object.get("properties").and_then(Json::as_object));
                object.values().for_each(|value| mappings(value, found));
            }
            Json::Array(items) => items.iter().for_each(|item| mappings(item, found)),
            _ => {}
        }
    }

    /// The readers know these fields there, and not one level further out.
    #[test]
    fn fields_belong_where_the_readers_look_for_them() {
        let schemas: Vec<Json> = KINDS
            .iter()
            .map(|kind| schema(kind, &|_| None).unwrap())
            .collect();
        let mut all = Vec::new();
        schemas.iter().for_each(|schema| mappings(schema, &mut all));
        for (_, home, below) in BELOW {
            let outer = all.iter().filter(|fields| fields.contains_key(home));
            let fitting: Vec<_> = outer
                .filter(|fields| !below.iter().any(|name| fields.contains_key(*name)))
                .collect();
            let mut known = BTreeSet::new();
            for inner in fitting.iter().filter_map(|fields| fields.get(home)) {
                let mut within = Vec::new();
                mappings(inner, &mut within);
                known.extend(within.into_iter().flat_map(|fields| fields.keys()));
            }
            for name in below {
                assert!(known.contains(&(*name).to_owned()), "{home}: {name}");
            }
        }
    }
}
