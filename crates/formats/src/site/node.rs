//! The tree that both files of a site folder are read into: values with the line each stands on.
//!
//! Not here: the two syntaxes (`toml_text`, `geojson_text`), what keys mean (`raw`).
//! Invariant: every value and every key knows its file and line; tables keep the order of the file.

use serde_json::{Map, Value};

use super::problem::{SITE_GEOJSON, SITE_TOML};

/// A file of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    Toml,
    Geojson,
}

impl File {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Toml => SITE_TOML,
            Self::Geojson => SITE_GEOJSON,
        }
    }
}

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) file: File,
    pub(super) line: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) spot: Spot,
    pub(super) content: Content,
}

/// What a value is; a date-time of TOML is a text.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Member>),
}

/// A key, where it stands, and its value.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) key: String,
    pub(super) spot: Spot,
    pub(super) node: Node,
}

impl Node {
    /// The members of a table; of anything else, none.
    pub(super) fn members(&self) -> &[Member] {
        match &self.content {
            Content::Table(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; of anything else, none.
    pub(super) fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The value of `key`, null counting as absent.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let member = self.members().iter().rev().find(|member| member.key == key)?;
        (!matches!(member.node.content, Content::Null)).then_some(&member.node)
    }

    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The line of the value at a path such as `["ladder", "caution"]`, or of the deepest part that exists.
    pub(super) fn spot_of(&self, path: &[&str]) -> Spot {
        path.iter()
            .try_fold(self, |node, key| node.get(key).ok_or(node.spot))
            .map_or_else(|deepest| deepest, |node| node.spot)
    }

    /// The same value without lines, nulls dropped from tables; for serde.
    pub(super) fn to_json(&self) -> Value {
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(value) => Value::from(*value),
            Content::Integer(value) => Value::from(*value),
            Content::Float(value) => Value::from(*value),
            Content::Text(text) => Value::from(text.as_str()),
            Content::List(items) => items.iter().map(Self::to_json).collect(),
            Content::Table(members) => {
                let present = members.iter().filter(|member| !matches!(member.node.content, Content::Null));
                let pairs: Map<String, Value> =
                    present.map(|member| (member.key.clone(), member.node.to_json())).collect();
                Value::Object(pairs)
            }
        }
    }
}

/// The line starts of a text, to turn byte offsets into lines.
pub(super) struct Lines {
    file: File,
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn of(file: File, text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { file, starts: breaks.map(|(offset, _)| offset + 1).collect() }
    }

    /// The spot of a byte offset; an offset past the end is on the last line.
    pub(super) fn at(&self, offset: usize) -> Spot {
        let line = self.starts.partition_point(|start| *start <= offset) + 1;
        Spot { file: self.file, line: u32::try_from(line).unwrap_or(u32::MAX) }
    }
}
