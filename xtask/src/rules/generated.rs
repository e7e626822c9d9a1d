//! Generated files, and who keeps them current.
//!
//! Not here: generating or comparing them, which their owner's test or script does.
//! Invariant: a generated file without an owner, or an owner without its file, is a finding.

use crate::{Finding, Tree};

/// A generated file and what keeps it current.
struct Generated {
    /// The file, or a folder of them.
    path: &'static str,
    /// The file that compares it with what would be generated now.
    owner: &'static str,
    /// What stands in the owner: the name of its test or script.
    check: &'static str,
    /// How to write it again.
    again: &'static str,
}

const FILES: &[Generated] = &[
    Generated {
        path: "docs/openapi.json",
        owner: "crates/api/src/docs.rs",
        check: "docs/openapi.json is not current",
        again: "UPDATE=1 cargo test -p api",
    },
    Generated {
        path: "docs/schema",
        owner: "crates/formats/tests/site_schema.rs",
        check: "docs/schema/{file} is not current",
        again: "UPDATE=1 cargo test -p formats --test site_schema",
    },
    Generated {
        path: "ui/src/api/schema.d.ts",
        owner: "ui/package.json",
        check: "types:check",
        again: "npm run types, in ui/",
    },
];

/// Finds them.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    FILES.iter().flat_map(|file| check_one(tree, file)).collect()
}

fn check_one(tree: &Tree, generated: &Generated) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !tree.paths.contains(generated.path) {
        findings.push(Finding::file(generated.path, "is not committed", format!("write it: {}", generated.again)));
    }
    if !tree.file(generated.owner).is_some_and(|owner| owner.text.contains(generated.check)) {
        findings.push(Finding::file(
            generated.owner,
            format!("does not keep {} current ('{}' is not in it)", generated.path, generated.check),
            "compare the committed file with what would be generated",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_file_without_its_owner_is_found() {
        let file =
            Generated { path: "docs/x.json", owner: "crates/x/tests/x.rs", check: "x_is_current", again: "make x" };
        let tree = |owner: &str| {
            let pairs = [("docs/x.json", "{}"), ("crates/x/tests/x.rs", owner)];
            Tree::from_pairs(pairs.map(|(path, text)| (path.to_owned(), Some(text.to_owned()))))
        };
        assert_eq!(check_one(&tree("fn x_is_current() {}"), &file), []);
        assert_eq!(check_one(&tree("fn other() {}"), &file).len(), 1);
        assert_eq!(check_one(&Tree::default(), &file).len(), 2);
    }
}
