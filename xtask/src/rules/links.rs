//! Links and paths in documents.
//!
//! Not here: links to the web, which no test may follow.
//! Invariant: a document names no file that is not in the tree, so it cannot describe a house that is gone.

use std::collections::BTreeSet;

use crate::{Finding, SourceFile, Tree};

/// Where the rule itself stands, whose tests name what is not there.
const HERE: &str = "xtask/src/rules/links.rs";
/// A path in backticks that starts so is checked.
const FOLDERS: &[&str] = &["crates/", "xtask/", "ui/", "docs/", "sites/", "scenarios/", "fuzz/", ".ci/", ".cargo/"];
/// Folders that are made by a build and so are named but not in the tree.
const MADE: &[&str] = &["ui/dist", "ui/node_modules", "fuzz/corpus", "fuzz/artifacts", "fuzz/target"];

/// Finds links to files and headings that do not exist, and paths in backticks that do not.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("md") {
        for (line, text) in prose(&file.text) {
            for target in targets(text) {
                if let Some(message) = broken(tree, file, target) {
                    findings.push(Finding::file(&file.path, message, "correct the link").at(line));
                }
            }
            for path in backticked(text).filter(|path| !exists(tree, path)) {
                let message = format!("`{path}` is not in the tree");
                findings.push(Finding::file(&file.path, message, "correct the path, or remove the sentence").at(line));
            }
        }
    }
    findings.extend(unlinked(tree));
    for file in ["rs", "ts", "svelte"].iter().flat_map(|ending| tree.ending(ending)).filter(|file| file.path != HERE) {
        for (at, line) in file.text.lines().enumerate() {
            for document in documents(line).filter(|document| !tree.paths.contains(*document)) {
                let message = format!("names {document}, which is not in the tree");
                findings.push(Finding::file(&file.path, message, "write it, or name another").at(at + 1));
            }
        }
    }
    findings
}

/// Documents that no other document links to: nobody would find them.
fn unlinked(tree: &Tree) -> impl Iterator<Item = Finding> {
    let mut linked = BTreeSet::new();
    for file in tree.ending("md") {
        for target in prose(&file.text).flat_map(|(_, text)| targets(text)).filter(|target| !target.contains("://")) {
            linked.insert(resolve(&file.path, target.split('#').next().unwrap_or(target)));
        }
    }
    let own = tree.ending("md").filter(|file| file.path.starts_with("docs/"));
    own.filter(move |file| !linked.contains(&file.path))
        .map(|file| Finding::file(&file.path, "no document links to it", "link to it where a reader would look for it"))
}

/// Documents that a line of code names, as `docs/NAME.md`.
fn documents(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("docs/").filter_map(|(at, _)| {
        let rest = &line[at..];
        let end = rest.find(".md")? + ".md".len();
        let name = &rest[..end];
        name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.')).then_some(name)
    })
}

fn is_document(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == "md")
}

/// The lines outside fenced code, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(at, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        (!fenced).then_some((at + 1, line))
    })
}

/// The targets of `[text](target)` in this line.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("](").filter_map(|(at, _)| {
        let rest = &line[at + 2..];
        rest.find(')').map(|end| rest[..end].split_whitespace().next().unwrap_or_default())
    })
}

fn broken(tree: &Tree, file: &SourceFile, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let full = if path.is_empty() { file.path.clone() } else { resolve(&file.path, path) };
    if !tree.paths.contains(&full) {
        return Some(format!("the link to {target} leads nowhere"));
    }
    let headings =
        tree.file(&full).filter(|_| !anchor.is_empty() && is_document(&full)).map(|file| slugs(&file.text))?;
    (!headings.contains(anchor)).then(|| format!("{full} has no heading #{anchor}"))
}

/// `path` as seen from the folder of `from`.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The anchors of a document's headings, as GitHub makes them.
fn slugs(text: &str) -> BTreeSet<String> {
    prose(text)
        .filter_map(|(_, line)| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim()))
        .map(|heading| {
            let kept = heading
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .collect::<String>();
            kept.replace(' ', "-")
        })
        .collect()
}

/// Paths of the project that the line names in backticks; patterns and places to fill in are no paths.
fn backticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|text| {
        FOLDERS.iter().any(|folder| text.starts_with(folder))
            && !text.contains(['*', '<', '{', ' ', '…'])
            && !is_place(text)
    })
}

/// Whether a part of the path is a word in capitals, which stands for a name of the reader's.
fn is_place(path: &str) -> bool {
    path.split(['/', '.'])
        .any(|part| part.len() > 1 && part != "README" && part.chars().all(|c| c.is_ascii_uppercase()))
}

fn exists(tree: &Tree, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let path = path.split_once("::").map_or(path, |(file, _)| file);
    MADE.iter().any(|made| path.starts_with(made)) || tree.paths.contains(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> Vec<Finding> {
        let pairs = [("a.md", text), ("docs/b.md", "# The b, explained\n"), ("crates/x/src/lib.rs", "//! x\n")];
        check(&Tree::from_pairs(pairs.map(|(path, text)| (path.to_owned(), Some(text.to_owned())))))
    }

    #[test]
    fn links_to_files_and_headings_are_followed() {
        assert_eq!(findings("[b](docs/b.md#the-b-explained) [x](crates/x/src/lib.rs) [w](https://example.org)\n"), []);
        assert_eq!(findings("[b](docs/b.md) [c](c.md)\n")[0].line, Some(1));
        assert_eq!(findings("[b](docs/b.md#other)\n").len(), 1);
    }

    #[test]
    fn paths_in_backticks_must_exist() {
        assert_eq!(
            findings("`crates/x/src/lib.rs`, `crates/x`, `ui/dist`, `crates/*/src`, `docs/NAME.md` [b](docs/b.md)\n"),
            []
        );
        assert_eq!(findings("`crates/y/src/lib.rs` [b](docs/b.md)\n").len(), 1);
    }

    #[test]
    fn a_document_that_nobody_links_to_is_found() {
        assert_eq!(findings("Nothing.\n").iter().map(|found| found.file.as_str()).collect::<Vec<_>>(), ["docs/b.md"]);
    }

    #[test]
    fn documents_that_code_names_must_exist() {
        let code = |text: &str| {
            let pairs = [("docs/a.md", "[itself](a.md)\n"), ("crates/x/src/lib.rs", text)];
            check(&Tree::from_pairs(pairs.map(|(path, text)| (path.to_owned(), Some(text.to_owned())))))
        };
        assert_eq!(code("//! See docs/a.md, and /docs when it runs.\n"), []);
        assert_eq!(code("let remedy = \"see docs/c.md\";\n").len(), 1);
    }

    #[test]
    fn fenced_code_is_not_read() {
        assert_eq!(findings("```\n[b](c.md)\n```\n[b](docs/b.md)\n"), []);
    }
}
