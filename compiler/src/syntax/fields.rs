//! The fields of a mapping, asked for by name; what nobody asked for is unknown.

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::node::{Kind, Node};
use super::plain::{Plain, classify};
use super::problems::Problems;
use super::shape::{ANY_NAME, Probe};
use super::value::Value;
use super::{Text, advice, example, listed, nesting, suggest};

/// A mapping that is being read.
#[derive(Debug)]
pub struct Fields<'a> {
    what: &'static str,
    span: Span,
    entries: &'a [(Text, Node)],
    problems: &'a Problems,
    known: Vec<&'a str>,
    probe: Option<Probe<'a>>,
}

impl<'a> Fields<'a> {
    /// Starts to read.
    pub fn new(
        what: &'static str,
        span: Span,
        entries: &'a [(Text, Node)],
        problems: &'a Problems,
    ) -> Self {
        Self {
            what,
            span,
            entries,
            problems,
            known: Vec::new(),
            probe: None,
        }
    }

    /// A mapping that is not there, to record what is asked of it.
    pub fn recorded(what: &'static str, probe: Probe<'a>, problems: &'a Problems) -> Self {
        Self {
            probe: Some(probe),
            ..Self::new(what, Span::default(), &[], problems)
        }
    }

    /// Records what the reader demands of several fields at once, as JSON Schema.
    pub fn rule(&self, rule: impl FnOnce() -> Json) {
        if let Some(probe) = self.probe {
            probe.rule(rule());
        }
    }

    /// Where the mapping begins.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The value of a field that may be missing.
    pub fn optional(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.field(name, false)
    }

    fn field(&mut self, name: &'static str, due: bool) -> Option<Value<'a>> {
        self.known.push(name);
        if let Some(probe) = self.probe {
            return Some(Value::recorded(name, probe.field(name), self.problems));
        }
        let (_, node) = self.entries.iter().find(|(key, _)| key.value == name)?;
        let value = Value {
            node,
            name,
            item: false,
            due,
            problems: self.problems,
            probe: None,
        };
        if !value.is_nothing() {
            return Some(value);
        }
        let strays = self.strays(name);
        match strays.first() {
            Some((first, _)) => {
                let message = nesting::belong(name, &strays);
                let problem = Diagnostic::error("MG0104", first.span, message);
                let help = nesting::indented(&strays);
                self.problems.report(problem.with_help(help));
                self.know(&strays);
            }
            None => value.has_nothing(due.then(|| self.example(name)).flatten()),
        }
        None
    }

    /// The value of a field that must be there.
    pub fn required(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.required_like(name, None)
    }

    /// The same, with a line to type where the usual one would say something else than the other fields.
    pub fn required_like(
        &mut self,
        name: &'static str,
        example: Option<&str>,
    ) -> Option<Value<'a>> {
        let value = self.field(name, true);
        if let Some(probe) = self.probe {
            probe.requires(name);
        }
        if value.is_none() && !self.has(name) {
            let message = format!("{} needs the field `{name}`", self.what);
            let missing = Diagnostic::error("MG0103", self.span, message);
            let strays = self.strays(name);
            let help = match self.misspelt(name) {
                Some(key) => Some(format!("write `{name}` in place of `{key}`")),
                None if strays.is_empty() => example
                    .map(|example| format!("write `{example}`"))
                    .or_else(|| self.example(name)),
                None => Some(nesting::below(name, &strays)),
            };
            self.know(&strays);
            self.problems.report(match help {
                Some(help) => missing.with_help(help),
                None => missing,
            });
        }
        value
    }

    /// A line to type.
    fn example(&self, name: &str) -> Option<String> {
        let example = example::of(self.what, name)?;
        Some(match example.ends_with(':') {
            true => {
                format!("write `{example}`, and its fields in lines below, two blanks further in")
            }
            false => format!("write `{example}`"),
        })
    }

    /// The fields beside this one that belong into it.
    fn strays(&self, name: &str) -> Vec<&'a (Text, Node)> {
        let entries = self.entries.iter();
        let below = |(key, _): &&(Text, Node)| nesting::home(self.what, &key.value) == Some(name);
        entries.filter(below).collect()
    }

    /// They were reported.
    fn know(&mut self, entries: &[&'a (Text, Node)]) {
        let names = entries.iter().map(|(key, _)| key.value.as_str());
        self.known.extend(names);
    }

    /// A field that nobody asked for, with nearly this name; capital letters count.
    fn misspelt(&self, name: &str) -> Option<&'a str> {
        let keys = self.entries.iter().map(|(key, _)| key.value.as_str());
        suggest::nearest(name, keys.filter(|key| !self.known.contains(key)))
    }

    /// A text that must be there; an empty one where it is not.
    pub fn text(&mut self, name: &'static str) -> Text {
        let missing = Text {
            value: String::new(),
            span: self.span,
        };
        self.required(name).map_or(missing, Value::text)
    }

    /// A text that may be missing.
    pub fn optional_text(&mut self, name: &'static str) -> Option<Text> {
        self.optional(name).map(Value::text)
    }

    /// A list of texts that must be there.
    pub fn texts(&mut self, name: &'static str) -> Vec<Text> {
        self.list(name, text)
    }

    /// A list of texts that may be missing.
    pub fn optional_texts(&mut self, name: &'static str) -> Option<Vec<Text>> {
        self.optional_list(name, text)
    }

    /// A list that must be there; items that cannot be read are left out.
    pub fn list<T>(&mut self, name: &'static str, read: impl Fn(Value<'a>) -> Option<T>) -> Vec<T> {
        self.required(name)
            .map_or_else(Vec::new, |value| self.items(value, read))
    }

    /// A list that may be missing.
    pub fn optional_list<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(Value<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.optional(name).map(|value| self.items(value, read))
    }

    fn items<T>(&mut self, value: Value<'a>, read: impl Fn(Value<'a>) -> Option<T>) -> Vec<T> {
        let rest = match value.scalar() {
            Some(_) => self.without_brackets(value),
            None => Vec::new(),
        };
        if rest.is_empty() {
            return read_all(value, read);
        }
        let (mut names, mut end) = (
            value.scalar().unwrap_or_default().to_owned(),
            value.span().end,
        );
        for (key, _) in &rest {
            // where the parts are one name, its blanks count
            names += if key.span.start > end + 1 { ", " } else { "," };
            names += &key.value;
            end = key.span.end;
        }
        let names = advice::bracketed(listed::names(&names));
        let help = format!("write `{}: {names}`", value.name);
        value.unfit::<()>("a list", Some(help));
        self.know(&rest);
        Vec::new()
    }

    /// What follows in `{ groups: a, b }` on the line, where a list has no brackets.
    fn without_brackets(&self, value: Value<'a>) -> Vec<&'a (Text, Node)> {
        let entries = self.entries.iter();
        let mut behind = entries.skip_while(|(_, node)| !std::ptr::eq(node, value.node));
        behind.next();
        let bare = |(key, node): &&(Text, Node)| {
            let nothing = matches!(&node.kind, Kind::Plain(text) if classify(text) == Plain::Null);
            nothing && key.span.line == value.node.span.line
        };
        behind.take_while(bare).collect()
    }

    /// A flag that is off unless it is given.
    pub fn flag(&mut self, name: &'static str) -> bool {
        self.optional(name).is_some_and(Value::flag)
    }

    /// One of two fields must be there.
    pub fn either(&self, names: [&'static str; 2]) {
        self.rule(|| json!({ "anyOf": names.map(|name| json!({ "required": [name] })) }));
        if self.probe.is_none() && !names.iter().any(|name| self.has(name)) {
            let [one, other] = names;
            let message = format!("{} needs the field `{one}` or `{other}`", self.what);
            self.problems
                .report(Diagnostic::error("MG0103", self.span, message));
        }
    }

    /// Whether the field is written at all.
    pub fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|(key, _)| key.value == name)
    }

    /// Whether a field has this text.
    pub fn says(&self, name: &str, text: &str) -> bool {
        let mut entries = self.entries.iter();
        let is = |node: &Node| matches!(&node.kind, Kind::Plain(value) | Kind::Quoted(value) if value == text);
        entries.any(|(key, node)| key.value == name && is(node))
    }

    /// The one entry, where there is no other.
    pub fn only(&self) -> Option<&'a (Text, Node)> {
        match self.entries {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether no field is written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every field as it is written, for mappings with free names.
    pub fn free(self) -> impl Iterator<Item = (&'a Text, Value<'a>)> {
        let problems = self.problems;
        let recorded = self.probe.map(|probe| {
            let value = Value::recorded("", probe.free(), problems);
            (&ANY_NAME, value)
        });
        let written = self.entries.iter().map(move |(key, node)| {
            quoted(key, problems);
            let value = Value {
                node,
                name: &key.value,
                item: false,
                due: false,
                problems,
                probe: None,
            };
            (key, value)
        });
        recorded.into_iter().chain(written)
    }

    /// Ends reading: reports every field that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self
            .entries
            .iter()
            .filter(|(key, _)| !self.known.contains(&key.value.as_str()))
        {
            let message = format!("unknown field `{}` in {}", key.value, self.what);
            let known = self.known.iter().copied();
            let elsewhere = advice::elsewhere(&key.value, self.what).map(str::to_owned);
            let home = nesting::home(self.what, &key.value).map(|home| {
                format!("it belongs to `{home}`: write it below `{home}:`, two blanks further in")
            });
            let help = elsewhere
                .or(home)
                .unwrap_or_else(|| suggest::help(&key.value, known, "the fields here are"));
            self.problems
                .report(Diagnostic::error("MG0101", key.span, message).with_help(help));
        }
    }
}

/// A name of somebody's own is the same for every reader: what one of them takes for something else stands in quotes, which make the place
/// two bytes longer than the name.
fn quoted(key: &Text, problems: &Problems) {
    let is_plain = key.span.end.saturating_sub(key.span.start) < key.value.len() + 2;
    if !is_plain || classify(&key.value) == Plain::Text {
        return;
    }
    let message = format!(
        "`{}` is a name here, and some YAML readers take it for something else",
        key.value
    );
    let help = format!("put it into quotes: `\"{}\":`", key.value);
    problems.report(Diagnostic::error("MG0105", key.span, message).with_help(help));
}

fn text(item: Value<'_>) -> Option<Text> {
    Some(item.text()).filter(|text| !text.value.is_empty())
}

fn read_all<'a, T>(value: Value<'a>, read: impl Fn(Value<'a>) -> Option<T>) -> Vec<T> {
    let items = value.items();
    // collected, the list would have room for twice as many: most items are read
    let mut all = Vec::with_capacity(items.len());
    all.extend(items.into_iter().filter_map(read));
    all
}
