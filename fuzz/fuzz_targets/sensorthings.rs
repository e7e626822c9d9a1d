//! The SensorThings readers: no panic, and only finite results.
#![no_main]

use formats::sensorthings::{parse_data_array, parse_observation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for parsed in [parse_observation(bytes, None), parse_observation(bytes, Some("a")), parse_data_array(bytes)] {
        if let Ok(parsed) = parsed {
            assert!(parsed.records.iter().all(|record| record.result.is_none_or(f64::is_finite)));
        }
    }
});
