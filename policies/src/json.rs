//! Strict JSON for what an attacker writes: tokens and key sets.
//!
//! `serde_json` alone lets the last of two equal members win. Here a repeated member at any depth (after unescaping), nesting
//! beyond [`MAX_DEPTH`] and more than [`MAX_VALUES`] values are refused (RFC 7519 section 4 lets us).

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Deepest nesting of arrays and objects.
pub const MAX_DEPTH: u32 = 32;
/// Most values in one document.
pub const MAX_VALUES: u32 = 4096;

/// The bytes are no JSON object by our rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a strict JSON object")]
pub struct NotAnObject;

/// Parses one JSON object and nothing after it.
///
/// # Errors
/// When the bytes are not UTF-8, not JSON, not an object, repeat a member, or exceed a bound.
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, NotAnObject> {
    let budget = Cell::new(MAX_VALUES);
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let strict = Strict {
        depth: MAX_DEPTH,
        budget: &budget,
    };
    let value = strict.deserialize(&mut source).map_err(|_| NotAnObject)?;
    source.end().map_err(|_| NotAnObject)?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(NotAnObject),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: u32,
    budget: &'a Cell<u32>,
}

impl Strict<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth, ..self })
    }

    fn spend<E: Error>(self) -> Result<(), E> {
        let left = self
            .budget
            .get()
            .checked_sub(1)
            .ok_or_else(|| E::custom("too many values"))?;
        self.budget.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        self.spend()?;
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a member is repeated"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_an_object() {
        let object = parse_object(br#" {"a":[1,-2,1.5,"x",null,true,{"a":1}]} "#).unwrap();
        assert_eq!(object.len(), 1);
    }

    #[test]
    fn refuses_what_decoders_disagree_on() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
        let wide = format!("{{\"a\":[{}0]}}", "0,".repeat(5000));
        for text in [
            "",
            "[]",
            "null",
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":1}",
            "{\"o\":{\"a\":1,\"a\":1}}",
            "{} x",
            "\u{feff}{}",
            "{\"a\":NaN}",
            "{\"a\":1,}",
            &deep,
            &wide,
        ] {
            assert_eq!(
                parse_object(text.as_bytes()),
                Err(NotAnObject),
                "{text:.40}"
            );
        }
        assert_eq!(parse_object(b"{\"a\":\"\xe9\"}"), Err(NotAnObject));
    }
}
