//! Claims in documents that tests execute.
//!
//! Not here: the tests.
//! Invariant: a claim written as `crate::test_name` or `file.rs::test_name` stands for a test that exists there.

use crate::{Finding, SourceFile, Tree};

/// A word in backticks is a claim when its last part has so many words: names of tests are sentences.
const SENTENCE_WORDS: usize = 4;

/// Finds claims whose test is not in the tree.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("md") {
        for (at, line) in file.text.lines().enumerate() {
            for (owner, test) in line.split('`').skip(1).step_by(2).filter_map(claim) {
                if !tree.ending("rs").any(|source| is_in(source, owner) && has_test(source, test)) {
                    let message = format!("there is no test {test} in {owner}");
                    findings
                        .push(Finding::file(&file.path, message, "write the test, or withdraw the claim").at(at + 1));
                }
            }
        }
    }
    findings
}

fn claim(quoted: &str) -> Option<(&str, &str)> {
    let (place, test) = quoted.rsplit_once("::")?;
    let is_name = test.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && test.split('_').count() >= SENTENCE_WORDS).then_some((place, test))
}

/// Whether the file belongs to the crate, or is the file, that the claim names.
fn is_in(file: &SourceFile, owner: &str) -> bool {
    if owner.contains('/') {
        return file.path == owner;
    }
    let name = owner.split("::").next().unwrap_or(owner);
    file.path.starts_with(&format!("crates/{name}/")) || file.path.starts_with(&format!("{name}/"))
}

fn has_test(file: &SourceFile, test: &str) -> bool {
    file.text.match_indices(test).any(|(at, _)| {
        let before = file.text[..at].ends_with("fn ");
        before && file.text[at + test.len()..].starts_with(['(', '<'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_without_its_test_is_found() {
        let findings = |claim: &str| {
            let pairs = [
                ("ARCHITECTURE.md", format!("Never lost: `{claim}`.\n")),
                ("crates/store/tests/log.rs", "//! x\n#[test]\nfn a_torn_file_is_named() {}\n".to_owned()),
            ];
            check(&Tree::from_pairs(pairs.map(|(path, text)| (path.to_owned(), Some(text)))))
        };
        assert_eq!(findings("store::a_torn_file_is_named"), []);
        assert_eq!(findings("crates/store/tests/log.rs::a_torn_file_is_named"), []);
        assert_eq!(findings("engine::a_torn_file_is_named").len(), 1);
        assert_eq!(findings("store::a_torn_file_is_mended").len(), 1);
        assert_eq!(findings("Vec::from"), []);
    }
}
