//! How fast files and bodies are read: `cargo bench -p connect`.
//!
//! Not here: the whole way into the log (`yiwang bench ingest`).
//! Invariant: a file that is absent is skipped.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write;

use connect::Lookup;
use connect::file::{ObservationFile, Window, scan};
use connect::push::{Content, Encoding, PushBody, decode};
use divan::Bencher;
use divan::counter::ItemsCount;
use support::{datastream, gzip, real_data, site};

const ROWS: usize = 1000;
const STREAMS: usize = 100;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 5)]
fn melbourne_file(bencher: Bencher) {
    let Some(path) = real_data("melbourne-pedestrian/observations.csv.gz") else { return };
    let streams = scan(&path).unwrap().streams.into_iter().map(|stream| datastream(&stream.id, 3600, 0)).collect();
    let lookup = Lookup::new(&site(streams));
    bencher
        .counter(ItemsCount::new(882_970_usize))
        .bench(|| ObservationFile::read(&path, &lookup, Window::default()).unwrap());
}

#[divan::bench(sample_count = 5)]
fn melbourne_text_parsed(bencher: Bencher) {
    let Some(path) = real_data("melbourne-pedestrian/observations.csv.gz") else { return };
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()), &mut text)
        .unwrap();
    bencher.counter(ItemsCount::new(882_970_usize)).bench(|| {
        let mut rows = 0;
        formats::csv::visit(&text, |row| rows += usize::from(row.is_ok())).unwrap();
        rows
    });
}

#[divan::bench(sample_count = 5)]
fn melbourne_scan(bencher: Bencher) {
    let Some(path) = real_data("melbourne-pedestrian/observations.csv.gz") else { return };
    bencher.counter(ItemsCount::new(882_970_usize)).bench(|| scan(&path).unwrap());
}

fn lookup() -> Lookup {
    Lookup::new(&site((0..STREAMS).map(|stream| datastream(&format!("gate-{stream}/in"), 60, 5)).collect()))
}

fn bench(bencher: Bencher, content: Content, encoding: Encoding, text: &str) {
    let bytes = if encoding == Encoding::Gzip { gzip(text.as_bytes()) } else { text.as_bytes().to_vec() };
    let lookup = lookup();
    let body = PushBody { content, encoding, bytes: &bytes, datastream: None };
    bencher.counter(ItemsCount::new(ROWS)).bench(|| decode(&body, &lookup).unwrap());
}

/// A thousand rows: ten minutes of a hundred streams.
fn data_array() -> String {
    let groups: Vec<String> = (0..STREAMS)
        .map(|stream| {
            let rows: Vec<String> = (0..ROWS / STREAMS)
                .map(|minute| {
                    let result = (stream * 37 + minute * 11) % 400;
                    format!(r#"["2019-10-02T18:{minute:02}:00+08:00","2019-10-02T18:{minute:02}:05+08:00",{result}]"#)
                })
                .collect();
            format!(
                r#"{{"Datastream":{{"@iot.id":"gate-{stream}/in"}},"components":["phenomenonTime","resultTime","result"],"dataArray@iot.count":10,"dataArray":[{}]}}"#,
                rows.join(",")
            )
        })
        .collect();
    format!("[{}]", groups.join(","))
}

fn csv() -> String {
    let mut csv = "phenomenonTime,datastream,result\n".to_owned();
    for row in 0..ROWS {
        let (minute, stream) = (row / STREAMS, row % STREAMS);
        writeln!(csv, "2019-10-02T18:{minute:02}:00+08:00,gate-{stream}/in,{}", row % 400).unwrap();
    }
    csv
}

#[divan::bench]
fn data_array_1000(bencher: Bencher) {
    bench(bencher, Content::DataArray, Encoding::Identity, &data_array());
}

#[divan::bench]
fn data_array_1000_gzip(bencher: Bencher) {
    bench(bencher, Content::DataArray, Encoding::Gzip, &data_array());
}

#[divan::bench]
fn csv_1000(bencher: Bencher) {
    bench(bencher, Content::Csv, Encoding::Identity, &csv());
}

#[divan::bench]
fn ndjson_1000(bencher: Bencher) {
    let mut ndjson = String::new();
    for row in 0..ROWS {
        let (minute, stream) = (row / STREAMS, row % STREAMS);
        writeln!(
            ndjson,
            r#"{{"phenomenonTime":"2019-10-02T18:{minute:02}:00+08:00","datastream":"gate-{stream}/in","result":{}}}"#,
            row % 400
        )
        .unwrap();
    }
    bench(bencher, Content::Ndjson, Encoding::Identity, &ndjson);
}

#[divan::bench]
fn single_observation(bencher: Bencher) {
    let text = r#"{"phenomenonTime":"2019-10-02T18:50:00+08:00","resultTime":"2019-10-02T18:51:05+08:00","result":17,"Datastream":{"@iot.id":"gate-1/in"}}"#;
    let lookup = lookup();
    let body = PushBody {
        content: Content::Observation,
        encoding: Encoding::Identity,
        bytes: text.as_bytes(),
        datastream: None,
    };
    bencher.bench(|| decode(&body, &lookup).unwrap());
}
