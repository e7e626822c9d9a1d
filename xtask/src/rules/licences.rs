//! Licences of everything we are built with.
//!
//! Not here: our own licence (LICENSE).
//! Invariant: an expression that cannot be read, or a package that declares none, is a finding and never a pass.

use serde_json::Value;

use crate::{Finding, Graph, Tree};

/// Licences under which a package may be linked into the binary or the page: none asks more than its own text.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages whose own manifest says nothing, and where their licence is stated.
const STATED_ELSEWHERE: &[(&str, &str, &str)] =
    &[("@mapbox/jsonlint-lines-primitives", "MIT", "declared by its manifest from 2.0.3 on")];

/// Licences allowed for tools that build or test the page and are not shipped with it.
const ALLOWED_TOOLS: &[&str] = &["BlueOak-1.0.0", "CC-BY-4.0", "MPL-2.0", "Python-2.0"];

const REMEDY: &str = "use another package, or add the licence to the list with the reason in the commit";

/// Finds packages of the build whose licence is not allowed.
pub fn check(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in graph.packages.values() {
        let expression = package.licence.as_deref().unwrap_or_default();
        if !holds(expression, &|licence| ALLOWED.contains(&licence)) {
            let name = format!("{} {}", package.name, package.version);
            findings.push(Finding::file("Cargo.lock", unknown(&name, expression), REMEDY));
        }
    }
    findings
}

/// Finds packages of the page whose licence is not allowed, from its lock file.
pub fn check_page(tree: &Tree) -> Vec<Finding> {
    const LOCK: &str = "ui/package-lock.json";
    let Some(lock) = tree.file(LOCK) else { return Vec::new() };
    let Ok(lock) = serde_json::from_str::<Value>(&lock.text) else {
        return vec![Finding::file(LOCK, "is not JSON", "write it again with npm install")];
    };
    let mut findings = Vec::new();
    for (path, package) in lock["packages"].as_object().into_iter().flatten() {
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        let tool = package["dev"] == true || package["devOptional"] == true;
        let expression = package["license"].as_str().unwrap_or_else(|| stated(name));
        let allowed = |licence: &str| ALLOWED.contains(&licence) || tool && ALLOWED_TOOLS.contains(&licence);
        if !holds(expression, &allowed) {
            findings.push(Finding::file(LOCK, unknown(name, expression), REMEDY));
        }
    }
    findings
}

/// The licence stated elsewhere, or nothing.
fn stated(name: &str) -> &'static str {
    STATED_ELSEWHERE.iter().find(|(package, ..)| *package == name).map_or("", |(_, licence, _)| licence)
}

fn unknown(name: &str, expression: &str) -> String {
    if expression.is_empty() {
        format!("{name} declares no licence")
    } else {
        format!("the licence of {name}, '{expression}', is not on the list")
    }
}

/// Whether an SPDX expression holds when `allowed` licences count as true. The old slash is read as OR.
fn holds(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    alternative(&mut rest, allowed) == Some(true) && rest.is_empty()
}

fn alternative(rest: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut held = conjunction(rest, allowed)?;
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        held |= conjunction(rest, allowed)?;
    }
    Some(held)
}

fn conjunction(rest: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut held = licence(rest, allowed)?;
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        held &= licence(rest, allowed)?;
    }
    Some(held)
}

fn licence(rest: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    match *first {
        "(" => {
            let held = alternative(rest, allowed)?;
            let (close, after) = rest.split_first()?;
            *rest = after;
            (*close == ")").then_some(held)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        name => match rest {
            ["WITH", exception, after @ ..] => {
                let named = format!("{name} WITH {exception}");
                *rest = after;
                Some(allowed(&named))
            }
            _ => Some(allowed(name)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;
    use crate::rules::tree;

    fn allowed(expression: &str) -> bool {
        holds(expression, &|licence| ALLOWED.contains(&licence))
    }

    #[test]
    fn expressions_are_read_with_their_precedence() {
        for good in ["MIT", "MIT/Apache-2.0", "GPL-3.0-only OR MIT", "(MIT OR GPL-2.0-only) AND Unicode-3.0"] {
            assert!(allowed(good), "{good}");
        }
        for bad in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "MIT AND (ISC", "", "OR", "MIT MIT", "Apache-2.0 WITH X"] {
            assert!(!allowed(bad), "{bad}");
        }
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"));
    }

    #[test]
    fn a_package_without_an_allowed_licence_is_found() {
        let package = |licence: Option<&str>| Package { licence: licence.map(str::to_owned), ..Package::default() };
        let mut graph = Graph::default();
        graph.packages.insert("good".to_owned(), package(Some("MIT")));
        graph.packages.insert("bad".to_owned(), package(Some("SSPL-1.0")));
        graph.packages.insert("none".to_owned(), package(None));
        assert_eq!(check(&graph).len(), 2);
    }

    #[test]
    fn a_tool_of_the_page_may_have_a_licence_that_a_shipped_package_may_not() {
        let lock = r#"{"packages": {"": {"name": "ui"},
            "node_modules/shipped": {"license": "MPL-2.0"},
            "node_modules/tool": {"license": "MPL-2.0", "dev": true}}}"#;
        let findings = check_page(&tree("ui/package-lock.json", lock));
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("shipped"));
    }
}
