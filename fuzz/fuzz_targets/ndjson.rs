//! The NDJSON reader: no panic, at most one row a line.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = formats::ndjson::parse(bytes);
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
    assert!(parsed.records.len() as u64 + parsed.problems.total() <= lines);
    assert!(parsed.records.iter().all(|record| record.result.is_none_or(f64::is_finite)));
});
