//! From text to trees. Bounded: depth and nodes are counted, aliases at their full size.

use std::collections::BTreeMap;

use granit_parser::{Event, Marker, Options, Parser, ScalarStyle, ScanError, StrInput, options};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

use super::node::{Kind, Node};
use super::plain::{Plain, classify};
use super::problems::Problems;
use super::{Text, broken, tag};

/// Deepest nesting of lists and mappings.
const DEEPEST: usize = 32;

/// Most nodes of a file, every alias counted as what it stands for.
const MOST_NODES: usize = 100_000;

/// Code of a text without documents.
pub const EMPTY: &str = "MG0009";

/// The documents of a text; `None` where one of them could not be read to its end.
pub fn documents(source: usize, text: &str, problems: &Problems) -> Option<Vec<Node>> {
    let parser = Parser::new_from_str_with_options(text, settings());
    let mut composer = Composer {
        source,
        text,
        parser,
        problems,
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    let found = composer.all();
    if found.as_ref().is_some_and(Vec::is_empty) {
        let help = "a file holds `ModelAccess`, `ModelGate`, `Roles` or `AccessTest` documents; delete it if it is not needed";
        problems.report(
            Diagnostic::error(EMPTY, Span::file(source), "the file holds no document")
                .with_help(help),
        );
        return None;
    }
    found
}

fn settings() -> Options {
    options! { emit_comments: false, disallow_directives: true, strict_indentation: true }
}

struct Composer<'a> {
    source: usize,
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    problems: &'a Problems,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
}

/// The document cannot be read on; it was reported.
struct Broken;

impl<'a> Composer<'a> {
    fn all(&mut self) -> Option<Vec<Node>> {
        let mut found = Vec::new();
        let mut complete = true;
        loop {
            match self.document() {
                Ok(Some(node)) => found.push(node),
                Ok(None) => break,
                Err(Broken) if self.nodes > MOST_NODES => return None,
                Err(Broken) => {
                    complete = false;
                    if !matches!(self.parser.proceed_next_document(), Ok(true)) {
                        break;
                    }
                }
            }
        }
        found.retain(
            |node| !matches!(&node.kind, Kind::Plain(text) if classify(text) == Plain::Null),
        );
        (complete || !found.is_empty()).then_some(found)
    }

    fn document(&mut self) -> Result<Option<Node>, Broken> {
        loop {
            let Some((event, span)) = self.next()? else {
                return Ok(None);
            };
            match event {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {
                    self.anchors.clear()
                }
                event => return self.node(event, span, 0).map(Some),
            }
        }
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, granit_parser::Span)>, Broken> {
        self.parser
            .next_event()
            .transpose()
            .map_err(|error| self.refuse_syntax(&error))
    }

    fn child(&mut self, depth: usize) -> Result<Option<Node>, Broken> {
        match self.next()? {
            None | Some((Event::SequenceEnd | Event::MappingEnd, _)) => Ok(None),
            Some((event, span)) => self.node(event, span, depth).map(Some),
        }
    }

    fn node(
        &mut self,
        event: Event<'a>,
        place: granit_parser::Span,
        depth: usize,
    ) -> Result<Node, Broken> {
        let span = self.span(&place);
        let (before, anchor) = (self.nodes, event.anchor_id());
        self.count(1, span)?;
        if depth > DEEPEST {
            let message = format!("nested more than {DEEPEST} deep");
            return Err(self.refuse(Diagnostic::error("MG0007", span, message)));
        }
        if let Some(tag) = event.tag() {
            let is_text = matches!(event, Event::Scalar(..));
            return Err(self.refuse(tag::refused(self.text, &tag.original(), span, is_text)));
        }
        let node = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => Node {
                kind: Kind::Plain(text.into_owned()),
                span,
            },
            Event::Scalar(text, ..) => Node {
                kind: Kind::Quoted(text.into_owned()),
                span,
            },
            Event::SequenceStart(..) => self.list(span, depth)?,
            Event::MappingStart(..) => self.map(span, depth)?,
            Event::Alias(id) => self.alias(id, span)?,
            _ => {
                return Err(self.refuse(Diagnostic::error(
                    "MG0005",
                    span,
                    "this is not valid YAML",
                )));
            }
        };
        if let Some(id) = anchor {
            self.anchors.insert(id, (node.clone(), self.nodes - before));
        }
        Ok(node)
    }

    fn list(&mut self, span: Span, depth: usize) -> Result<Node, Broken> {
        let mut items = Vec::new();
        while let Some(item) = self.child(depth + 1)? {
            items.push(item);
        }
        let span = items.first().map_or(span, |first: &Node| first.span);
        Ok(Node {
            kind: Kind::List(items),
            span,
        })
    }

    fn map(&mut self, span: Span, depth: usize) -> Result<Node, Broken> {
        let mut entries: Vec<(Text, Node)> = Vec::new();
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        let mut begins_anew = false;
        while let Some(key) = self.child(depth + 1)? {
            let value = self.child(depth + 1)?;
            let (Some(key), Some(value)) = (self.key(key), value) else {
                continue;
            };
            match lines.get(&key.value) {
                Some(line) => {
                    let is_first = entries
                        .first()
                        .is_some_and(|(first, _)| first.value == key.value);
                    // what follows belongs to the entry that begins there
                    if is_first || !begins_anew {
                        self.problems
                            .report(repeated(&key, &value, *line, is_first));
                    }
                    begins_anew |= is_first && key.span.line != *line;
                }
                None => {
                    lines.insert(key.value.clone(), key.span.line);
                    entries.push((key, value));
                }
            }
        }
        let span = entries.first().map_or(span, |(key, _)| key.span);
        Ok(Node {
            kind: Kind::Map(entries),
            span,
        })
    }

    fn key(&self, node: Node) -> Option<Text> {
        match node.kind {
            Kind::Plain(value) | Kind::Quoted(value) => Some(Text {
                value,
                span: node.span,
            }),
            Kind::List(_) | Kind::Map(_) => {
                let diagnostic =
                    Diagnostic::error("MG0005", node.span, "a list or a mapping is no field name");
                self.problems.report(diagnostic);
                None
            }
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<Node, Broken> {
        let Some((node, size)) = self.anchors.get(&id) else {
            let message = "an alias inside of what it stands for";
            return Err(self.refuse(Diagnostic::error("MG0008", span, message)));
        };
        let (size, node) = (
            *size,
            Node {
                span,
                ..node.clone()
            },
        );
        self.count(size, span)?;
        Ok(node)
    }

    fn count(&mut self, more: usize, span: Span) -> Result<(), Broken> {
        self.nodes += more;
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let message =
            format!("with all aliases written out the file has more than {MOST_NODES} values");
        let help = "write the values out, or split the file";
        Err(self.refuse(Diagnostic::error("MG0008", span, message).with_help(help)))
    }

    fn refuse(&self, diagnostic: Diagnostic) -> Broken {
        self.problems.report(diagnostic);
        Broken
    }

    fn refuse_syntax(&self, error: &ScanError) -> Broken {
        let near = position(self.source, error.marker(), error.marker());
        self.refuse(broken::refused(self.text, error.kind(), near))
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        position(self.source, &span.start, &span.end)
    }
}

/// Whoever writes a list twice means both, and a first field may begin an entry whose hyphen was forgotten: nothing of it may get lost.
fn repeated(key: &Text, value: &Node, line: usize, is_first: bool) -> Diagnostic {
    let message = format!("`{}` stands here twice", key.value);
    let help = match (key.value.as_str(), key.span.column) {
        ("apiVersion" | "kind" | "metadata" | "spec", 1) => {
            format!("it is already on line {line}; write a line `---` above the second document")
        }
        _ if matches!(value.kind, Kind::List(_)) => {
            format!("it is already on line {line}; put what stands here into the list there")
        }
        ("when", _) => format!(
            "it is already on line {line}; one condition says both: `&&` between them where each must hold, as in an allow, `||` where one is enough, as in a deny"
        ),
        _ if is_first && key.span.line != line => format!(
            "it is already on line {line}; where an entry of its own begins here, write `- ` before it, or else keep one of them"
        ),
        _ => format!("it is already on line {line}; keep one of them"),
    };
    Diagnostic::error("MG0006", key.span, message).with_help(help)
}

fn position(source: usize, start: &Marker, end: &Marker) -> Span {
    let first = start.byte_offset().unwrap_or_default();
    let last = end.byte_offset().unwrap_or(first).max(first);
    Span {
        source,
        start: first,
        end: last,
        line: start.line(),
        column: start.col() + 1,
    }
}
