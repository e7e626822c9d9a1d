//! Claims in documents that the tree must bear out: tests that execute them, constants that set a limit.
//!
//! Not here: the tests.
//! Invariant: a claim written as `crate::test_name`, `file.rs::test_name` or `file.rs::CONSTANT` stands for something
//! that is there.

use crate::{Finding, SourceFile, Tree};

/// A word in backticks is a claim when its last part has so many words: names of tests are sentences.
const SENTENCE_WORDS: usize = 4;

/// Finds claims whose test or constant is not in the tree.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("md") {
        for (at, line) in file.text.lines().enumerate() {
            for claim in line.split('`').skip(1).step_by(2).filter_map(Claim::read) {
                if !tree.ending("rs").any(|source| claim.is_borne_out_by(source)) {
                    let message = format!("there is no {} in {}", claim.says, claim.owner);
                    findings.push(Finding::file(&file.path, message, "write it, or withdraw the claim").at(at + 1));
                }
            }
        }
    }
    findings
}

struct Claim<'a> {
    /// A crate or a file.
    owner: &'a str,
    /// How its definition begins.
    says: String,
}

impl<'a> Claim<'a> {
    fn read(quoted: &'a str) -> Option<Self> {
        let (owner, name) = quoted.rsplit_once("::")?;
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return None;
        }
        if owner.contains('/') && name.chars().all(|c| !c.is_ascii_lowercase()) {
            return Some(Self { owner, says: format!("const {name}") });
        }
        (name.split('_').count() >= SENTENCE_WORDS).then(|| Self { owner, says: format!("fn {name}") })
    }

    fn is_borne_out_by(&self, file: &SourceFile) -> bool {
        self.is_about(file)
            && file.text.match_indices(&self.says).any(|(at, _)| {
                let after = file.text[at + self.says.len()..].chars().next();
                after.is_some_and(|c| matches!(c, '(' | '<' | ':'))
            })
    }

    /// Whether the file belongs to the crate, or is the file, that the claim names.
    fn is_about(&self, file: &SourceFile) -> bool {
        if self.owner.contains('/') {
            return file.path == self.owner;
        }
        let name = self.owner.split("::").next().unwrap_or(self.owner);
        let starts = |folder: &str| file.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        starts(&format!("crates/{name}")) || starts(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(claim: &str) -> Vec<Finding> {
        let pairs = [
            ("ARCHITECTURE.md", format!("Never lost: `{claim}`.\n")),
            (
                "crates/store/tests/log.rs",
                "//! x\n#[test]\nfn a_torn_file_is_named() {}\nconst ROWS: u8 = 1;\n".to_owned(),
            ),
        ];
        check(&Tree::from_pairs(pairs.map(|(path, text)| (path.to_owned(), Some(text)))))
    }

    #[test]
    fn a_claim_without_its_test_is_found() {
        assert_eq!(findings("store::a_torn_file_is_named"), []);
        assert_eq!(findings("crates/store/tests/log.rs::a_torn_file_is_named"), []);
        assert_eq!(findings("engine::a_torn_file_is_named").len(), 1);
        assert_eq!(findings("store::a_torn_file_is_mended").len(), 1);
        assert_eq!(findings("store::a_torn_file_is").len(), 1);
        assert_eq!(findings("Vec::from"), []);
    }

    #[test]
    fn a_limit_without_its_constant_is_found() {
        assert_eq!(findings("crates/store/tests/log.rs::ROWS"), []);
        assert_eq!(findings("crates/store/tests/log.rs::COLUMNS").len(), 1);
    }
}
