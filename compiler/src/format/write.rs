//! From the tree to text.

use super::order::Place;
use super::scalar;
use super::tree::{Block, Comment, Document, Entry, Kind, Node};

/// Longest line of a list or mapping in brackets.
const WIDTH: usize = 100;

/// The text of a file; `sorted` puts fields into their order.
pub fn documents(documents: &[Document], sorted: bool) -> String {
    let mut writer = Writer {
        text: String::new(),
        sorted,
    };
    for (position, document) in documents.iter().enumerate() {
        if position > 0 {
            writer.text.push_str("---\n");
        }
        writer.document(document);
    }
    writer.text
}

struct Writer {
    text: String,
    sorted: bool,
}

impl Writer {
    fn document(&mut self, document: &Document) {
        self.comments(&document.head, 0, true);
        if document.apart {
            self.text.push('\n');
        }
        if let Some(root) = &document.root {
            self.root(root);
        }
        self.comments(
            &document.tail,
            0,
            document.root.is_none() && document.head.is_empty(),
        );
    }

    fn root(&mut self, root: &Node) {
        let place = Place::root(root);
        match &root.kind {
            Kind::List(block) | Kind::Map(block) if is_block(block) => {
                self.block(block, &place, 0, false)
            }
            _ => {
                let text = self.inline(root, &place, false);
                self.text += &format!("{text}\n");
            }
        }
    }

    fn comments(&mut self, comments: &[Comment], indent: usize, first: bool) {
        for (position, comment) in comments.iter().enumerate() {
            if comment.apart && !(first && position == 0) {
                self.text.push('\n');
            }
            self.text += &format!("{}#{}\n", " ".repeat(indent), comment.text);
        }
    }

    /// Every entry at this indentation; the first one goes on where the line has begun, if it has.
    fn block(&mut self, block: &Block, place: &Place, indent: usize, begun: bool) {
        let entries = self.ordered(block, place);
        for (position, entry) in entries.into_iter().enumerate() {
            let first = position == 0;
            if entry.apart && !first {
                self.text.push('\n');
            }
            if !(first && begun) {
                self.comments(&self.above(entry, place, indent), indent, true);
                self.text.push_str(&" ".repeat(indent));
            }
            self.entry(entry, place, indent);
        }
        self.comments(&block.tail, indent, false);
    }

    /// What stands above an entry: its comments, and those that would stand between the `-` of an item and what begins on its line.
    fn above(&self, entry: &Entry, place: &Place, indent: usize) -> Vec<Comment> {
        let mut comments = entry.above.clone();
        let below = match &entry.key {
            Some(_) => None,
            None => self.below(&entry.value, place, indent + 1),
        };
        let Some(block) = below else {
            return comments;
        };
        let begins = entry.value.anchor.is_none();
        if let Some(first) = self.ordered(block, place).first().filter(|_| begins) {
            let mut inner = self.above(first, place, indent + 2);
            if let Some(first) = inner.first_mut() {
                first.apart = false;
            }
            comments.extend(inner);
        }
        let behind = entry.right.iter().cloned();
        comments.extend(behind.map(|text| Comment { text, apart: false }));
        comments
    }

    fn entry(&mut self, entry: &Entry, place: &Place, indent: usize) {
        match &entry.key {
            Some(key) => {
                let key = self.inline(key, place, false);
                self.text += &format!("{key}:");
                self.value(entry, &place.field(entry), indent);
            }
            None => {
                self.text.push('-');
                self.item(entry, place, indent);
            }
        }
    }

    /// After `key:`.
    fn value(&mut self, entry: &Entry, place: &Place, indent: usize) {
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        let Some(block) = self.below(&entry.value, place, line.chars().count()) else {
            return self.short(entry, place, indent);
        };
        self.anchor(&entry.value);
        self.end_line(entry.right.as_deref());
        self.block(block, place, indent + 2, false);
    }

    /// After `-`: what is below it begins on the same line, unless an anchor stands there.
    fn item(&mut self, entry: &Entry, place: &Place, indent: usize) {
        let Some(block) = self.below(&entry.value, place, indent + 1) else {
            return self.short(entry, place, indent);
        };
        let begins = entry.value.anchor.is_none();
        if begins {
            self.text.push(' ');
        } else {
            self.anchor(&entry.value);
            self.text.push('\n');
        }
        self.block(block, place, indent + 2, begins);
    }

    /// A value that has nothing below it.
    fn short(&mut self, entry: &Entry, place: &Place, indent: usize) {
        if let Kind::Scalar(text, style) = &entry.value.kind
            && let Some((head, lines)) = scalar::block(text, *style)
        {
            self.anchor(&entry.value);
            self.text += &format!(" {head}");
            self.end_line(entry.right.as_deref());
            return self.lines(&lines, indent + 2);
        }
        let text = self.inline(&entry.value, place, false);
        if !text.is_empty() {
            self.text += &format!(" {text}");
        }
        self.end_line(entry.right.as_deref());
    }

    fn lines(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            if !line.is_empty() {
                self.text += &format!("{}{line}", " ".repeat(indent));
            }
            self.text.push('\n');
        }
    }

    fn anchor(&mut self, node: &Node) {
        if let Some(name) = &node.anchor {
            self.text += &format!(" &{name}");
        }
    }

    fn end_line(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.text += &format!(" #{comment}");
        }
        self.text.push('\n');
    }

    /// The items or fields of a value that stand on lines of their own: all but those in brackets for which there is room on a
    /// line of which so much is used.
    fn below<'a>(&self, node: &'a Node, place: &Place, used: usize) -> Option<&'a Block> {
        let (Kind::List(block) | Kind::Map(block)) = &node.kind else {
            return None;
        };
        let fits = || {
            let length = self.inline(node, place, false).chars().count();
            block.entries.is_empty() || used + 1 + length <= WIDTH
        };
        (is_block(block) || !fits()).then_some(block)
    }

    fn inline(&self, node: &Node, place: &Place, flow: bool) -> String {
        let text = match &node.kind {
            Kind::Scalar(text, style) => scalar::on_one_line(text, *style, flow),
            Kind::Alias(name) => format!("*{name}"),
            Kind::List(block) => format!("[{}]", self.in_brackets(block, place)),
            Kind::Map(block) if block.entries.is_empty() => "{}".to_owned(),
            Kind::Map(block) => format!("{{ {} }}", self.in_brackets(block, place)),
        };
        match &node.anchor {
            Some(name) => format!("&{name} {text}"),
            None => text,
        }
    }

    fn in_brackets(&self, block: &Block, place: &Place) -> String {
        let entries = self.ordered(block, place).into_iter().map(|entry| {
            let value = self.inline(&entry.value, &place.field(entry), true);
            match entry.key.as_ref().map(|key| self.inline(key, place, true)) {
                Some(key) => format!("{key}: {value}"),
                None => value,
            }
        });
        entries.collect::<Vec<_>>().join(", ")
    }

    fn ordered<'a>(&self, block: &'a Block, place: &Place) -> Vec<&'a Entry> {
        match self.sorted {
            true => place.sorted(block),
            false => block.entries.iter().collect(),
        }
    }
}

fn is_block(block: &Block) -> bool {
    let nested =
        |node: &Node| matches!(&node.kind, Kind::List(block) | Kind::Map(block) if is_block(block));
    !block.flow || block.entries.iter().any(|entry| nested(&entry.value))
}
