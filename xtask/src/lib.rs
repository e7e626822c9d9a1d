//! The house rules as code: what may depend on what, what a source file looks like, what the documents may claim.
//!
//! Not here: anything the product runs. No crate depends on this one.
//! Invariant: a rule is a function over inputs that tests can make up; reading the disk and running cargo happen in
//! `tree`, `graph` and here.

use std::path::{Path, PathBuf};
use std::process::Command;

mod code;
mod finding;
mod graph;
mod rules;
mod tree;

pub use finding::{Error, Finding};
pub use graph::{Declared, DependencyKind, Graph, Package};
pub use rules::{House, RULES, Rule, layers, licences};
pub use tree::{SourceFile, Tree};

/// The root of the workspace: the parent of this crate's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Runs every rule, then the formatter and clippy; true when all hold.
pub fn check(root: &Path) -> Result<bool, Error> {
    let rules = rules(root)?;
    let format = cargo(root, "formatting", &["fmt", "--all", "--check"])?
        & cargo(root, "formatting of fuzz", &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])?;
    let clippy = cargo(
        root,
        "clippy",
        &["clippy", "--quiet", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    )?;
    Ok(rules && format && clippy)
}

/// Runs every rule and prints what it found; true when nothing was found.
pub fn rules(root: &Path) -> Result<bool, Error> {
    let house = House::read(root)?;
    let mut held = true;
    for rule in RULES {
        let findings = (rule.check)(&house);
        report(rule.name, findings.is_empty());
        for finding in &findings {
            println!("  {finding}");
        }
        held &= findings.is_empty();
    }
    Ok(held)
}

/// Prints each rule's name and sentence.
pub fn list() {
    for rule in RULES {
        println!("{:<12} {}", rule.name, rule.says);
    }
}

fn report(name: &str, held: bool) {
    println!("{} {name}", if held { "ok  " } else { "FAIL" });
}

fn cargo(root: &Path, name: &str, arguments: &[&str]) -> Result<bool, Error> {
    let command = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(command)
        .current_dir(root)
        .args(arguments)
        .status()
        .map_err(|error| Error::new(format!("cargo {}: {error}", arguments.join(" "))))?;
    report(name, status.success());
    Ok(status.success())
}
