//! A problem of a site folder: where it is, what is wrong, what to do.
//!
//! Not here: finding problems (the other modules of `site`), printing them (the binary).
//! Invariant: a problem always names a file and says a remedy; a line is given whenever the file has one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::node::{File, Spot};

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

impl fmt::Display for SiteProblem {
    /// `site.toml:12: message (remedy)`, the form editors jump from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        if self.severity == Severity::Advice {
            f.write_str(" advice:")?;
        }
        write!(f, " {} ({})", self.message, self.remedy)
    }
}

/// Collects problems while a folder is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    problems: Vec<SiteProblem>,
    errors: usize,
    left_out: usize,
}

/// The most problems one reading returns: enough to work on, and a bound on hostile files.
pub const MAX_PROBLEMS: usize = 500;

impl Report {
    /// The site cannot be used until this is mended.
    pub(super) fn error(&mut self, spot: Spot, message: impl Into<String>, remedy: impl Into<String>) {
        self.push(spot.file, Some(spot.line), Severity::Error, (message.into(), remedy.into()));
    }

    /// The site works, but this would make it better.
    pub(super) fn advice(&mut self, spot: Spot, message: impl Into<String>, remedy: impl Into<String>) {
        self.push(spot.file, Some(spot.line), Severity::Advice, (message.into(), remedy.into()));
    }

    /// An error of a file as a whole.
    pub(super) fn file_error(&mut self, file: File, message: impl Into<String>, remedy: impl Into<String>) {
        self.push(file, None, Severity::Error, (message.into(), remedy.into()));
    }

    fn push(&mut self, file: File, line: Option<u32>, severity: Severity, (message, remedy): (String, String)) {
        self.errors += usize::from(severity == Severity::Error);
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(SiteProblem { file: file.name().to_owned(), line, severity, message, remedy });
        } else {
            self.left_out += 1;
        }
    }

    /// Errors so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// True when no more problems are kept, so that costly searches for more can stop.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MAX_PROBLEMS
    }

    /// The problems: site.toml first, then by line.
    pub(super) fn into_problems(mut self) -> Vec<SiteProblem> {
        // `site.toml` sorts after `site.geojson` by name; people start at the former.
        self.problems.sort_by(|a, b| b.file.cmp(&a.file).then(a.line.cmp(&b.line)));
        self.problems.dedup();
        if self.left_out > 0 {
            self.problems.push(SiteProblem {
                file: SITE_TOML.to_owned(),
                line: None,
                severity: Severity::Error,
                message: format!("{} more problems are not listed", self.left_out),
                remedy: "mend these first and check again".to_owned(),
            });
        }
        self.problems
    }
}
