//! Which crate may depend on which: the layer table as data.
//!
//! Not here: what crates reach through other people's packages (`reach`).
//! Invariant: a crate that is not in the table is a finding, so the table stays complete.

use crate::{Finding, Graph};

/// A row of the table: a crate of the workspace and the crates of the workspace it may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Layer {
    /// The crate.
    pub name: &'static str,
    /// What it may depend on, in its code, its tests and its build script alike.
    pub may_use: &'static [&'static str],
}

/// The table, from the bottom up. `store`, `connect` and `api` never see each other; `sim` never sees the engine, so
/// that it stays an independent truth.
pub const TABLE: &[Layer] = &[
    Layer { name: "city", may_use: &[] },
    Layer { name: "engine", may_use: &["city"] },
    Layer { name: "forecast", may_use: &["city"] },
    Layer { name: "formats", may_use: &["city"] },
    Layer { name: "sim", may_use: &["city", "formats"] },
    Layer { name: "store", may_use: &["city"] },
    Layer { name: "connect", may_use: &["city", "formats"] },
    Layer { name: "api", may_use: &["city"] },
    Layer { name: "yiwang", may_use: &["api", "city", "connect", "engine", "forecast", "formats", "sim", "store"] },
    Layer { name: "xtask", may_use: &[] },
];

/// Finds crates outside the table and dependencies the table does not allow.
pub fn check(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours: Vec<&str> = graph.members().map(|(_, package)| package.name.as_str()).collect();
    for (_, package) in graph.members() {
        let manifest = manifest(&package.name);
        let Some(layer) = TABLE.iter().find(|layer| layer.name == package.name) else {
            findings.push(Finding::file(
                &manifest,
                format!("the crate {} is in no layer", package.name),
                "a crate exists only because its allowed dependencies differ: add it to TABLE or fold it into another",
            ));
            continue;
        };
        for dependency in &package.declared {
            let name = dependency.name.as_str();
            if ours.contains(&name) && !layer.may_use.contains(&name) {
                findings.push(Finding::file(
                    &manifest,
                    format!("{} depends on {name}, which its layer does not allow", package.name),
                    "declare a trait where it is needed and implement it in the binary, or move the type down to city",
                ));
            }
        }
    }
    findings
}

fn manifest(name: &str) -> String {
    if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Declared, DependencyKind, Package};

    /// The graph that uses everything the table allows.
    fn full() -> Graph {
        let package = |layer: &Layer| (layer.name.to_owned(), Package::member(layer.name, layer.may_use));
        Graph { packages: TABLE.iter().map(package).collect() }
    }

    #[test]
    fn everything_the_table_allows_passes() {
        assert_eq!(check(&full()), []);
    }

    #[test]
    fn every_dependency_the_table_does_not_allow_is_found() {
        let mut tried = 0;
        for layer in TABLE {
            for other in TABLE.iter().filter(|other| other.name != layer.name && !layer.may_use.contains(&other.name)) {
                for kind in [DependencyKind::Normal, DependencyKind::Test, DependencyKind::Build] {
                    let mut graph = full();
                    let package = graph.packages.get_mut(layer.name).unwrap();
                    package.declared.push(Declared { name: other.name.to_owned(), kind });
                    let findings = check(&graph);
                    assert_eq!(findings.len(), 1, "{} on {}", layer.name, other.name);
                    assert!(findings[0].message.contains(other.name), "{}", findings[0]);
                    tried += 1;
                }
            }
        }
        assert!(tried > 100);
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        let mut graph = full();
        graph.packages.insert("helpful".to_owned(), Package::member("helpful", &["city"]));
        assert_eq!(check(&graph)[0].file, "crates/helpful/Cargo.toml");
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (at, layer) in TABLE.iter().enumerate() {
            for name in layer.may_use {
                let below = TABLE.iter().position(|other| other.name == *name);
                assert!(below.is_some_and(|below| below < at), "{} uses {name}", layer.name);
            }
        }
    }
}
