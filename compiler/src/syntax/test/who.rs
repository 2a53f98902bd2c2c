//! `who` of a test: what a token and a certificate say.

use policies::bundle::ClaimKind;
use policies::principal::ClaimValue;
use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::syntax::Text;
use crate::syntax::fields::Fields;
use crate::syntax::node::Kind;
use crate::syntax::plain::{Plain, classify};
use crate::syntax::value::Value;

/// Who asks.
#[derive(Debug, Clone, Default)]
pub struct Who {
    /// `NAME` at the default issuer or `ISSUER/NAME`
    pub user: Option<Text>,
    /// groups of the user, at the user's issuer
    pub groups: Vec<Text>,
    /// issuer of the token, if it is not in the name
    pub issuer: Option<Text>,
    /// a workload with a token, `ISSUER/NAME`; with one of Kubernetes `ISSUER/NAMESPACE/NAME`
    pub service_account: Option<Text>,
    /// the application that the user's token was given to, at the user's issuer
    pub client: Option<Text>,
    /// the token's attributes
    pub claims: Vec<Claim>,
    /// a workload by its certificate, `NAMESPACE/NAME`
    pub peer: Option<Text>,
    /// nobody: no token
    pub nobody: bool,
}

/// An attribute of the token.
#[derive(Debug, Clone)]
pub struct Claim {
    /// its name in conditions
    pub name: Text,
    /// what it is
    pub given: Given,
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// a text
    Text(String),
    /// a number
    Number(i64),
    /// `true` or `false`
    Boolean(bool),
    /// texts
    List(Vec<String>),
}

impl Given {
    /// The claim of this kind; `None` where it is of another.
    #[must_use]
    pub fn as_kind(&self, kind: ClaimKind) -> Option<ClaimValue> {
        match (kind, self) {
            (ClaimKind::Text, Self::Text(text)) => Some(ClaimValue::Text(text.clone())),
            (ClaimKind::Number, Self::Number(number)) => Some(ClaimValue::Number(*number)),
            (ClaimKind::Boolean, Self::Boolean(flag)) => Some(ClaimValue::Boolean(*flag)),
            (ClaimKind::List | ClaimKind::Words, Self::List(texts)) => {
                Some(ClaimValue::List(texts.iter().cloned().collect()))
            }
            _ => None,
        }
    }
}

/// Reads it; whatever contradicts itself is reported once.
pub(super) fn read(value: Value<'_>) -> Option<Who> {
    let mut fields = value.fields("`who` of a test")?;
    let who = Who {
        user: fields.optional_text("user"),
        groups: fields.optional_texts("groups").unwrap_or_default(),
        issuer: fields.optional_text("issuer"),
        service_account: fields.optional_text("serviceAccount"),
        client: fields.optional_text("client"),
        claims: fields.optional("claims").map(claims).unwrap_or_default(),
        peer: fields.optional_text("peer"),
        nobody: fields.flag("nobody"),
    };
    fields.rule(no_contradiction);
    if let Some(message) = contradiction(&fields, who.nobody) {
        let help = "write `user`, `serviceAccount`, `peer` or `nobody: true`";
        value.report(Diagnostic::error("MG0111", value.span(), message).with_help(help));
    }
    fields.finish();
    Some(who)
}

/// [`contradiction`], for a schema.
fn no_contradiction() -> Json {
    let token = json!({ "anyOf": [{ "required": ["user"] }, { "required": ["serviceAccount"] }] });
    json!({
        "dependencies": { "groups": token, "issuer": token, "claims": token, "client": ["user"] },
        "not": { "required": ["user", "serviceAccount"] },
        "if": { "properties": { "nobody": { "const": true } }, "required": ["nobody"] },
        "then": { "not": token },
        "else": { "anyOf": [token, { "required": ["peer"] }] },
    })
}

fn contradiction(fields: &Fields<'_>, nobody: bool) -> Option<&'static str> {
    let has = |name| fields.has(name);
    let token = has("user") || has("serviceAccount");
    let rest = ["groups", "issuer", "claims"].into_iter().any(has);
    match (token, nobody) {
        (true, true) => Some("`nobody` has no `user` and no `serviceAccount`"),
        (false, _) if rest => {
            Some("`groups`, `issuer` and `claims` belong to a `user` or a `serviceAccount`")
        }
        (_, _) if has("client") && !has("user") => Some("`client` belongs to a `user`"),
        (false, false) if !has("peer") => Some("`who` names nobody"),
        _ if has("user") && has("serviceAccount") => {
            Some("a token is a user's or a service account's")
        }
        _ => None,
    }
}

fn claims(value: Value<'_>) -> Vec<Claim> {
    let Some(fields) = value.fields("`claims`") else {
        return Vec::new();
    };
    let claim = |(name, value): (&Text, Value<'_>)| {
        let name = name.clone();
        given(value).map(|given| Claim { name, given })
    };
    fields.free().filter_map(claim).collect()
}

fn given(value: Value<'_>) -> Option<Given> {
    if let Some(probe) = value.probe {
        for kind in ["string", "integer", "boolean"] {
            probe.can_be(json!({ "type": kind }));
        }
        value.items().into_iter().for_each(|item| drop(item.text()));
        return None;
    }
    match &value.node.kind {
        Kind::List(_) => {
            let items = value.items().into_iter();
            Some(Given::List(items.map(|item| item.text().value).collect()))
        }
        Kind::Quoted(text) => Some(Given::Text(text.clone())),
        Kind::Plain(text) => match classify(text) {
            Plain::Text => Some(Given::Text(text.clone())),
            Plain::Boolean(flag) => Some(Given::Boolean(flag)),
            Plain::Number if text.parse::<i64>().is_ok() => text.parse().ok().map(Given::Number),
            Plain::Number => {
                value.wrong_type("a text, a whole number, `true`, `false` or a list of texts")
            }
            Plain::Null | Plain::Ambiguous | Plain::Sixties | Plain::Date | Plain::Mark => {
                // reported, with the quotes that it takes
                let _ = value.text();
                None
            }
        },
        Kind::Map(_) => {
            value.wrong_type("a text, a whole number, `true`, `false` or a list of texts")
        }
    }
}
