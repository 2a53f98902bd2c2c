//! `metadata`, the part that every kind has.

use super::Text;
use super::fields::Fields;

/// Name and, for what belongs to a team, namespace.
#[derive(Debug, Clone)]
pub struct Metadata {
    /// owner; `None` for kinds without one
    pub namespace: Option<Text>,
    /// name of the document
    pub name: Text,
}

impl Metadata {
    /// Reads `metadata` of a kind that belongs to a namespace.
    fn namespaced(document: &mut Fields<'_>) -> Option<Self> {
        let mut fields = document.required("metadata")?.fields("metadata")?;
        let (namespace, name) = (fields.text("namespace"), fields.text("name"));
        finish(fields);
        Some(Self {
            namespace: Some(namespace),
            name,
        })
    }

    /// The same, and `spec`: all that a document of such a kind has.
    pub fn and_spec(mut document: Fields<'_>) -> Option<(Self, Fields<'_>)> {
        let metadata = Self::namespaced(&mut document);
        let spec = document
            .required("spec")
            .and_then(|value| value.fields("`spec`"));
        document.finish();
        Some((metadata?, spec?))
    }

    /// Reads `metadata` of a kind that belongs to the whole mesh.
    pub fn of_the_mesh(document: &mut Fields<'_>) -> Option<Self> {
        let mut fields = document.required("metadata")?.fields("metadata")?;
        let name = fields.text("name");
        finish(fields);
        Some(Self {
            namespace: None,
            name,
        })
    }
}

/// Labels and annotations are Kubernetes' habit; they mean nothing here.
fn finish(mut fields: Fields<'_>) {
    for name in ["labels", "annotations"] {
        if let Some(value) = fields
            .optional(name)
            .and_then(|value| value.fields("labels"))
        {
            value.free().for_each(|(_, label)| drop(label.content()));
        }
    }
    fields.finish();
}
