//! A YAML document as a tree in which every node knows its place.

use crate::source::Span;

use super::Text;

/// One value.
#[derive(Debug, Clone)]
pub struct Node {
    /// what it is
    pub kind: Kind,
    /// a scalar: all of it; a collection: its brackets, or its first key or item
    pub span: Span,
}

/// What a value can be.
#[derive(Debug, Clone)]
pub enum Kind {
    /// without quotes: a text, number, boolean or null, as YAML reads it
    Plain(String),
    /// in quotes or as a block: always a text
    Quoted(String),
    /// a sequence
    List(Vec<Node>),
    /// a mapping; keys are unique texts
    Map(Vec<(Text, Node)>),
}
