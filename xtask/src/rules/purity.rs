//! What the code of the pure crates must not call.
//!
//! Not here: what they are linked with (`reach`); transcendental functions, which clippy's `disallowed_methods` names.
//! Invariant: tests may do what they like.

use crate::code::without_tests;
use crate::{Finding, Tree};

/// Folders of pure code.
const PURE: &[&str] =
    &["crates/city/src/", "crates/engine/src/", "crates/forecast/src/", "crates/formats/src/", "crates/sim/src/"];

/// What is looked for, and what it would bring in.
const CALLS: &[(&str, &str)] = &[
    ("SystemTime", "a clock"),
    ("Instant", "a clock"),
    ("Timestamp::now", "a clock"),
    ("Zoned::now", "a clock"),
    ("std::thread", "threads"),
    ("thread::", "threads"),
    ("thread_local", "state that changes"),
    ("static mut", "state that changes"),
    ("OnceLock", "state that changes"),
    ("LazyLock", "state that changes"),
    ("Mutex", "threads"),
    ("Atomic", "threads"),
    ("std::fs", "files"),
    ("fs::", "files"),
    ("File::open", "files"),
    ("File::create", "files"),
    ("std::net", "sockets"),
    ("TcpStream", "sockets"),
    ("std::env", "the environment"),
    ("std::process", "the process"),
    ("println!", "the terminal"),
    ("eprintln!", "the terminal"),
    ("print!", "the terminal"),
    ("async fn", "a runtime"),
];

/// Finds such calls.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending("rs").filter(|file| PURE.iter().any(|folder| file.path.starts_with(folder))) {
        for (at, line) in without_tests(&file.text).lines().enumerate() {
            if let Some((call, brings)) = CALLS.iter().find(|(call, _)| contains_word(line, call)) {
                findings.push(
                    Finding::file(
                        &file.path,
                        format!("`{call}` brings {brings} into a pure crate"),
                        "take the value as a parameter; the shell does the rest",
                    )
                    .at(at + 1),
                );
            }
        }
    }
    findings
}

/// Whether `line` contains `call` where a word begins.
fn contains_word(line: &str, call: &str) -> bool {
    line.match_indices(call).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tree;

    #[test]
    fn a_clock_in_a_pure_crate_is_found() {
        let text = "//! Instant\nfn f() { let now = std::time::Instant::now(); }\n";
        assert_eq!(check(&tree("crates/engine/src/a.rs", text))[0].line, Some(2));
        assert_eq!(check(&tree("crates/store/src/a.rs", text)), []);
    }

    #[test]
    fn tests_of_pure_crates_may_read_files() {
        let text = "//! x\n#[cfg(test)]\nmod tests {\n    fn f() { std::fs::read(\"x\"); }\n}\n";
        assert_eq!(check(&tree("crates/formats/src/a.rs", text)), []);
    }
}
