//! The packages of the workspace and what they depend on, out of `cargo metadata`.
//!
//! Not here: which dependencies are allowed (`rules::layers`, `rules::reach`).
//! Invariant: a graph is plain data, so tests can make one up.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Error;

/// All packages that a build for this machine uses, by cargo's package id.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// The packages.
    pub packages: BTreeMap<String, Package>,
}

/// One package.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SPDX expression it declares.
    pub licence: Option<String>,
    /// True for the workspace's own.
    pub member: bool,
    /// What its manifest declares.
    pub declared: Vec<Declared>,
    /// Ids of what it is linked with, as resolved with the features in use; tools of its build and tests left out.
    pub linked: BTreeSet<String>,
}

/// A dependency as declared in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The name of the package it asks for.
    pub name: String,
    /// What for.
    pub kind: DependencyKind,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DependencyKind {
    /// The library or binary itself.
    Normal,
    /// Its tests.
    Test,
    /// Its build script.
    Build,
}

impl Graph {
    /// The graph of the workspace at `root`, resolved for the machine this runs on.
    pub fn read(root: &Path) -> Result<Self, Error> {
        let host = host()?;
        Self::parse(&metadata(root, &["--locked", "--filter-platform", &host])?)
    }

    /// Only what the manifests of the workspace at `root` declare; needs no registry.
    pub fn read_declared(root: &Path) -> Result<Self, Error> {
        Self::parse(&metadata(root, &["--no-deps", "--offline"])?)
    }

    /// From the JSON that `cargo metadata` prints.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let value: Value =
            serde_json::from_str(json).map_err(|error| Error::new(format!("cargo metadata: {error}")))?;
        let members: BTreeSet<&str> = array(&value["workspace_members"]).filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in array(&value["packages"]) {
            let id = text(&package["id"]);
            let member = members.contains(id.as_str());
            packages.insert(id, parse_package(package, member));
        }
        for node in array(&value["resolve"]["nodes"]) {
            if let Some(package) = packages.get_mut(&text(&node["id"])) {
                package.linked =
                    array(&node["deps"]).filter(|dep| is_linked(dep)).map(|dep| text(&dep["pkg"])).collect();
            }
        }
        Ok(Self { packages })
    }

    /// The workspace's own packages.
    pub fn members(&self) -> impl Iterator<Item = (&String, &Package)> {
        self.packages.iter().filter(|(_, package)| package.member)
    }
}

impl Package {
    /// A package of the workspace that declares these ordinary dependencies.
    pub fn member(name: &str, dependencies: &[&str]) -> Self {
        let declared =
            dependencies.iter().map(|name| Declared { name: (*name).to_owned(), kind: DependencyKind::Normal });
        Self { name: name.to_owned(), member: true, declared: declared.collect(), ..Self::default() }
    }
}

fn parse_package(package: &Value, member: bool) -> Package {
    let declared = array(&package["dependencies"]).map(|dependency| Declared {
        name: text(&dependency["name"]),
        kind: match dependency["kind"].as_str() {
            Some("dev") => DependencyKind::Test,
            Some("build") => DependencyKind::Build,
            _ => DependencyKind::Normal,
        },
    });
    Package {
        name: text(&package["name"]),
        version: text(&package["version"]),
        licence: package["license"].as_str().map(str::to_owned),
        member,
        declared: declared.collect(),
        linked: BTreeSet::new(),
    }
}

fn is_linked(dependency: &Value) -> bool {
    array(&dependency["dep_kinds"]).any(|kind| kind["kind"].is_null())
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn metadata(root: &Path, arguments: &[&str]) -> Result<String, Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--format-version", "1"])
        .args(arguments)
        .output()
        .map_err(|error| Error::new(format!("cargo metadata: {error}")))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(Error::new(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim())))
    }
}

fn host() -> Result<String, Error> {
    let output =
        Command::new("rustc").arg("-vV").output().map_err(|error| Error::new(format!("rustc -vV: {error}")))?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
        .ok_or_else(|| Error::new("rustc -vV names no host"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_linked_dependencies_count_as_resolved() {
        let json = r#"{"workspace_members": ["a"], "packages": [
            {"id": "a", "name": "a", "version": "1.0.0", "license": "MIT",
             "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}]},
            {"id": "b", "name": "b", "version": "1.0.0", "license": null, "dependencies": []},
            {"id": "c", "name": "c", "version": "1.0.0", "license": null, "dependencies": []}],
          "resolve": {"nodes": [{"id": "a", "deps": [
            {"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "c", "dep_kinds": [{"kind": "dev"}]}]}]}}"#;
        let graph = Graph::parse(json).unwrap();
        let package = &graph.packages["a"];
        assert!(package.member && !graph.packages["b"].member);
        assert_eq!(package.declared[1], Declared { name: "c".to_owned(), kind: DependencyKind::Test });
        assert_eq!(package.linked.iter().collect::<Vec<_>>(), ["b"]);
    }
}
