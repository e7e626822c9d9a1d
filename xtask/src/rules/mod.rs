//! The table of rules.
//!
//! Not here: the rules themselves, one file each; formatting and clippy, which have their own tools.
//! Invariant: every rule has a name, a sentence and a test that shows it finding something.

use std::path::Path;

use crate::{Error, Finding, Graph, Tree};

mod claims;
mod generated;
pub mod layers;
pub mod licences;
mod links;
mod names;
mod order;
mod purity;
mod reach;
mod shape;
mod spelling;
mod words;

/// What rules look at.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// The files.
    pub tree: Tree,
    /// The packages.
    pub graph: Graph,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub says: &'static str,
    /// Finds where it does not hold.
    pub check: fn(&House) -> Vec<Finding>,
}

/// Every rule, in the order in which they are checked.
pub const RULES: &[Rule] = &[
    Rule {
        name: "layers",
        says: "A crate depends only on the crates its layer allows.",
        check: |house| layers::check(&house.graph),
    },
    Rule {
        name: "reach",
        says: "A pure crate reaches no I/O, clock, runtime or random source, not even through others.",
        check: |house| reach::check(&house.graph),
    },
    Rule {
        name: "licences",
        says: "Every dependency's licence is on the list of allowed ones.",
        check: |house| {
            let mut findings = licences::check(&house.graph);
            findings.extend(licences::check_page(&house.tree));
            findings
        },
    },
    Rule {
        name: "shape",
        says: "A source file opens with `//!`, has at most 600 lines; main.rs has at most 40.",
        check: |house| shape::check(&house.tree),
    },
    Rule {
        name: "names",
        says: "No file or item is named after nothing (utils, helper, manager, common) or after its version.",
        check: |house| names::check(&house.tree),
    },
    Rule {
        name: "order",
        says: "The deterministic crates keep no HashMap or HashSet, whose order could leak.",
        check: |house| order::check(&house.tree),
    },
    Rule {
        name: "purity",
        says: "The pure crates touch no clock, thread, file, socket, environment or terminal.",
        check: |house| purity::check(&house.tree),
    },
    Rule {
        name: "words",
        says: "No open ends without a link, no absolute paths of somebody's machine, no rulers in comments.",
        check: |house| words::check(&house.tree),
    },
    Rule {
        name: "spelling",
        says: "No common misspelling in documents or comments.",
        check: |house| spelling::check(&house.tree),
    },
    Rule {
        name: "links",
        says: "Every link and every path that a document names exists.",
        check: |house| links::check(&house.tree),
    },
    Rule {
        name: "claims",
        says: "Every test and every limit that a document names exists.",
        check: |house| claims::check(&house.tree),
    },
    Rule {
        name: "generated",
        says: "Every generated file is committed, and a test or script of its owner keeps it current.",
        check: |house| generated::check(&house.tree),
    },
];

impl House {
    /// Reads the files and the packages of the workspace at `root`.
    pub fn read(root: &Path) -> Result<Self, Error> {
        Ok(Self { tree: Tree::read(root)?, graph: Graph::read(root)? })
    }
}

/// A tree of one file, for the tests of rules.
#[cfg(test)]
fn tree(path: &str, text: &str) -> Tree {
    Tree::from_pairs([(path.to_owned(), Some(text.to_owned()))])
}
