//! A problem of a site folder: where it is, what is wrong, what to do.
//!
//! Not here: finding problems (the other modules of `site`), printing them (the binary).
//! Invariant: a problem always names a file and says a remedy; a line is given whenever the file has one.

use serde::{Deserialize, Serialize};

/// The file that holds departments, datastreams, levels and measures.
pub const SITE_TOML: &str = "site.toml";
/// The file that holds zones, links, gates and scenery.
pub const SITE_GEOJSON: &str = "site.geojson";

/// Whether a site can be used in spite of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The site is not used until this is mended.
    Error,
    /// The site works, but not as well as it could.
    Advice,
}

/// One problem of a site folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SiteProblem {
    /// The file's name inside the folder.
    pub file: String,
    /// The line, from 1; absent when the problem is of the file as a whole.
    pub line: Option<u32>,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, with the id or key concerned.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}
