//! The order of the fields of a mapping: as the schema has it; fields that it does not know follow in their own order.

use crate::schema;

use super::tree::{Block, Entry, Kind, Node};

/// Where a value stands: kind of document, and path of fields.
#[derive(Debug, Clone)]
pub struct Place {
    kind: String,
    path: String,
}

impl Place {
    /// The root of a document.
    pub fn root(node: &Node) -> Self {
        let kind = match &node.kind {
            Kind::Map(block) => block.entries.iter().find_map(kind).unwrap_or_default(),
            _ => String::new(),
        };
        Self {
            kind,
            path: String::new(),
        }
    }

    /// The value of a field.
    pub fn field(&self, entry: &Entry) -> Self {
        let Some(name) = entry.key.as_ref().and_then(text) else {
            return self.clone();
        };
        let path = if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        };
        Self {
            kind: self.kind.clone(),
            path,
        }
    }

    /// The entries of a mapping in their order.
    pub fn sorted<'a>(&self, block: &'a Block) -> Vec<&'a Entry> {
        let known = schema::order(&self.kind, &self.path);
        let rank = |entry: &&Entry| {
            let name = entry.key.as_ref().and_then(text);
            known
                .iter()
                .position(|known| Some(*known) == name)
                .unwrap_or(known.len())
        };
        let mut entries: Vec<&Entry> = block.entries.iter().collect();
        entries.sort_by_key(rank);
        entries
    }
}

fn kind(entry: &Entry) -> Option<String> {
    let named = entry.key.as_ref().and_then(text) == Some("kind");
    if named {
        text(&entry.value).map(str::to_owned)
    } else {
        None
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(text, _) => Some(text),
        _ => None,
    }
}
