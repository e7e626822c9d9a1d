//! The layer rule against real manifests: a copy of the workspace in which one forbidden dependency is added.
//!
//! Not here: the table row by row (beside the rule).
//! Invariant: the copy is made anew for each test, outside the work tree, and removed at the end.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::{Path, PathBuf};

use xtask::{Graph, layers};

/// The manifests of the workspace in a folder of their own, with an empty source file each.
struct Copy(PathBuf);

impl Copy {
    fn new(name: &str) -> Self {
        let copy = Self(std::env::temp_dir().join(format!("yiwang-layers-{}-{name}", std::process::id())));
        let root = xtask::root();
        for manifest in manifests(&root) {
            let to = copy.0.join(&manifest);
            fs::create_dir_all(to.with_file_name("src")).unwrap();
            fs::copy(root.join(&manifest), &to).unwrap();
            if manifest != Path::new("Cargo.toml") {
                fs::write(to.with_file_name("src").join("lib.rs"), "").unwrap();
            }
        }
        copy
    }

    fn add(&self, manifest: &str, lines: &str) {
        let path = self.0.join(manifest);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{text}\n{lines}\n")).unwrap();
    }

    fn findings(&self) -> Vec<String> {
        let graph = Graph::read_declared(&self.0).unwrap();
        layers::check(&graph).iter().map(ToString::to_string).collect()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // Left behind, it only costs a few kilobytes of the temporary folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn manifests(root: &Path) -> Vec<PathBuf> {
    let crates = fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut manifests: Vec<_> = crates.map(|name| Path::new("crates").join(name).join("Cargo.toml")).collect();
    manifests.retain(|manifest| root.join(manifest).is_file());
    manifests.push("Cargo.toml".into());
    manifests.push("xtask/Cargo.toml".into());
    manifests
}

#[test]
fn the_workspace_as_it_is_keeps_its_layers() {
    assert_eq!(Copy::new("as-it-is").findings(), Vec::<String>::new());
}

#[test]
fn a_forbidden_dependency_in_a_manifest_is_found() {
    let copy = Copy::new("forbidden");
    copy.add("crates/engine/Cargo.toml", "[build-dependencies]\nstore.workspace = true");
    let findings = copy.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("engine depends on store"), "{findings:?}");
}

#[test]
fn a_forbidden_dependency_under_another_name_is_found() {
    let copy = Copy::new("renamed");
    copy.add("crates/sim/Cargo.toml", "[build-dependencies]\ntruth = { path = \"../engine\", package = \"engine\" }");
    assert_eq!(copy.findings().len(), 1);
}

#[test]
fn a_new_crate_without_a_layer_is_found() {
    let copy = Copy::new("new-crate");
    let manifest = "crates/extra/Cargo.toml";
    fs::create_dir_all(copy.0.join("crates/extra/src")).unwrap();
    fs::write(copy.0.join("crates/extra/src/lib.rs"), "").unwrap();
    fs::write(copy.0.join(manifest), "[package]\nname = \"extra\"\nversion = \"0.1.0\"\nedition = \"2024\"\n").unwrap();
    let findings = copy.findings();
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert!(findings[0].contains("in no layer"), "{findings:?}");
}
