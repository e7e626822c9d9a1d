//! Bodies of requests, plain and gzip, of every content: no panic, within the limits.
#![no_main]

use std::sync::LazyLock;

use city::{Bilingual, Datastream, Site};
use connect::Lookup;
use connect::push::{Content, Encoding, MAX_BATCH_ROWS, PushBody, decode};
use libfuzzer_sys::fuzz_target;

static LOOKUP: LazyLock<Lookup> = LazyLock::new(|| {
    let stream = Datastream {
        id: "a".into(),
        name: Bilingual::same("a"),
        unit: "people".to_owned(),
        interval_s: 60,
        delay_s: 5,
        reorder_s: 60,
        future_s: 120,
        ..Datastream::default()
    };
    Lookup::new(&Site { datastreams: vec![stream], ..Site::default() })
});

fuzz_target!(|bytes: &[u8]| {
    for content in [Content::Csv, Content::Ndjson, Content::Observation, Content::DataArray] {
        for encoding in [Encoding::Identity, Encoding::Gzip] {
            let body = PushBody { content, encoding, bytes, datastream: None };
            if let Ok(decoded) = decode(&body, &LOOKUP) {
                assert!(decoded.batch.len() <= MAX_BATCH_ROWS);
                assert!(decoded.batch.result_times().is_sorted());
            }
        }
    }
});
