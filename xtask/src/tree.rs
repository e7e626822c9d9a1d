//! The files of the project as git knows them, tracked or new, without what it ignores.
//!
//! Not here: any judgement of them.
//! Invariant: paths are relative to the root, use forward slashes and are sorted.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::Error;

/// Endings of files read as text.
const TEXT: &[&str] = &["rs", "toml", "md", "ts", "svelte", "css", "html", "js", "mjs", "json", "sh"];
/// Files read as text by their whole name.
const TEXT_NAMES: &[&str] = &["Makefile", ".ci/run"];

/// A text file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// All files.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The text files.
    pub files: Vec<SourceFile>,
    /// Every path, text or not, and every folder on the way.
    pub paths: BTreeSet<String>,
}

impl Tree {
    /// Reads the tree at `root` by asking git.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let output = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .map_err(|error| Error::new(format!("git ls-files: {error}")))?;
        if !output.status.success() {
            return Err(Error::new(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim())));
        }
        let mut pairs = Vec::new();
        for path in String::from_utf8_lossy(&output.stdout).split('\0').filter(|path| !path.is_empty()) {
            let full = root.join(path);
            // Listed but deleted in the working tree: it is about to leave.
            if !full.is_file() {
                continue;
            }
            let text = if is_text(path) {
                Some(
                    std::fs::read_to_string(&full)
                        .map_err(|error| Error::new(format!("{path}: {error}; is it UTF-8?")))?,
                )
            } else {
                None
            };
            pairs.push((path.to_owned(), text));
        }
        pairs.sort();
        Ok(Self::from_pairs(pairs))
    }

    /// A tree made up of paths and their texts.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in pairs {
            for (at, _) in path.match_indices('/') {
                tree.paths.insert(path[..at].to_owned());
            }
            tree.paths.insert(path.clone());
            if let Some(text) = text {
                tree.files.push(SourceFile { path, text });
            }
        }
        tree
    }

    /// The text file at `path`.
    pub fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Text files with this ending.
    pub fn ending<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a SourceFile> {
        self.files.iter().filter(move |file| file.path.rsplit_once('.').is_some_and(|(_, last)| last == ending))
    }
}

fn is_text(path: &str) -> bool {
    TEXT_NAMES.contains(&path) || path.rsplit_once('.').is_some_and(|(_, ending)| TEXT.contains(&ending))
}
