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
            let goes_on = first && begun;
            if !goes_on {
                self.comments(&entry.above, indent, true);
                self.comments(self.above_first(entry, place), indent, true);
            }
            if !goes_on {
                self.text.push_str(&" ".repeat(indent));
            }
            self.entry(entry, place, indent);
        }
        self.comments(&block.tail, indent, false);
    }

    /// Comments above the first field of an item that begins on the item's line: they stand above the item.
    fn above_first<'a>(&self, entry: &'a Entry, place: &Place) -> &'a [Comment] {
        let plain = entry.key.is_none() && entry.value.anchor.is_none() && entry.right.is_none();
        match &entry.value.kind {
            Kind::List(block) | Kind::Map(block) if plain && is_block(block) => {
                let order = self.ordered(block, place);
                order.first().map_or(&[], |first| &first.above)
            }
            _ => &[],
        }
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
        if let Kind::List(block) | Kind::Map(block) = &entry.value.kind {
            let flow = self.fits(&entry.value, place, indent);
            if flow.is_none() {
                self.anchor(&entry.value);
                self.end_line(entry.right.as_deref());
                return self.block(block, place, indent + 2, false);
            }
        }
        self.short(entry, place, indent);
    }

    /// After `-`: a mapping begins on the same line, unless something must stand before it.
    fn item(&mut self, entry: &Entry, place: &Place, indent: usize) {
        let (Kind::List(block) | Kind::Map(block)) = &entry.value.kind else {
            return self.short(entry, place, indent);
        };
        if self.fits(&entry.value, place, indent).is_some() {
            return self.short(entry, place, indent);
        }
        let alone = entry.value.anchor.is_some() || entry.right.is_some();
        if alone {
            self.anchor(&entry.value);
            self.end_line(entry.right.as_deref());
        } else {
            self.text.push(' ');
        }
        self.block(block, place, indent + 2, !alone);
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

    /// The value in brackets, where it is so in the file and there is room.
    fn fits(&self, node: &Node, place: &Place, indent: usize) -> Option<String> {
        let (Kind::List(block) | Kind::Map(block)) = &node.kind else {
            return None;
        };
        if is_block(block) {
            return None;
        }
        let line = self.text.rsplit('\n').next().unwrap_or_default();
        let used = line.chars().count().max(indent);
        let text = self.inline(node, place, false);
        (block.entries.is_empty() || used + 1 + text.chars().count() <= WIDTH).then_some(text)
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
