//! Wire structs are read by the names of their members, and in no other way. serde's own readers take a list of values for a struct
//! too; nobody writes one, and the code for it was a twentieth of the module.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Takes mappings for structs, and nothing else.
pub(super) struct ByName<D>(pub D);

struct Members<V>(V);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ByName<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Members(visitor))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(members)
    }
}

/// Reads a member in a function of its own: V8 compiles a function whole, and a reader with all of its members' readers in it
/// would be the largest.
#[inline(never)]
pub(super) fn apart<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    T::deserialize(from)
}

/// For structs whose readers and writers were derived with `#[serde(remote = "Self")]`.
macro_rules! by_name {
    ($($name:ident),+) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            #[inline(never)]
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::bundle::by_name::ByName(from))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, to)
            }
        }
    )+};
}

pub(super) use by_name;

#[cfg(test)]
mod tests {
    use crate::bundle::{BodyMode, BodyPolicy};

    #[test]
    fn a_list_is_no_struct() {
        let read = |text: &str| serde_json::from_str::<BodyPolicy>(text);
        let body = read(r#"{ "limit": 1, "mode": "hold" }"#).unwrap();
        assert_eq!((body.mode, body.limit), (BodyMode::Hold, 1));
        for other in [
            r#"["hold", 1]"#,
            r#"{ "mode": "hold" }"#,
            r#"{ "mode": "hold", "limit": 1, "x": 1 }"#,
            r#"{ "mode": "hold", "limit": 1, "limit": 1 }"#,
        ] {
            assert!(read(other).is_err(), "{other}");
        }
    }
}
