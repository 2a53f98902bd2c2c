//! What the readers ask of a document, recorded by the readers themselves: they run once over a document that is not there,
//! and every field that they ask for, and what they want in it, is written down. So a schema cannot differ from its reader.

use std::cell::RefCell;

use serde_json::{Map, Value as Json, json};

use crate::source::Span;

use super::Text;
use super::node::{Kind, Node};

/// Stands where there is no document.
pub static NOTHING: Node = Node {
    kind: Kind::Plain(String::new()),
    span: NOWHERE,
};
/// The name of a field with a free name.
pub static ANY_NAME: Text = Text {
    value: String::new(),
    span: NOWHERE,
};
const NOWHERE: Span = Span {
    source: 0,
    start: 0,
    end: 0,
    line: 0,
    column: 0,
};

/// Everything that was asked for.
#[derive(Debug, Default)]
pub struct Recorder(RefCell<Vec<Vec<Form>>>);

/// One way in which a value can be written.
#[derive(Debug, Clone, Default, PartialEq)]
struct Form {
    /// JSON Schema of it, as far as it speaks of nothing inside
    keywords: Map<String, Json>,
    /// fields, and whether they must be there
    fields: Vec<(String, bool, usize)>,
    /// items of a list
    items: Option<usize>,
    /// fields with free names
    others: Option<usize>,
    /// what holds between the fields
    rules: Vec<Json>,
}

/// A value that is being recorded.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    recorder: &'a Recorder,
    position: usize,
}

impl Recorder {
    /// A value about which nothing is known yet.
    pub fn value(&self) -> Probe<'_> {
        let mut values = self.0.borrow_mut();
        values.push(Vec::new());
        let position = values.len() - 1;
        Probe {
            recorder: self,
            position,
        }
    }

    /// The JSON Schema of a value; `describe` is told the path of each field, such as `spec.models.name`.
    pub fn schema(&self, root: Probe<'_>, describe: &dyn Fn(&str) -> Option<String>) -> Json {
        self.written(root.position, "", describe)
    }

    fn written(
        &self,
        position: usize,
        path: &str,
        describe: &dyn Fn(&str) -> Option<String>,
    ) -> Json {
        let forms = self.0.borrow().get(position).cloned().unwrap_or_default();
        let mut forms: Vec<Json> = forms
            .into_iter()
            .map(|form| self.form(form, path, describe))
            .collect();
        match (forms.len(), forms.pop()) {
            (1, Some(form)) => form,
            (_, None) => json!({}),
            (_, Some(last)) => {
                forms.push(last);
                json!({ "anyOf": forms })
            }
        }
    }

    fn form(&self, form: Form, path: &str, describe: &dyn Fn(&str) -> Option<String>) -> Json {
        let Form {
            mut keywords,
            fields,
            items,
            others,
            rules,
        } = form;
        if let Some(items) = items {
            keywords.insert("items".into(), self.written(items, path, describe));
        }
        let mut properties = Map::new();
        for (name, _, position) in &fields {
            let path = joined(path, name);
            let mut schema = self.written(*position, &path, describe);
            if let (Some(schema), Some(text)) = (schema.as_object_mut(), describe(&path)) {
                schema.insert("description".into(), text.into());
            }
            properties.insert(name.clone(), schema);
        }
        if !properties.is_empty() {
            keywords.insert("properties".into(), properties.into());
        }
        let required = fields.iter().filter(|(_, required, _)| *required);
        let required: Vec<&str> = required.map(|(name, ..)| name.as_str()).collect();
        if !required.is_empty() {
            keywords.insert("required".into(), required.into());
        }
        if let Some(others) = others {
            let path = joined(path, "*");
            let schema = self.written(others, &path, describe);
            keywords.insert("additionalProperties".into(), schema);
        }
        if !rules.is_empty() {
            keywords.insert("allOf".into(), rules.into());
        }
        keywords.into()
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

impl<'a> Probe<'a> {
    /// The value can be this; said twice it counts once.
    pub fn can_be(self, schema: Json) {
        let keywords = schema.as_object().cloned().unwrap_or_default();
        self.add(Form {
            keywords,
            ..Form::default()
        });
    }

    /// The value can be a list; gives what stands for its items.
    pub fn list(self) -> Self {
        let items = self.recorder.value();
        let keywords = json!({ "type": "array", "minItems": 1 });
        self.add(Form {
            keywords: keywords.as_object().cloned().unwrap_or_default(),
            items: Some(items.position),
            ..Form::default()
        });
        items
    }

    /// The value can be a mapping, of which nothing is known yet.
    pub fn mapping(self) {
        self.can_be(json!({ "type": "object", "additionalProperties": false }));
    }

    /// The mapping has a field; gives what stands for its value.
    pub fn field(self, name: &str) -> Self {
        let known = self.last(|form| {
            let mut fields = form.fields.iter();
            fields
                .find(|(known, ..)| known == name)
                .map(|field| field.2)
        });
        if let Some(position) = known.flatten() {
            return Self { position, ..self };
        }
        let value = self.recorder.value();
        self.last(|form| form.fields.push((name.to_owned(), false, value.position)));
        value
    }

    /// The mapping must have the field.
    pub fn requires(self, name: &str) {
        self.last(|form| {
            let mut fields = form.fields.iter_mut();
            if let Some(field) = fields.find(|(known, ..)| known == name) {
                field.1 = true;
            }
        });
    }

    /// The mapping has fields of any name; gives what stands for their values.
    pub fn free(self) -> Self {
        let value = self.recorder.value();
        self.last(|form| form.others = Some(value.position));
        value
    }

    /// Something that holds between the fields of the mapping.
    pub fn rule(self, rule: Json) {
        self.last(|form| form.rules.push(rule));
    }

    fn add(self, form: Form) {
        let mut values = self.recorder.0.borrow_mut();
        if let Some(forms) = values.get_mut(self.position)
            && !forms.contains(&form)
        {
            forms.push(form);
        }
    }

    /// The form that was recorded last.
    fn last<T>(self, change: impl FnOnce(&mut Form) -> T) -> Option<T> {
        let mut values = self.recorder.0.borrow_mut();
        let form = values.get_mut(self.position)?.last_mut()?;
        Some(change(form))
    }
}
