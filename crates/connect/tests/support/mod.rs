//! What the tests and benchmarks of the connectors share: sites, packing, and where the real data lie.
//!
//! Not here: any expectation.
//! Invariant: a test without the real data says so and passes.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::Write;
use std::path::PathBuf;

use city::{Bilingual, Datastream, DatastreamId, Site};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A datastream that is an indicator.
pub fn datastream(id: &str, interval_s: u32, delay_s: u32) -> Datastream {
    Datastream {
        id: DatastreamId::new(id),
        name: Bilingual::same(id),
        unit: "people".to_owned(),
        interval_s,
        delay_s,
        reorder_s: 60,
        future_s: 120,
        error_share: 0.05,
        ..Datastream::default()
    }
}

/// A site with nothing but these datastreams.
pub fn site(datastreams: Vec<Datastream>) -> Site {
    Site { datastreams, ..Site::default() }
}

/// The site of the tests: `a` counts in minutes and reports 5 s later, `b/in` hourly, `momentary` at once.
pub fn small_site() -> Site {
    site(vec![datastream("a", 60, 5), datastream("b/in", 3600, 0), datastream("momentary", 0, 0)])
}

/// The bytes as one gzip member.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A file of the real data: under `YIWANG_DATA`, or beside the workspace in `../shared/data`. `None`, said aloud,
/// where it is absent.
pub fn real_data(name: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let path = std::env::var_os("YIWANG_DATA").map_or_else(beside, PathBuf::from).join(name);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is absent; set YIWANG_DATA to the folder of the real data", path.display());
    None
}
