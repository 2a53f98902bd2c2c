//! A value under its field's name, and what can be asked of it. Whatever does not fit is reported here, in our words.

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::fields::Fields;
use super::node::{Kind, Node};
use super::plain::{Plain, classify};
use super::problems::Problems;
use super::shape::{NOTHING, Probe};
use super::{Spanned, Text, advice, suggest, timestamp};

/// A node, the name of the field it belongs to, and where problems go.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    /// the node
    pub node: &'a Node,
    /// name of the field, or of the list whose item it is
    pub name: &'a str,
    /// it is an item of the list of that name
    pub item: bool,
    /// its field must be there
    pub due: bool,
    /// where problems go
    pub problems: &'a Problems,
    /// where it is recorded what is asked of it, when nothing is read
    pub probe: Option<Probe<'a>>,
}

impl<'a> Value<'a> {
    /// Where it stands.
    pub fn span(self) -> Span {
        self.node.span
    }

    /// Adds a problem.
    pub fn report(self, diagnostic: Diagnostic) {
        self.problems.report(diagnostic);
    }

    /// Whether it is nothing, `~` or `null`.
    pub fn is_nothing(self) -> bool {
        let null = matches!(&self.node.kind, Kind::Plain(text) if classify(text) == Plain::Null);
        null && self.probe.is_none()
    }

    /// Reports that it is nothing; with a line to type, if there is one.
    pub fn has_nothing(self, example: Option<String>) {
        let message = format!("`{}` has no value", self.name);
        let help = match self.due {
            true => "write the value",
            false => "write the value, or delete the line",
        };
        let help = example.unwrap_or_else(|| help.to_owned());
        self.report(Diagnostic::error("MG0104", self.span(), message).with_help(help));
    }

    /// A text that is not empty; an empty one where it is something else.
    pub fn text(self) -> Text {
        if self.records(|| json!({ "type": "string", "pattern": "\\S" })) {
            return Text::default();
        }
        let span = self.span();
        let value = match &self.node.kind {
            Kind::Quoted(text) => text.clone(),
            Kind::Plain(text) => match classify(text) {
                Plain::Text => text.clone(),
                kind => return self.mistaken(text, kind),
            },
            Kind::List(_) | Kind::Map(_) => return self.unfit("a text", advice::text(self)),
        };
        if value.trim().is_empty() {
            self.report(Diagnostic::error(
                "MG0107",
                span,
                format!("`{}` is empty", self.name),
            ));
            return Text {
                value: String::new(),
                span,
            };
        }
        Text { value, span }
    }

    /// A text that is a date or a time (MG0320): who reads it must see when it is over, to the second and without knowing a zone. Whoever takes it for one without quotes takes it for what is meant.
    pub fn date(self) -> Text {
        if self.records(|| json!({ "type": "string", "pattern": timestamp::DAY_OR_TIME })) {
            return Text::default();
        }
        let text = self.text_of_date();
        if text.value.is_empty() || timestamp::end(&text.value).is_some() {
            return text;
        }
        let message = format!("`{}` is no date", text.value);
        let help = "write the last day, as `2027-01-31` (it ends in UTC), or a time with its zone, as `2027-01-31T18:00:00+01:00`";
        self.report(Diagnostic::error("MG0320", text.span, message).with_help(help));
        Text {
            value: String::new(),
            ..text
        }
    }

    fn text_of_date(self) -> Text {
        let Kind::Plain(text) = &self.node.kind else {
            return self.text();
        };
        let span = self.span();
        match classify(text) {
            Plain::Date => Text {
                value: text.clone(),
                span,
            },
            // in quotes it would be no date either
            Plain::Number | Plain::Sixties => {
                let message = format!(
                    "`{}` must be a date, found `{}`",
                    self.name,
                    shortened(text)
                );
                let help = format!("write a day such as `{}: 2027-01-31`", self.name);
                self.report(Diagnostic::error("MG0105", span, message).with_help(help));
                Text {
                    value: String::new(),
                    span,
                }
            }
            _ => self.text(),
        }
    }

    /// Any text, an empty one too.
    pub fn content(self) -> Text {
        if self.records(|| json!({ "type": "string" })) {
            return Text::default();
        }
        match &self.node.kind {
            Kind::Quoted(text) => Text {
                value: text.clone(),
                span: self.span(),
            },
            Kind::List(_) | Kind::Map(_) => self.unfit("a text", advice::content(self)),
            Kind::Plain(_) => self.text(),
        }
    }

    /// `true` or `false`.
    pub fn flag(self) -> bool {
        if self.records(|| json!({ "type": "boolean" })) {
            return false;
        }
        match &self.node.kind {
            Kind::Plain(text) if matches!(classify(text), Plain::Boolean(_)) => {
                classify(text) == Plain::Boolean(true)
            }
            _ => self.unfit("`true` or `false`", Some(advice::flag(self))),
        }
    }

    /// A whole number in a range.
    pub fn number(self, least: u64, most: u64) -> Option<u64> {
        if self.records(|| json!({ "type": "integer", "minimum": least, "maximum": most })) {
            return None;
        }
        let number = match &self.node.kind {
            Kind::Plain(text) if !text.starts_with('0') || text == "0" => text.parse().ok(),
            _ => None,
        };
        let fits = number.filter(|number| (least..=most).contains(number));
        if fits.is_none() {
            let due = format!("a whole number from {least} to {most}");
            let help = advice::number(self, least, most);
            self.unfit::<()>(&due, Some(help));
        }
        fits
    }

    /// One of a few words, or a name of somebody's own.
    pub fn word(self, words: &[&str]) -> Text {
        let any =
            || json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": "\\S" }] });
        if self.records(any) {
            return Text::default();
        }
        self.text()
    }

    /// One of a few words.
    pub fn choice<T: Copy>(self, choices: &[(&str, T)]) -> Option<Spanned<T>> {
        let names = || choices.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        if self.records(|| json!({ "enum": names() })) {
            return None;
        }
        // what is no text is none of the words either, in quotes or not
        let text = match self.scalar().filter(|text| !text.trim().is_empty()) {
            Some(text) => Text {
                value: text.to_owned(),
                span: self.span(),
            },
            None => self.text(),
        };
        if text.value.is_empty() {
            return None;
        }
        let found = choices.iter().find(|(name, _)| *name == text.value);
        if found.is_none() {
            let message = format!("unknown value `{}` of `{}`", text.value, self.name);
            let known = choices.iter().map(|(name, _)| *name);
            let meant = advice::word(self.name, &text.value);
            let help = match meant.filter(|word| known.clone().any(|known| known == *word)) {
                Some(word) => format!("write `{word}`"),
                None => suggest::help(&text.value, known, "it is one of"),
            };
            self.report(Diagnostic::error("MG0108", text.span, message).with_help(help));
        }
        found.map(|(_, value)| Spanned {
            value: *value,
            span: text.span,
        })
    }

    /// The items of a list that is not empty.
    pub fn items(self) -> Vec<Value<'a>> {
        if let Some(probe) = self.probe {
            let probe = Some(probe.list());
            return vec![Value { probe, ..self }];
        }
        let Kind::List(nodes) = &self.node.kind else {
            return self.unfit("a list", advice::list(self));
        };
        if nodes.is_empty() {
            let message = format!("`{}` is an empty list", self.name);
            let help = match self.due {
                true => "an empty list never means everything: name something",
                false => {
                    "an empty list never means everything: name something, or delete the field"
                }
            };
            self.report(Diagnostic::error("MG0106", self.span(), message).with_help(help));
        }
        nodes
            .iter()
            .map(|node| Value {
                node,
                item: true,
                due: false,
                ..self
            })
            .filter(|item| {
                let nothing = item.is_nothing();
                if nothing {
                    item.has_nothing(None);
                }
                !nothing
            })
            .collect()
    }

    /// The fields of a mapping; `what` says in messages what has them, e.g. `a rule`.
    pub fn fields(self, what: &'static str) -> Option<Fields<'a>> {
        if let Some(probe) = self.probe {
            probe.mapping();
            return Some(Fields::recorded(what, probe, self.problems));
        }
        match &self.node.kind {
            Kind::Map(entries) => Some(Fields::new(what, self.span(), entries, self.problems)),
            _ => {
                let help = advice::fields(self, what);
                self.unfit("a mapping", help)
            }
        }
    }

    /// What is in a list, or what is no list.
    pub fn list_or<T>(self, list: impl FnOnce(Self) -> T, single: impl FnOnce(Self) -> T) -> T {
        match (&self.node.kind, self.probe) {
            (_, Some(_)) => {
                let one = single(self);
                drop(list(self));
                one
            }
            (Kind::List(_), None) => list(self),
            _ => single(self),
        }
    }

    /// The text of what is no list and no mapping, quoted or not.
    pub fn scalar(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Plain(text) | Kind::Quoted(text) => Some(text),
            Kind::List(_) | Kind::Map(_) => None,
        }
    }

    /// Whether nothing is read and the readers are recorded; then the value can be what `schema` says.
    pub fn records(self, schema: impl FnOnce() -> Json) -> bool {
        if let Some(probe) = self.probe {
            probe.can_be(schema());
        }
        self.probe.is_some()
    }

    /// Runs a reader that would otherwise run in some documents only, when the readers are recorded.
    pub fn record<T>(self, read: impl FnOnce(Self) -> T) {
        if self.probe.is_some() {
            drop(read(self));
        }
    }

    /// A value that is not there, to record what is asked of it.
    pub fn recorded(name: &'a str, probe: Probe<'a>, problems: &'a Problems) -> Self {
        Self {
            node: &NOTHING,
            name,
            item: false,
            due: false,
            problems,
            probe: Some(probe),
        }
    }

    /// Reports that something else is due.
    pub fn wrong_type<T: Default>(self, due: &str) -> T {
        let help =
            instance(due).map(|value| format!("write for instance `{}: {value}`", self.name));
        self.unfit(due, help)
    }

    /// The same, where it is known what to type.
    pub fn unfit<T: Default>(self, due: &str, help: Option<String>) -> T {
        let found = match &self.node.kind {
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Plain(text) | Kind::Quoted(text) => format!("`{}`", shortened(text)),
        };
        let item = if self.item { "an item of " } else { "" };
        let message = format!("{item}`{}` must be {due}, found {found}", self.name);
        let diagnostic = Diagnostic::error("MG0102", self.span(), message);
        self.report(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
        T::default()
    }

    fn mistaken(self, text: &str, kind: Plain) -> Text {
        let span = self.span();
        let taken = match kind {
            Plain::Number => "YAML takes `{}` for a number",
            Plain::Boolean(_) => "YAML takes `{}` for a boolean",
            Plain::Ambiguous => "some YAML readers take `{}` for a boolean",
            Plain::Sixties => "some YAML readers take `{}` for a number",
            Plain::Date => "some YAML readers take `{}` for a date",
            Plain::Mark => "to some YAML readers `{}` is a mark, and no value",
            Plain::Null | Plain::Text => {
                self.has_nothing(None);
                return Text {
                    value: String::new(),
                    span,
                };
            }
        };
        let taken = taken.replace("{}", &shortened(text));
        let message = format!("`{}` must be a text, and {taken}", self.name);
        let help = format!("put it into quotes: `\"{}\"`", shortened(text));
        self.report(Diagnostic::error("MG0105", span, message).with_help(help));
        Text {
            value: String::new(),
            span,
        }
    }
}

/// A value of what is due: the least, or the first that is named.
fn instance(due: &str) -> Option<&str> {
    let least = due.split_once("from ").map(|(_, rest)| rest);
    let least = least.and_then(|rest| rest.split(' ').next());
    least.or_else(|| due.split('`').nth(1))
}

pub(super) fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
