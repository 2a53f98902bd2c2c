//! A part of a document as JSON, for what has its own format (a JWK set).

use serde_json::{Map, Value as Json, json};

use super::node::Kind;
use super::plain::{Plain, classify};
use super::value::Value;

/// The value as JSON; `None` where a problem was reported.
pub fn from(value: Value<'_>) -> Option<Json> {
    if value.records(|| json!({})) {
        return None;
    }
    match &value.node.kind {
        Kind::Quoted(text) => Some(Json::String(text.clone())),
        Kind::Plain(text) => scalar(value, text),
        Kind::List(nodes) => nodes
            .iter()
            .map(|node| from(Value { node, ..value }))
            .collect::<Option<_>>()
            .map(Json::Array),
        Kind::Map(entries) => entries
            .iter()
            .map(|(key, node)| {
                Some((
                    key.value.clone(),
                    from(Value {
                        node,
                        name: &key.value,
                        ..value
                    })?,
                ))
            })
            .collect::<Option<Map<_, _>>>()
            .map(Json::Object),
    }
}

fn scalar(value: Value<'_>, text: &str) -> Option<Json> {
    match classify(text) {
        Plain::Boolean(flag) => Some(Json::Bool(flag)),
        Plain::Number => match text.parse::<i64>() {
            Ok(number) => Some(Json::from(number)),
            Err(_) => Some(Json::String(value.text().value)).filter(|text| text != ""),
        },
        _ => Some(Json::String(value.text().value)).filter(|text| text != ""),
    }
}
