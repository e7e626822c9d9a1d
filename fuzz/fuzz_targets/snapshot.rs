//! Snapshots of the city: no panic on any bytes, nor on any body behind a right version and digest.
#![no_main]

use city::Digest;
use engine::{City, VERSION};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = City::from_snapshot(bytes);
    // A version is written as its length in one byte and its text.
    let mut sealed = vec![VERSION.len() as u8];
    sealed.extend_from_slice(VERSION.as_bytes());
    sealed.extend_from_slice(bytes);
    let digest = Digest::of(&sealed);
    sealed.extend_from_slice(&digest.0);
    if let Ok(city) = City::from_snapshot(&sealed) {
        let again = City::from_snapshot(&city.snapshot()).expect("its own snapshot is read");
        assert_eq!(again.state_hash(), city.state_hash());
    }
});
