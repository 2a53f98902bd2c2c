//! An audit event out of a log, which may be of a later filter: fields may be added, and what has another meaning has another version.

use anyhow::{Context, Result, bail};
use compiler::syntax::timestamp;
use policies::audit::{AuditEvent, VERSION};
use policies::bundle::CLOCK;
use policies::decision::{Reason, Verdict};
use policies::time::UnixTime;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::{Error, Map, Value};

/// Reads the fields that are known, and of when the event is.
///
/// # Errors
/// Where one is missing or wrong, or the event is of another version.
pub fn read(value: Value) -> Result<(AuditEvent, UnixTime)> {
    let version = value.get("version").and_then(Value::as_u64);
    if let Some(version) = version.filter(|version| *version != u64::from(VERSION)) {
        bail!(
            "the audit event is of version {version}, and this modelgate knows version {VERSION}"
        );
    }
    let Value::Object(fields) = value else {
        bail!("an audit event is a JSON object");
    };
    let event = AuditEvent::deserialize(Known(fields)).context(UNREADABLE)?;
    let at = timestamp::parse(&event.time)
        .with_context(|| format!("`time` is `{}`, which is none", event.time));
    let at = at.context(UNREADABLE)?;
    Ok((event, UnixTime::from_secs(at)))
}

const UNREADABLE: &str = "the audit event cannot be read";

/// Whether verdict, reason and rules belong together, as they do where the filter wrote the event and nothing was lost on the way.
pub fn fits(event: &AuditEvent) -> bool {
    let rules = &event.rules;
    // where the clock is unknown, that of an allow denies
    let allow = |rule: &String| rule.contains("/allow[") && !rule.ends_with(CLOCK);
    let by_rules = match event.reason {
        Reason::Allowed => !rules.is_empty() && rules.iter().all(allow),
        Reason::DeniedByRule | Reason::DeniedByGuardrail | Reason::TimeUnknown => {
            !rules.is_empty() && !rules.iter().any(allow)
        }
        _ => rules.is_empty(),
    };
    by_rules && (event.verdict == Verdict::Allow) == (event.reason == Reason::Allowed)
}

/// An object, of which a type sees the fields that it knows.
struct Known(Map<String, Value>);

impl<'de> Deserializer<'de> for Known {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        Value::Object(self.0).deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.retain(|field, _| fields.contains(&field.as_str()));
        Value::Object(self.0).deserialize_struct(name, fields, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
