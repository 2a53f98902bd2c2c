//! A `ModelAccess` document: which models a team has, and who may do what with them.

use policies::action::Action;
use policies::bundle::Api;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::advice::{self, one_line};
use super::fields::Fields;
use super::metadata::Metadata;
use super::value::Value;
use super::who::Who;
use super::{Spanned, Text};

/// A `ModelAccess` as written.
#[derive(Debug, Clone)]
pub struct ModelAccess {
    /// `metadata.namespace`
    pub namespace: Text,
    /// `metadata.name`
    pub name: Text,
    /// `spec.models`
    pub models: Vec<Model>,
    /// `spec.allow`
    pub allow: Vec<Rule>,
    /// `spec.deny`
    pub deny: Vec<Rule>,
}

/// An item of `spec.models`.
#[derive(Debug, Clone)]
pub struct Model {
    /// name or pattern
    pub name: Text,
    /// protocol; `None` where a problem was reported
    pub api: Option<Spanned<Api>>,
    /// whether guardrails see it as public
    pub public: bool,
}

/// An item of `spec.allow` or `spec.deny`.
#[derive(Debug, Clone)]
pub struct Rule {
    /// its first line
    pub span: Span,
    /// whom it speaks of
    pub who: Who,
    /// `can`, if given: actions, and groups of them
    pub can: Option<Vec<Text>>,
    /// `models`, if given
    pub models: Option<Vec<Text>>,
    /// `versions` of these models, if given
    pub versions: Option<Vec<Text>>,
    /// a Cedar expression
    pub when: Option<Text>,
    /// when an allow ends
    pub until: Option<Text>,
    /// for the audit event
    pub because: Option<Text>,
}

impl ModelAccess {
    /// Reads the rest of a document of this kind.
    pub(super) fn read(document: Fields<'_>) -> Option<Self> {
        let (metadata, mut spec) = Metadata::and_spec(document)?;
        let access = Self {
            namespace: metadata.namespace?,
            name: metadata.name,
            models: spec.list("models", model),
            allow: spec
                .optional_list("allow", |value| rule(value, false))
                .unwrap_or_default(),
            deny: spec
                .optional_list("deny", |value| rule(value, true))
                .unwrap_or_default(),
        };
        spec.finish();
        Some(access)
    }
}

fn model(value: Value<'_>) -> Option<Model> {
    let mut fields = value.fields("a model")?;
    if let Some(model) = named_by_field(&fields, value) {
        return Some(model);
    }
    let apis = Api::ALL.map(|api| (api.name(), api));
    let model = Model {
        name: fields.text("name"),
        api: fields.required("api").and_then(|value| value.choice(&apis)),
        public: fields.flag("public"),
    };
    fields.finish();
    Some(model)
}

/// `- churn: seldon` for `- { name: churn, api: seldon }`: one problem, and a model of this name.
fn named_by_field(fields: &Fields<'_>, value: Value<'_>) -> Option<Model> {
    let (name, node) = fields.only()?;
    let api =
        one_line(node).filter(|_| !["name", "api", "public"].contains(&name.value.as_str()))?;
    let message = format!("`{}` is no field of a model, but its name", name.value);
    let help = format!("write `{{ name: {}, api: {api} }}`", name.value);
    value.report(Diagnostic::error("MG0101", name.span, message).with_help(help));
    Some(Model {
        name: name.clone(),
        api: None,
        public: false,
    })
}

fn rule(value: Value<'_>, denies: bool) -> Option<Rule> {
    let what = if denies {
        "a deny rule"
    } else {
        "an allow rule"
    };
    let mut fields = value.fields(what)?;
    if let Some((key, _)) = fields.only()
        && let Some(help) = advice::elsewhere(&key.value, what)
    {
        let message = format!("`{}` is no field of {what}", key.value);
        value.report(Diagnostic::error("MG0101", key.span, message).with_help(help));
        return None;
    }
    let rule = Rule {
        span: fields.span(),
        who: fields
            .required("who")
            .and_then(Who::read)
            .unwrap_or_default(),
        can: fields.optional_list("can", action),
        models: fields.optional_texts("models"),
        versions: fields.optional_texts("versions"),
        when: fields.optional_text("when"),
        until: if denies {
            None
        } else {
            fields.optional("until").map(Value::date)
        },
        because: if denies {
            fields.optional_text("because")
        } else {
            None
        },
    };
    fields.finish();
    Some(rule)
}

/// A group's name is not known here.
fn action(value: Value<'_>) -> Option<Text> {
    let name = value.word(&Action::ALL.map(Action::name));
    (!name.value.is_empty()).then_some(name)
}
