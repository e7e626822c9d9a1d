//! No container whose order differs from run to run where order could reach the state or its hash.
//!
//! Not here: crates of the shell, which may use what they like.
//! Invariant: an exception names the file and why order cannot leak from it.

use crate::code::without_tests;
use crate::{Finding, Tree};

/// Crates whose results must be the same bit for bit.
const ORDERED: &[&str] = &["crates/city/", "crates/engine/", "crates/formats/", "crates/sim/"];
/// Names of containers without an order.
const UNORDERED: &[&str] = &["HashMap", "HashSet", "RandomState"];

/// A file that may use them.
struct Exception {
    path: &'static str,
    why: &'static str,
}

/// Files that look up in a hash table but never iterate over one.
const EXCEPTIONS: &[Exception] = &[Exception {
    path: "crates/formats/src/scan.rs",
    why: "a look-up a row; the streams themselves stand in a Vec in the order of their first record",
}];

/// Finds containers without an order in the deterministic crates, tests left out.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    check_but(tree, EXCEPTIONS)
}

fn check_but(tree: &Tree, exceptions: &[Exception]) -> Vec<Finding> {
    let mut findings = stale(tree, exceptions);
    for file in tree.ending("rs").filter(|file| ORDERED.iter().any(|folder| file.path.starts_with(folder))) {
        if !file.path.contains("/src/") || exceptions.iter().any(|exception| exception.path == file.path) {
            continue;
        }
        for (at, line) in without_tests(&file.text).lines().enumerate() {
            if let Some(name) = UNORDERED.iter().find(|name| line.contains(**name)) {
                findings.push(
                    Finding::file(&file.path, format!("{name} has no order"), "use BTreeMap, or a Vec by index")
                        .at(at + 1),
                );
            }
        }
    }
    findings
}

/// Exceptions for files that are gone or no longer need one.
fn stale(tree: &Tree, exceptions: &[Exception]) -> Vec<Finding> {
    let needless = |exception: &&Exception| {
        !tree.file(exception.path).is_some_and(|file| UNORDERED.iter().any(|name| file.text.contains(name)))
    };
    let finding = |exception: &Exception| {
        Finding::file(exception.path, format!("needs no exception ({})", exception.why), "take it off the list")
    };
    exceptions.iter().filter(needless).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn an_exception_excuses_its_file_and_must_be_needed() {
        let exceptions = [Exception { path: "crates/engine/src/a.rs", why: "look-ups" }];
        assert_eq!(check_but(&tree("crates/engine/src/a.rs", "use std::collections::HashMap;\n"), &exceptions), []);
        assert_eq!(check_but(&tree("crates/engine/src/a.rs", "use std::mem;\n"), &exceptions).len(), 1);
    }

    #[test]
    fn a_hash_map_in_the_engine_is_found_but_not_in_its_tests() {
        let text =
            "//! HashMap\nuse std::collections::HashMap;\n#[cfg(test)]\nmod tests { use std::collections::HashSet; }\n";
        let lines: Vec<_> =
            check_but(&tree("crates/engine/src/a.rs", text), &[]).into_iter().map(|found| found.line).collect();
        assert_eq!(lines, [Some(2)]);
        assert_eq!(check_but(&tree("crates/api/src/a.rs", text), &[]), []);
    }
}
