//! Rows of one kind from both files, their ids, and look-ups that answer with the nearest known id.
//!
//! Not here: what a row means (`places`, `streams`, `organisation`).
//! Invariant: a row that does not conform keeps its position and id, so that it causes no echoes elsewhere.

use std::collections::BTreeMap;

use city::Bilingual;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::conform::{conforms, cut, owner_of};
use super::geojson_text::{Feature, Geometry};
use super::nearest::did_you_mean;
use super::node::{Node, Spot};
use super::problem::Report;
use super::raw::RawName;
use super::schema;

/// The most rows of one kind.
pub const MAX_ROWS: usize = 50_000;

/// A row as written.
pub(super) struct Row<'a, T> {
    /// What it is called in messages, such as `zone "levee-3"`.
    pub(super) owner: String,
    /// The tree it comes from.
    pub(super) node: &'a Node,
    /// The row itself; absent when it does not conform, which has been reported.
    pub(super) raw: Option<T>,
    /// Its feature, if it is in `site.geojson`.
    pub(super) feature: Option<&'a Feature>,
}

/// All rows of one kind.
pub(super) struct Table<'a, T> {
    pub(super) rows: Vec<Row<'a, T>>,
    kind: &'static str,
    by_id: BTreeMap<&'a str, usize>,
}

/// Who refers to a row, for messages.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) owner: &'a str,
    pub(super) key: &'a str,
    pub(super) spot: Spot,
}

impl<T> Row<'_, T> {
    /// The spot of a value inside the row.
    pub(super) fn spot(&self, path: &[&str]) -> Spot {
        self.node.spot_of(path)
    }

    /// Someone of this row who refers to another by `key`.
    pub(super) fn asks<'r>(&'r self, key: &'r str) -> Asker<'r> {
        Asker { owner: &self.owner, key, spot: self.spot(&[key]) }
    }

    /// Looks up what a row that does not conform refers to by the value at `path`; anything but a text is left aside.
    pub(super) fn check_reference<U>(&self, path: &[&str], table: &Table<'_, U>, report: &mut Report) {
        let value = path.iter().try_fold(self.node, |node, key| node.get(key));
        let key = path.join(".");
        for node in value.into_iter().flat_map(|node| std::iter::once(node).chain(node.items())) {
            if let Some(id) = node.text().filter(|id| !id.trim().is_empty()) {
                table.find(id, Asker { owner: &self.owner, key: &key, spot: node.spot }, report);
            }
        }
    }

    /// The row's geometry.
    pub(super) fn geometry(&self) -> Option<&Geometry> {
        self.feature.and_then(|feature| feature.geometry.as_ref())
    }

    /// Where the row's geometry begins.
    pub(super) fn geometry_spot(&self) -> Spot {
        self.feature.map_or(self.node.spot, |feature| feature.geometry_spot)
    }
}

impl<'a, T: JsonSchema + DeserializeOwned> Table<'a, T> {
    /// The features that are `kind`, then the rows of `[[kind]]`.
    pub(super) fn gather(kind: &'static str, root: &'a Node, features: &'a [Feature], report: &mut Report) -> Self {
        let schema = schema::of::<T>();
        let drawn = features.iter().filter(|feature| feature.is == kind).map(|feature| (&feature.node, Some(feature)));
        let listed = root.get(kind).map(Node::items).unwrap_or_default().iter().map(|node| (node, None));
        let mut table = Self { rows: Vec::new(), kind, by_id: BTreeMap::new() };
        for (node, feature) in drawn.chain(listed) {
            if table.rows.len() == MAX_ROWS {
                report.error(
                    node.spot,
                    format!("more than {MAX_ROWS} rows of [[{kind}]]"),
                    "split the site in two folders",
                );
                break;
            }
            let owner = owner_of(kind, node, table.rows.len());
            let raw = conforms(node, &schema, &owner, report).then(|| read(node, &owner, report)).flatten();
            table.index(node, &owner, report);
            table.rows.push(Row { owner, node, raw, feature });
        }
        table
    }

    fn index(&mut self, node: &'a Node, owner: &str, report: &mut Report) {
        let Some(id) = node.get("id").and_then(Node::text).filter(|id| !id.trim().is_empty()) else { return };
        if let Some(first) = self.by_id.get(id) {
            let first = self.rows[*first].spot(&["id"]);
            let message = format!("{owner} is there twice; first in {} line {}", first.file.name(), first.line);
            report.error(node.spot_of(&["id"]), message, format!("give one {} another id, or remove it", self.kind));
        } else {
            self.by_id.insert(id, self.rows.len());
        }
    }
}

impl<T> Table<'_, T> {
    /// The position of the row with this id; reported when there is none.
    pub(super) fn find(&self, id: &str, asker: Asker<'_>, report: &mut Report) -> Option<usize> {
        let found = self.by_id.get(id).copied();
        // That a site has no department at all is said once, by its schema.
        let is_echo = self.kind == "department" && self.rows.is_empty();
        if found.is_none() && !is_echo {
            let message = format!("{}: \"{}\" names an unknown {} \"{}\"", asker.owner, asker.key, self.kind, cut(id));
            let known: Vec<&str> = self.by_id.keys().copied().collect();
            report.error(asker.spot, message, did_you_mean(id, &known));
        }
        found
    }

    /// The row at a position, if it conforms.
    pub(super) fn raw(&self, position: usize) -> Option<&T> {
        self.rows.get(position).and_then(|row| row.raw.as_ref())
    }
}

/// Reads a conforming tree; what serde still refuses is reported, never lost.
pub(super) fn read<T: DeserializeOwned>(node: &Node, owner: &str, report: &mut Report) -> Option<T> {
    match serde_json::from_value(node.to_json()) {
        Ok(raw) => Some(raw),
        Err(error) => {
            report.error(node.spot, format!("{owner} cannot be read: {error}"), "see docs/sites.md for its keys");
            None
        }
    }
}

/// A name in both languages.
pub(super) fn name(raw: &RawName) -> Bilingual {
    Bilingual::new(raw.zh_cn.trim(), raw.en.trim())
}
