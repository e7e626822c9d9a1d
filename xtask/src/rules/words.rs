//! Words that do not belong into code or documents.
//!
//! Not here: spelling.
//! Invariant: this file and its list are the only ones that may contain them.

use crate::{Finding, Tree};

/// Where the rule itself stands.
const HERE: &str = "xtask/src/rules/words.rs";
/// Markers of open ends: allowed only with a link to where the matter is kept.
const OPEN_ENDS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];
/// Starts of paths that exist on one machine only.
const MACHINES: &[&str] = &["/work/", "/home/", "/root/", "/Users/", "C:\\\\"];
/// A comment made of these is a ruler.
const RULERS: &[&str] = &["// ===", "// ---", "// ***", "// ###", "//////", "/* ==", "# ====", "# ----"];
/// Endings of the files that are read.
const READ: &[&str] = &["rs", "md", "toml", "ts", "svelte", "css", "html", "mjs", "js", "sh"];

/// Finds them.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let named = tree.files.iter().filter(|file| file.path == "Makefile" || file.path == ".ci/run");
    let files = READ.iter().flat_map(|ending| tree.ending(ending)).chain(named).filter(|file| file.path != HERE);
    let mut findings = Vec::new();
    for file in files {
        for (at, line) in file.text.lines().enumerate() {
            if let Some((message, remedy)) = found(line) {
                findings.push(Finding::file(&file.path, message, remedy).at(at + 1));
            }
        }
    }
    findings
}

fn found(line: &str) -> Option<(String, &'static str)> {
    if let Some(word) = OPEN_ENDS.iter().find(|word| has_word(line, word))
        && !line.contains("https://")
    {
        return Some((format!("{word} without a link"), "do it now, or link to where it is kept"));
    }
    if let Some(path) = MACHINES.iter().find(|path| has_path(line, path)) {
        return Some((format!("'{path}' exists on one machine only"), "use a path relative to the project"));
    }
    let start = line.trim_start();
    if let Some(ruler) = RULERS.iter().find(|ruler| start.starts_with(**ruler)) {
        return Some((format!("a ruler ('{ruler}')"), "split the file where the subject changes"));
    }
    None
}

/// Whether the word stands alone in the line.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        before.is_none_or(|c| !c.is_alphanumeric()) && after.is_none_or(|c| !c.is_alphanumeric())
    })
}

/// Whether the path stands in the line as an absolute one: nothing that could be a folder or host before it.
fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '/' | '}' | ')' | '-' | '_' | '*'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    fn messages(text: &str) -> usize {
        check(&tree("crates/x/src/a.rs", text)).len()
    }

    #[test]
    fn open_ends_machine_paths_and_rulers_are_found() {
        assert_eq!(messages("// TODO: later\n"), 1);
        assert_eq!(messages("let path = \"/home/somebody/data\";\n"), 1);
        assert_eq!(messages("// ---- parsing ----\n"), 1);
    }

    #[test]
    fn what_only_looks_like_them_passes() {
        assert_eq!(messages("// TODO https://example.org/1\nlet TODOS = 1;\nget(\"https://x.org/home/a\");\n"), 0);
        assert_eq!(messages("let a = \"crates/work/src\";\n---\n"), 0);
    }
}
