//! The shape of a source file: its header and its length.
//!
//! Not here: the length of functions and their parameters, which clippy counts.
//! Invariant: generated files are as long as they are; nobody reads them.

use crate::{Finding, SourceFile, Tree};

/// The longest source file, in lines.
const FILE_LINES: usize = 600;
/// The longest main.rs, in lines: a match from mode to function.
const MAIN_LINES: usize = 40;
/// Endings of source files whose length counts.
const COUNTED: &[&str] = &["rs", "ts", "svelte", "css", "js", "mjs", "sh"];

/// Finds source files without a header and files that are too long.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("rs") {
        if !file.text.starts_with("//! ") {
            findings.push(Finding::file(
                &file.path,
                "does not open with a `//!` header",
                "say what is here, what is not, and the invariant it keeps",
            ));
        }
    }
    for file in COUNTED.iter().flat_map(|ending| tree.ending(ending)) {
        let lines = file.text.lines().count();
        let limit = if file.path.ends_with("/main.rs") { main_limit(file) } else { FILE_LINES };
        if lines > limit && !is_generated(file) {
            findings.push(Finding::file(
                &file.path,
                format!("has {lines} lines, more than {limit}"),
                "split it where the subject changes",
            ));
        }
    }
    findings
}

fn main_limit(file: &SourceFile) -> usize {
    if file.path == "crates/yiwang/src/main.rs" { MAIN_LINES } else { FILE_LINES }
}

fn is_generated(file: &SourceFile) -> bool {
    file.text.lines().take(5).any(|line| {
        line.contains("@generated") || line.contains("auto-generated") || line.to_lowercase().contains("generated from")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn a_file_without_a_header_is_found() {
        assert_eq!(check(&tree("crates/x/src/lib.rs", "fn f() {}\n")).len(), 1);
        assert_eq!(check(&tree("crates/x/src/lib.rs", "//! What is here.\n")), []);
    }

    #[test]
    fn a_file_that_is_too_long_is_found_unless_it_is_generated() {
        let long = "// line\n".repeat(FILE_LINES + 1);
        assert_eq!(check(&tree("ui/src/a.ts", &long)).len(), 1);
        assert_eq!(check(&tree("ui/src/a.ts", &format!("// @generated\n{long}"))), []);
        let main = format!("//! Main.\n{}", "fn f() {}\n".repeat(MAIN_LINES));
        assert_eq!(check(&tree("crates/yiwang/src/main.rs", &main)).len(), 1);
        assert_eq!(check(&tree("crates/other/src/main.rs", &main)), []);
    }
}
