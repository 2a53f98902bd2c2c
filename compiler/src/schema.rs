//! JSON Schemas of the files, for editors and other people's programs: as the readers in [`crate::syntax`] have them, with a
//! text for each field. Draft 7, which every editor understands.

mod descriptions;

use serde_json::{Value, json};

use crate::syntax;

pub use descriptions::order;

/// Draft 7 of JSON Schema, by its name.
const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// What there is a schema of: each kind of document, and a file with documents of any kind.
pub const NAMES: [&str; 5] = ["access", "gate", "test", "roles", "any"];

/// The kind of document that a schema is of; `None` for any.
#[must_use]
pub fn kind(name: &str) -> Option<&'static str> {
    match name {
        "access" => Some("ModelAccess"),
        "gate" => Some("ModelGate"),
        "roles" => Some("Roles"),
        "test" => Some("AccessTest"),
        _ => None,
    }
}

/// The schema of this name of [`NAMES`].
#[must_use]
pub fn schema(name: &str) -> Value {
    let mut schema = match kind(name) {
        Some(kind) => of_kind(kind),
        None => any(),
    };
    if let Some(schema) = schema.as_object_mut() {
        let title = kind(name).unwrap_or("modelgate");
        schema.insert("$schema".into(), DRAFT.into());
        schema.insert("title".into(), title.into());
    }
    schema
}

fn of_kind(kind: &str) -> Value {
    let describe = |path: &str| descriptions::text(kind, path).map(str::to_owned);
    let mut schema = syntax::schema(kind, &describe).unwrap_or_default();
    if let (Some(schema), Some(text)) = (schema.as_object_mut(), descriptions::text(kind, "")) {
        schema.insert("description".into(), text.into());
    }
    schema
}

/// Only the schema of the document's own kind complains, so that an editor shows one list of problems and not three.
fn any() -> Value {
    let of_kinds = syntax::KINDS.map(|kind| {
        json!({
            "if": { "properties": { "kind": { "const": kind } }, "required": ["kind"] },
            "then": of_kind(kind),
        })
    });
    json!({
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": { "apiVersion": { "const": syntax::API_VERSION }, "kind": { "enum": syntax::KINDS } },
        "allOf": of_kinds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_document_has_a_schema() {
        let kinds: Vec<&str> = NAMES.iter().filter_map(|name| kind(name)).collect();
        assert_eq!(kinds, syntax::KINDS);
        for name in NAMES {
            let schema = schema(name);
            assert!(
                schema["required"]
                    .as_array()
                    .is_some_and(|fields| fields.contains(&json!("kind"))),
                "{name}"
            );
        }
    }
}
