//! Blocks of the log: no panic, and what is decoded survives another round.
#![no_main]

use libfuzzer_sys::fuzz_target;
use store::codec::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = decode(bytes) {
        // An entry that came out may be one that no writer makes, and be refused; if not, it comes back the same.
        if let Ok(again) = encode(&entries) {
            let twice = decode(&again).expect("what was just encoded decodes");
            assert_eq!(encode(&twice).expect("and encodes"), again);
        }
    }
});
