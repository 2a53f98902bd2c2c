//! Where each comment belongs: to what follows it, to what it stands behind, or to the end of the list that it is indented as, unless
//! it stands directly above a field that is indented so, too.

use std::collections::VecDeque;

use granit_parser::ScalarStyle;

use super::tree::{Block, Comment, Document, Entry, Kind, Node};

/// A comment and its place.
#[derive(Debug, Clone)]
pub struct Found {
    text: String,
    /// counted from 1
    pub line: usize,
    /// counted from 0
    pub column: usize,
}

impl Found {
    /// Its text without the blanks at its end.
    pub fn new(text: &str, span: &granit_parser::Span) -> Self {
        Self {
            text: text.trim_end().to_owned(),
            line: span.start.line(),
            column: span.start.col(),
        }
    }
}

/// The documents with their comments; these are in the order of the file.
pub fn placed(mut documents: Vec<Document>, found: Vec<Found>, text: &str) -> Vec<Document> {
    let lines: Vec<&str> = text.lines().collect();
    let mut placing = Placing {
        found: found.into(),
        lines: &lines,
    };
    let starts: Vec<usize> = documents.iter().map(|document| document.line).collect();
    for (position, document) in documents.iter_mut().enumerate() {
        let next = starts.get(position + 1).copied().unwrap_or(usize::MAX);
        if let Some(root) = &mut document.root {
            let first = first_line(root);
            document.head = placing.before(first, 0);
            placing.node(root, next);
            document.apart = !document.head.is_empty() && first_apart(root);
        }
        document.tail = placing.before(next, 0);
    }
    documents
}

fn first_line(node: &Node) -> usize {
    let (Kind::List(block) | Kind::Map(block)) = &node.kind else {
        return node.lines.0;
    };
    let first = block.entries.first();
    first.map_or(node.lines.0, |entry| entry.start().lines.0)
}

/// Whether an empty line is before the first field; it stays where it is, whichever field comes first.
fn first_apart(root: &mut Node) -> bool {
    let (Kind::List(block) | Kind::Map(block)) = &mut root.kind else {
        return false;
    };
    let first = block.entries.first_mut();
    first.is_some_and(|first| std::mem::take(&mut first.apart))
}

struct Placing<'a> {
    found: VecDeque<Found>,
    lines: &'a [&'a str],
}

impl Placing<'_> {
    /// Takes the next comments, as long as they are before a line and not left of a column.
    fn before(&mut self, line: usize, column: usize) -> Vec<Comment> {
        let mut taken = Vec::new();
        while let Some(next) = self.found.front() {
            let behind = self.is_behind(next);
            if next.line >= line || (next.column < column && !behind) {
                break;
            }
            if let Some(Found { text, line, .. }) = self.found.pop_front() {
                let apart = self.is_apart(line);
                taken.push(Comment { text, apart });
            }
        }
        taken
    }

    /// Whether something else stands on the line before it.
    fn is_behind(&self, comment: &Found) -> bool {
        let line = comment
            .line
            .checked_sub(1)
            .and_then(|line| self.lines.get(line));
        line.is_some_and(|line| !line.trim_start().starts_with('#'))
    }

    /// Whether the line before is empty.
    fn is_apart(&self, line: usize) -> bool {
        let before = line.checked_sub(2).and_then(|line| self.lines.get(line));
        before.is_some_and(|line| line.trim().is_empty())
    }

    /// `limit` is the line at which something else begins.
    fn node(&mut self, node: &mut Node, limit: usize) {
        match &mut node.kind {
            Kind::List(block) | Kind::Map(block) => self.block(block, node.lines.1, limit),
            Kind::Scalar(..) | Kind::Alias(_) => {}
        }
    }

    fn block(&mut self, block: &mut Block, last: usize, limit: usize) {
        let flow = block.flow;
        if flow {
            if self
                .found
                .front()
                .is_none_or(|comment| comment.line >= last)
            {
                return;
            }
            block.flow = false;
        }
        let column = block.entries.first().map_or(0, |entry| self.column(entry));
        let starts: Vec<usize> = block
            .entries
            .iter()
            .map(|entry| entry.start().lines.0)
            .collect();
        for (position, entry) in block.entries.iter_mut().enumerate() {
            let otherwise = if flow { last } else { limit };
            let next = starts.get(position + 1).copied().unwrap_or(otherwise);
            self.entry(entry, next);
        }
        block.tail = match flow {
            true => self.before(last, 0),
            false => self.before(self.with_comments(limit), column.max(1)),
        };
    }

    /// The first line of the comments directly above a line that begin where it begins: they are about it, also where the list before it
    /// begins there, too.
    fn with_comments(&self, line: usize) -> usize {
        let Some(below) = line.checked_sub(1).and_then(|line| self.lines.get(line)) else {
            return line;
        };
        let begins = |line: &str| line.len() - line.trim_start().len();
        let above = self.lines.iter().take(line - 1).rev();
        let all = above.take_while(|above| above.trim_start().starts_with('#'));
        let own = all
            .enumerate()
            .filter(|(_, above)| begins(above) == begins(below));
        line - own.last().map_or(0, |(count, _)| count + 1)
    }

    /// Where a field, or the `-` of an item, stands.
    fn column(&self, entry: &Entry) -> usize {
        let Node { lines, column, .. } = entry.start();
        if entry.key.is_some() {
            return *column;
        }
        let line = lines.0.checked_sub(1).and_then(|line| self.lines.get(line));
        let before: Vec<char> = line.map_or("", |line| line).chars().take(*column).collect();
        let dash = before.iter().rposition(|c| *c == '-');
        dash.unwrap_or(column.saturating_sub(2))
    }

    fn entry(&mut self, entry: &mut Entry, next: usize) {
        let start = entry.start().lines.0;
        entry.above = self.before(start, 0);
        entry.apart = match entry.above.first_mut() {
            Some(first) => std::mem::take(&mut first.apart),
            None => self.is_apart(start),
        };
        let nested =
            matches!(&entry.value.kind, Kind::List(block) | Kind::Map(block) if !block.flow);
        let key = entry.key.as_ref().map(|key| key.lines.1);
        if let (true, Some(line)) = (nested, key) {
            entry.right = self.on(line);
            self.node(&mut entry.value, next);
            return;
        }
        self.node(&mut entry.value, next);
        if !nested {
            self.behind(entry);
        }
    }

    /// The comment behind a value that has nothing below it; those inside of a value on several lines go above.
    fn behind(&mut self, entry: &mut Entry) {
        let (first, last) = entry.value.lines;
        // below its first line a block scalar has text alone, and what the parser calls its end is where something else begins
        let last = match &entry.value.kind {
            Kind::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded) => first,
            _ => last,
        };
        let mut taken = self.before(last.saturating_add(1), 0);
        entry.right = taken.pop().map(|comment| comment.text);
        entry.above.extend(taken);
    }

    fn on(&mut self, line: usize) -> Option<String> {
        let here = self
            .found
            .front()
            .is_some_and(|comment| comment.line == line);
        let comment = if here { self.found.pop_front() } else { None };
        comment.map(|comment| comment.text)
    }
}
