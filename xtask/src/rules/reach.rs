//! What the pure crates must not reach, directly or through others.
//!
//! Not here: dependencies between our own crates (`layers`); what the code itself calls (`purity`).
//! Invariant: the way from the crate to the banned package is part of the finding.

use std::collections::{BTreeMap, VecDeque};

use crate::{Finding, Graph};

/// Crates without I/O, clock, threads or randomness that is not seeded.
pub(super) const PURE: &[&str] = &["city", "engine", "forecast", "formats", "sim"];

/// Packages that no pure crate is linked with, and what each would bring in.
const BANNED: &[(&str, &str)] = &[
    ("async-std", "a runtime"),
    ("axum", "a web server"),
    ("chrono", "a clock"),
    ("crossbeam-channel", "threads"),
    ("fastrand", "randomness without a seed"),
    ("getrandom", "randomness without a seed"),
    ("hyper", "sockets"),
    ("memmap2", "files"),
    ("metrics", "a global registry"),
    ("mio", "sockets"),
    ("rand", "randomness without a seed"),
    ("rayon", "threads"),
    ("reqwest", "sockets"),
    ("rusqlite", "files"),
    ("signal-hook", "signals"),
    ("socket2", "sockets"),
    ("tempfile", "files"),
    ("time", "a clock"),
    ("tokio", "a runtime"),
    ("tracing", "a global subscriber"),
    ("ureq", "sockets"),
    ("walkdir", "files"),
];

/// Steps that are not followed: a package of the build that only part of another uses, and why ours does not.
const UNUSED: &[(&str, &str, &str)] =
    &[("geo", "rand", "only for random sampling in k-means, which nothing here calls; it cannot be switched off")];

/// Finds banned packages that a pure crate is linked with, each with the shortest way to it.
pub(super) fn check(graph: &Graph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, package) in graph.members().filter(|(_, package)| PURE.contains(&package.name.as_str())) {
        let ways = ways(graph, id);
        for (name, brings) in BANNED {
            let found = ways.keys().find(|id| graph.packages.get(**id).is_some_and(|package| package.name == *name));
            if let Some(found) = found {
                findings.push(Finding::file(
                    &format!("crates/{}/Cargo.toml", package.name),
                    format!("the pure crate {} reaches {brings}: {}", package.name, way(graph, &ways, found)),
                    "take the value as a parameter, switch the feature off, or do the work in the shell",
                ));
            }
        }
    }
    findings
}

/// For each package reachable from `start`, the one it was reached from.
fn ways<'a>(graph: &'a Graph, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut from = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(id) = queue.pop_front() {
        for next in graph.packages.get(id).into_iter().flat_map(|package| &package.linked) {
            if next != start && !from.contains_key(next.as_str()) && !is_unused(graph, id, next) {
                from.insert(next.as_str(), id);
                queue.push_back(next);
            }
        }
    }
    from
}

fn is_unused(graph: &Graph, from: &str, to: &str) -> bool {
    let name = |id: &str| graph.packages.get(id).map_or("", |package| package.name.as_str());
    UNUSED.iter().any(|(user, used, _)| *user == name(from) && *used == name(to))
}

fn way(graph: &Graph, from: &BTreeMap<&str, &str>, end: &str) -> String {
    let mut names = Vec::new();
    let mut at = Some(end);
    while let Some(id) = at {
        names.push(graph.packages.get(id).map_or(id, |package| package.name.as_str()));
        at = from.get(id).copied();
    }
    names.reverse();
    names.join(" → ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Package;

    #[test]
    fn a_banned_package_is_found_through_others_with_its_way() {
        let linked = |name: &str, to: &[&str], member| Package {
            name: name.to_owned(),
            member,
            linked: to.iter().map(|id| (*id).to_owned()).collect(),
            ..Package::default()
        };
        let mut graph = Graph::default();
        graph.packages.insert("1".to_owned(), linked("engine", &["2"], true));
        graph.packages.insert("2".to_owned(), linked("innocent", &["3"], false));
        graph.packages.insert("3".to_owned(), linked("tokio", &[], false));
        let findings = check(&graph);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("engine → innocent → tokio"), "{}", findings[0]);
        graph.packages.get_mut("1").unwrap().name = "api".to_owned();
        assert_eq!(check(&graph), []);
    }
}
