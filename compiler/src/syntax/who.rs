//! `who` of a rule, and the lists of principals in it and in roles.

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;

use super::Text;
use super::fields::Fields;
use super::value::Value;

/// `who` of a rule: any of these, in all of the others, through one of the applications.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// everyone who is signed in
    pub everyone: bool,
    /// any of these
    pub any: Principals,
    /// roles of the namespace, any of them too
    pub roles: Vec<Text>,
    /// in each of which the caller must be besides
    pub all: Vec<Principals>,
    /// applications of which they must come through one
    pub through: Vec<Text>,
}

/// Principals by their kind.
#[derive(Debug, Clone, Default)]
pub struct Principals {
    /// people
    pub users: Vec<Text>,
    /// groups of people
    pub groups: Vec<Text>,
    /// workloads
    pub service_accounts: Vec<Text>,
}

const PEOPLE: [&str; 2] = ["users", "groups"];
const PRINCIPALS: [&str; 3] = ["users", "groups", "serviceAccounts"];
const SOMEONE: [&str; 5] = ["users", "groups", "serviceAccounts", "roles", "all"];

impl Who {
    /// Reads a rule's `who`.
    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        let mut fields = value.fields("`who`")?;
        let who = Self {
            any: Principals::among(&mut fields, true),
            roles: fields.optional_texts("roles").unwrap_or_default(),
            everyone: fields.flag("everyone"),
            all: fields.optional_list("all", people).unwrap_or_default(),
            through: fields.optional_texts("through").unwrap_or_default(),
        };
        // for the schema alone: not made for every rule of every file
        let everyone =
            || json!({ "properties": { "everyone": { "const": true } }, "required": ["everyone"] });
        fields.rule(|| {
            let any = [one_of(&SOMEONE), vec![everyone()]].concat();
            json!({ "anyOf": any })
        });
        fields.rule(|| json!({ "not": { "allOf": [everyone(), { "anyOf": one_of(&SOMEONE) }] } }));
        let named = SOMEONE.into_iter().find(|name| fields.has(name));
        match (named, who.everyone) {
            (None, false) => value.report(super::problems::nobody(value.span())),
            (Some(name), true) => {
                let message = format!("`{name}` says nothing beside `everyone`");
                let help = "delete one of them";
                value.report(Diagnostic::error("MG0115", value.span(), message).with_help(help));
            }
            _ => {}
        }
        fields.finish();
        Some(who)
    }

    /// Every list of principals in it, `through` and roles apart.
    pub fn lists(&self) -> impl Iterator<Item = &Principals> {
        std::iter::once(&self.any).chain(&self.all)
    }
}

impl Principals {
    /// Reads the principals of a role.
    pub(super) fn read(value: Value<'_>) -> Option<Self> {
        read(value, "`who` of a role", true)
    }

    fn among(fields: &mut Fields<'_>, machines: bool) -> Self {
        Self {
            users: fields.optional_texts("users").unwrap_or_default(),
            groups: fields.optional_texts("groups").unwrap_or_default(),
            service_accounts: if machines {
                fields.optional_texts("serviceAccounts").unwrap_or_default()
            } else {
                Vec::new()
            },
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.users.len() + self.groups.len() + self.service_accounts.len()
    }
}

/// An item of `all`. Machines are in no list of people, but may be in groups.
fn people(value: Value<'_>) -> Option<Principals> {
    read(value, "an item of `all`", false)
}

fn read(value: Value<'_>, what: &'static str, machines: bool) -> Option<Principals> {
    let mut fields = value.fields(what)?;
    let principals = Principals::among(&mut fields, machines);
    let names: &[&str] = if machines { &PRINCIPALS } else { &PEOPLE };
    fields.rule(|| json!({ "anyOf": one_of(names) }));
    if !names.iter().any(|name| fields.has(name)) {
        let message = format!("{what} names nobody");
        let help = format!("write `{}` with at least one name", names.join("` or `"));
        value.report(Diagnostic::error("MG0110", value.span(), message).with_help(help));
    }
    fields.finish();
    Some(principals)
}

fn one_of(names: &[&str]) -> Vec<Json> {
    names
        .iter()
        .map(|name| json!({ "required": [name] }))
        .collect()
}
