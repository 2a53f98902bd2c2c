//! `spec.grants` of a gate: what teams may grant.

use std::ops::RangeInclusive;

use serde_json::json;

use crate::diagnostic::Diagnostic;

use super::value::Value;
use super::{Text, quantity};

/// From an hour to ten years.
const LONGEST: RangeInclusive<u32> = 3600..=315_360_000;

/// `spec.grants` as written.
#[derive(Debug, Clone)]
pub struct Grants {
    /// whether a team may grant to everyone who is signed in
    pub everyone: bool,
    /// whether it may grant to people by their names
    pub users: bool,
    /// seconds until the end that every grant must have
    pub longest: Option<u32>,
    /// the groups that it may grant to; `None` for any
    pub groups: Option<Vec<Text>>,
}

impl Grants {
    /// Reads it.
    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        let mut fields = value.fields("`grants`")?;
        let grants = Self {
            everyone: fields.optional("everyone").is_none_or(Value::flag),
            users: fields.optional("users").is_none_or(Value::flag),
            longest: fields
                .optional("longest")
                .and_then(|value| quantity::seconds(value, &LONGEST)),
            groups: fields.optional_texts("groups"),
        };
        fields.rule(|| json!({ "minProperties": 1 }));
        if fields.is_empty() {
            let help = "write `everyone: false`, `longest`, `groups` or `users: false`, or delete the field";
            let message = "`grants` limits nothing";
            value.report(Diagnostic::error("MG0106", value.span(), message).with_help(help));
        }
        fields.finish();
        Some(grants)
    }
}
