//! Names that say nothing, and versions in names.
//!
//! Not here: the words of the domain (docs and the design).
//! Invariant: only names we choose are judged: files, modules, types, functions.

use crate::code::code_only;
use crate::{Finding, Tree};

/// Parts of a name that say nothing about what it holds.
const EMPTY: &[&str] = &["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "stuff"];
/// Words before the name of something that holds other things.
const HOLDERS: &[&str] = &["mod ", "struct ", "enum ", "trait ", "type "];
/// Of those, the ones that may be an honest adjective of a deed (`common_divisor`).
const ADJECTIVES: &[&str] = &["common", "misc"];

/// Finds such names.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in tree.paths.iter().filter(|path| !path.starts_with("docs/")) {
        let last = path.rsplit('/').next().unwrap_or(path);
        if let Some(part) = empty_part(last.split('.').next().unwrap_or(last)) {
            findings.push(finding(path, part));
        }
    }
    for file in tree.ending("rs") {
        for (at, line) in code_only(&file.text).lines().enumerate() {
            let held = HOLDERS.iter().filter_map(|word| defined(line, word)).filter_map(empty_part);
            let done = defined(line, "fn ").and_then(empty_part).filter(|part| !ADJECTIVES.contains(part));
            findings.extend(held.chain(done).map(|part| finding(&file.path, part).at(at + 1)));
        }
    }
    findings
}

fn finding(path: &str, part: &str) -> Finding {
    Finding::file(
        path,
        format!("'{part}' in a name says nothing, or says which version"),
        "name it for what it holds or does; old versions are converters at the edge",
    )
}

/// The name that `word` defines in this line.
fn defined<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let at = line.find(word)?;
    let starts = line[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    let rest = &line[at + word.len()..];
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    (starts && end > 0).then(|| &rest[..end])
}

/// The part of a name in `snake_case`, kebab-case or CamelCase that says nothing.
fn empty_part(name: &str) -> Option<&str> {
    let mut start = 0;
    let mut before = '_';
    let mut parts = Vec::new();
    for (at, c) in name.char_indices() {
        if c == '_' || c == '-' || (c.is_uppercase() && before.is_lowercase()) {
            parts.push(&name[start..at]);
            start = if c == '_' || c == '-' { at + 1 } else { at };
        }
        before = c;
    }
    parts.push(&name[start..]);
    let versioned = |part: &str| {
        let digits = part.strip_prefix(['v', 'V']).unwrap_or_default();
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    };
    let last = parts.len() - 1;
    parts.into_iter().enumerate().find_map(|(at, part)| {
        let is_suffix = at == last && at > 0;
        (EMPTY.contains(&part.to_lowercase().as_str()) || is_suffix && versioned(part)).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn names_that_say_nothing_are_found_in_paths_and_code() {
        assert_eq!(check(&tree("crates/x/src/utils.rs", "//! x\n")).len(), 1);
        assert_eq!(check(&tree("crates/x/src/a.rs", "struct PatchEntity_v2;\n")).len(), 1);
        assert_eq!(check(&tree("crates/x/src/a.rs", "fn f() {}\npub struct WarningManager;\n"))[0].line, Some(2));
    }

    #[test]
    fn words_that_only_contain_them_pass() {
        assert_eq!(
            check(&tree("crates/x/src/utilisation.rs", "fn common_divisor() {}\nfn v1() {}\n// mod utils\n")),
            []
        );
    }
}
