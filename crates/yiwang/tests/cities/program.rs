//! The binary under test, its data, and its scratch folders.
//!
//! Not here: what is asked of it.
//! Invariant: an unexpected exit status fails the test with everything the program said.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use city::Time;
use serde_json::Value;

/// A build of the program.
pub struct Program(PathBuf);

impl Program {
    /// The build of this test's own profile.
    pub fn debug() -> Self {
        Self(env!("CARGO_BIN_EXE_yiwang").into())
    }

    /// The release build named by `YIWANG_RELEASE`, if there is one.
    pub fn release() -> Option<Self> {
        let path = PathBuf::from(std::env::var_os("YIWANG_RELEASE")?);
        path.is_file().then_some(Self(path))
    }

    /// The release build if there is one: weeks of data take a debug build minutes.
    pub fn fastest() -> Self {
        Self::release().unwrap_or_else(Self::debug)
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(&self.0).args(["--log", "warn"]).args(arguments).output().unwrap();
        Outcome {
            status: output.status.code(),
            printed: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs it and expects success; returns what it printed.
    pub fn expect(&self, arguments: &[&str]) -> String {
        let outcome = self.run(arguments);
        assert_eq!(outcome.status, Some(0), "{arguments:?} failed:\n{}", outcome.said);
        outcome.printed
    }

    /// The same for a command that prints JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.expect(arguments)).unwrap()
    }
}

/// What came of a run.
pub struct Outcome {
    /// Exit status; absent when a signal ended it.
    pub status: Option<i32>,
    /// Its standard output.
    pub printed: String,
    /// Its standard error.
    pub said: String,
}

impl Outcome {
    /// The JSON it printed.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {}{}", self.printed, self.said))
    }
}

/// A folder that goes with the test.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// A file of the real data; says so when it is absent.
pub fn data_file(name: &str) -> Option<String> {
    let root = std::env::var_os("YIWANG_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = root.join(name);
    if path.is_file() {
        return Some(path.display().to_string());
    }
    println!("skipped: {} is absent; YIWANG_DATA names the folder of real data", path.display());
    None
}

/// A folder of the project.
pub fn project(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name).display().to_string()
}

/// The rows of a file of observations: time, datastream, and the result if there is one.
pub fn rows_of(path: &str) -> Vec<(Time, String, Option<f64>)> {
    let mut text = String::new();
    let file = std::fs::File::open(path).unwrap();
    flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        (fields[0].parse().unwrap(), fields[1].to_owned(), fields[2].trim().parse().ok())
    };
    text.lines().skip(1).map(row).collect()
}
