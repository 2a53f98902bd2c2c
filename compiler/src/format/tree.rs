//! A file as it is written: anchors, styles and comments included.

use std::collections::BTreeMap;
use std::iter::Peekable;

use granit_parser::{Event, Options, Parser, ScalarStyle, StrInput, StructureStyle, options};

use super::comments;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::plain::{Plain, classify};

/// A document, and the comments around it.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// its first line
    pub line: usize,
    /// comments before its root
    pub head: Vec<Comment>,
    /// whether an empty line is behind them
    pub apart: bool,
    /// `None` for an empty one
    pub root: Option<Node>,
    /// comments after its root
    pub tail: Vec<Comment>,
}

/// A line of comment, without `#` and without blanks at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// the text
    pub text: String,
    /// whether an empty line is before it
    pub apart: bool,
}

/// A value.
#[derive(Debug, Clone)]
pub struct Node {
    /// what it is
    pub kind: Kind,
    /// name of its anchor
    pub anchor: Option<String>,
    /// first and last line
    pub lines: (usize, usize),
    /// first column, from 0
    pub column: usize,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// a text, number, boolean or nothing
    Scalar(String, ScalarStyle),
    /// what an anchor stands for: its name
    Alias(String),
    /// items
    List(Block),
    /// fields
    Map(Block),
}

/// Items or fields.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// in brackets
    pub flow: bool,
    /// in the order of the file
    pub entries: Vec<Entry>,
    /// comments behind the last of them
    pub tail: Vec<Comment>,
}

/// An item, or a field.
#[derive(Debug, Clone)]
pub struct Entry {
    /// comments above it
    pub above: Vec<Comment>,
    /// whether an empty line is before it and its comments
    pub apart: bool,
    /// the field's name
    pub key: Option<Node>,
    /// the value
    pub value: Node,
    /// comment behind it, on the same line
    pub right: Option<String>,
}

/// Reads a text, comments and all.
pub fn read(text: &str) -> Result<Vec<Document>, Diagnostic> {
    let settings: Options = options! { emit_comments: true, emit_anchor_events: true, disallow_directives: true, strict_indentation: true };
    let mut composer = Composer {
        events: Vec::new().into_iter().peekable(),
        names: BTreeMap::new(),
    };
    let mut events = Vec::new();
    let mut found = Vec::new();
    for event in Parser::<StrInput<'_>>::new_from_str_with_options(text, settings) {
        let (event, span) =
            event.map_err(|error| refused(error.marker().line(), &error.to_string()))?;
        match event {
            Event::Comment(text, _) => found.push(comments::Found::new(&text, &span)),
            event => events.push((event, span)),
        }
    }
    composer.events = events.into_iter().peekable();
    let documents = composer.documents()?;
    found.sort_by_key(|comment| (comment.line, comment.column));
    Ok(comments::placed(documents, found, text))
}

fn refused(line: usize, message: &str) -> Diagnostic {
    let span = Span {
        line,
        column: 1,
        ..Span::default()
    };
    Diagnostic::error("MG0005", span, format!("this is not valid YAML: {message}"))
}

type Located<'a> = (Event<'a>, granit_parser::Span);

struct Composer<'a> {
    events: Peekable<std::vec::IntoIter<Located<'a>>>,
    names: BTreeMap<usize, String>,
}

impl<'a> Composer<'a> {
    fn documents(&mut self) -> Result<Vec<Document>, Diagnostic> {
        let mut documents = Vec::new();
        while let Some((event, span)) = self.events.next() {
            if let Event::DocumentStart(..) = event {
                let line = span.start.line();
                let (event, span) = self.next()?;
                let root = self.node(event, &span)?;
                let empty =
                    matches!(&root.kind, Kind::Scalar(text, ScalarStyle::Plain) if text.is_empty());
                documents.push(Document {
                    line,
                    root: (!empty).then_some(root),
                    ..Document::default()
                });
            }
        }
        Ok(documents)
    }

    fn next(&mut self) -> Result<Located<'a>, Diagnostic> {
        self.events
            .next()
            .ok_or_else(|| refused(1, "it ends too early"))
    }

    fn node(&mut self, event: Event<'a>, span: &granit_parser::Span) -> Result<Node, Diagnostic> {
        let start = (span.start.line(), span.start.col());
        let tagged = event.tag().is_some();
        let anchor = event.anchor_id().map(|id| self.anchor(id));
        let (kind, last) = match event {
            _ if tagged => return Err(refused(start.0, "tags are not used here")),
            Event::Scalar(text, style, ..) => (Kind::Scalar(text.into_owned(), style), end(span)),
            Event::Alias(id) => (
                Kind::Alias(self.names.get(&id).cloned().unwrap_or_default()),
                start.0,
            ),
            Event::SequenceStart(style, ..) => {
                let (block, last) = self.block(style, start.0, false)?;
                (Kind::List(block), last)
            }
            Event::MappingStart(style, ..) => {
                let (block, last) = self.block(style, start.0, true)?;
                (Kind::Map(block), last)
            }
            _ => return Err(refused(start.0, "a value is due")),
        };
        Ok(Node {
            kind,
            anchor,
            lines: (start.0, last),
            column: start.1,
        })
    }

    fn anchor(&mut self, id: usize) -> String {
        let named = |(event, _): &Located<'a>| matches!(event, Event::Anchor(..));
        if let Some((Event::Anchor(_, name), _)) = self.events.next_if(named) {
            self.names.insert(id, name.into_owned());
        }
        self.names.get(&id).cloned().unwrap_or_default()
    }

    fn block(
        &mut self,
        style: StructureStyle,
        first: usize,
        map: bool,
    ) -> Result<(Block, usize), Diagnostic> {
        let mut block = Block {
            flow: style == StructureStyle::Flow,
            ..Block::default()
        };
        let mut last = first;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd | Event::MappingEnd) {
                let last = if block.flow { end(&span) } else { last };
                return Ok((block, last));
            }
            let node = self.node(event, &span)?;
            let (key, value) = if map {
                let (event, span) = self.next()?;
                (Some(node), self.node(event, &span)?)
            } else {
                (None, node)
            };
            last = value.lines.1.max(last);
            block.entries.push(Entry {
                above: Vec::new(),
                apart: false,
                key,
                value,
                right: None,
            });
        }
    }
}

/// The last line that something stands on; a span may end at the beginning of the next one.
fn end(span: &granit_parser::Span) -> usize {
    let (first, last) = (span.start.line(), span.end.line());
    if span.end.col() == 0 && last > first {
        last - 1
    } else {
        last
    }
}

impl Entry {
    /// Where it begins.
    pub fn start(&self) -> &Node {
        self.key.as_ref().unwrap_or(&self.value)
    }
}

impl Node {
    /// What it says, whatever it looks like: fields in order of their names.
    pub fn meaning(&self) -> String {
        match &self.kind {
            Kind::Scalar(text, style) => told(text, *style),
            Kind::Alias(name) => format!("*{name}"),
            Kind::List(block) => {
                let items: Vec<String> = block
                    .entries
                    .iter()
                    .map(|entry| entry.value.told())
                    .collect();
                format!("[{}]", items.join(","))
            }
            Kind::Map(block) => {
                let told = |entry: &Entry| (entry.key.as_ref().map(Self::told), entry.value.told());
                let mut fields: Vec<_> = block.entries.iter().map(told).collect();
                fields.sort();
                format!("{fields:?}")
            }
        }
    }

    fn told(&self) -> String {
        format!("&{:?} {}", self.anchor, self.meaning())
    }
}

/// A text is a text in quotes and without; anything else counts as it is written.
fn told(text: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::Plain if classify(text) != Plain::Text => text.to_owned(),
        _ => format!("{text:?}"),
    }
}

impl Document {
    /// Every comment in it, in order.
    pub fn comments(&self) -> Vec<String> {
        let mut found = Vec::new();
        found.extend(self.head.iter().map(|comment| comment.text.clone()));
        if let Some(root) = &self.root {
            collect(root, &mut found);
        }
        found.extend(self.tail.iter().map(|comment| comment.text.clone()));
        found
    }
}

fn collect(node: &Node, found: &mut Vec<String>) {
    let (Kind::List(block) | Kind::Map(block)) = &node.kind else {
        return;
    };
    for entry in &block.entries {
        found.extend(entry.above.iter().map(|comment| comment.text.clone()));
        found.extend(entry.right.clone());
        collect(&entry.value, found);
    }
    found.extend(block.tail.iter().map(|comment| comment.text.clone()));
}
