//! The contract of connectors: the same records give the same batch, through every transport and format.
//!
//! Not here: what one of them does alone (`file`, `push`).
//! Invariant: a new connector is one more line in [`CONNECTORS`].

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use std::fmt::Write;

use city::{MICROS_PER_S, ObservationBatch, Time};
use connect::Lookup;
use connect::file::{ObservationFile, Window};
use connect::push::{Content, Encoding, PushBody, decode};
use proptest::prelude::*;
use support::{gzip, small_site};

/// A record as a department's system holds it.
#[derive(Clone, Debug)]
struct Written {
    datastream: &'static str,
    phenomenon_time: Time,
    result_time: Option<Time>,
    result: Option<f64>,
}

type Connector = fn(&[Written]) -> ObservationBatch;

const CONNECTORS: [(&str, Connector); 8] = [
    ("a CSV file", |records| file(csv(records).as_bytes())),
    ("a gzip CSV file", |records| file(&gzip(csv(records).as_bytes()))),
    ("a CSV body", |records| push(Content::Csv, Encoding::Identity, csv(records).as_bytes())),
    ("a gzip CSV body", |records| push(Content::Csv, Encoding::Gzip, &gzip(csv(records).as_bytes()))),
    ("an NDJSON body", |records| push(Content::Ndjson, Encoding::Identity, ndjson(records).as_bytes())),
    ("a gzip NDJSON body", |records| push(Content::Ndjson, Encoding::Gzip, &gzip(ndjson(records).as_bytes()))),
    ("a DataArray", |records| push(Content::DataArray, Encoding::Identity, data_array(records).as_bytes())),
    ("a gzip DataArray", |records| push(Content::DataArray, Encoding::Gzip, &gzip(data_array(records).as_bytes()))),
];

fn file(bytes: &[u8]) -> ObservationBatch {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let read = ObservationFile::read(file.path(), &Lookup::new(&small_site()), Window::default()).unwrap();
    assert!(read.report().problems.is_empty());
    read.observations().clone()
}

fn push(content: Content, encoding: Encoding, bytes: &[u8]) -> ObservationBatch {
    let body = PushBody { content, encoding, bytes, datastream: None };
    let decoded = decode(&body, &Lookup::new(&small_site())).unwrap();
    assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);
    decoded.batch
}

fn text<T: ToString>(value: Option<T>, absent: &str) -> String {
    value.map_or(absent.to_owned(), |value| value.to_string())
}

fn csv(records: &[Written]) -> String {
    let mut csv = "resultTime,datastream,result,phenomenonTime\r\n".to_owned();
    for record in records {
        let (result_time, result) = (text(record.result_time, ""), text(record.result, ""));
        write!(csv, "{result_time},\"{}\",{result},{}\r\n", record.datastream, record.phenomenon_time).unwrap();
    }
    csv
}

fn quoted(time: Option<Time>) -> String {
    text(time.map(|time| format!("\"{time}\"")), "null")
}

fn ndjson(records: &[Written]) -> String {
    let mut ndjson = String::new();
    for record in records {
        let (result_time, result) = (quoted(record.result_time), text(record.result, "null"));
        let (datastream, at) = (record.datastream, record.phenomenon_time);
        writeln!(
            ndjson,
            r#"{{"result":{result},"datastream":"{datastream}","resultTime":{result_time},"phenomenonTime":"{at}"}}"#
        )
        .unwrap();
    }
    ndjson
}

fn data_array(records: &[Written]) -> String {
    let groups: Vec<String> = records
        .chunk_by(|a, b| a.datastream == b.datastream)
        .map(|group| {
            let rows: Vec<String> = group
                .iter()
                .map(|row| format!(r#"["{}",{},{}]"#, row.phenomenon_time, text(row.result, "null"), quoted(row.result_time)))
                .collect();
            let (id, rows) = (group[0].datastream, rows.join(","));
            format!(r#"{{"Datastream":{{"@iot.id":"{id}"}},"components":["phenomenonTime","result","resultTime"],"dataArray":[{rows}]}}"#)
        })
        .collect();
    format!("[{}]", groups.join(","))
}

fn record() -> impl Strategy<Value = Written> {
    let datastream = prop::sample::select(vec!["a", "b/in", "momentary"]);
    let result = prop::option::of(prop_oneof![(0..2000_u32).prop_map(f64::from), prop::num::f64::NORMAL]);
    // A day, so that result times meet; some with microseconds.
    let at = || prop_oneof![(0..1440_i64).prop_map(|minute| minute * 60 * MICROS_PER_S), 0..86_400 * MICROS_PER_S];
    (datastream, at(), prop::option::of(at()), result).prop_map(|(datastream, at, result_time, result)| Written {
        datastream,
        phenomenon_time: Time::from_micros(at),
        result_time: result_time.map(Time::from_micros),
        result,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_records_give_the_same_batch_through_every_connector(records in prop::collection::vec(record(), 1..60)) {
        let mut expected: Vec<&Written> = records.iter().collect();
        let default = |record: &Written| match record.datastream {
            "a" => 65,
            "b/in" => 3600,
            _ => 0,
        };
        expected.sort_by_key(|record| {
            let end = record.phenomenon_time.plus(city::Span::from_seconds(default(record)));
            record.result_time.unwrap_or(end)
        });
        for (name, connector) in CONNECTORS {
            let batch = connector(&records);
            prop_assert_eq!(batch.len(), records.len(), "{}", name);
            for (taken, written) in batch.iter().zip(&expected) {
                prop_assert_eq!(taken.phenomenon_time, written.phenomenon_time, "{}", name);
                prop_assert_eq!(taken.result.map(f64::to_bits), written.result.map(f64::to_bits), "{}", name);
            }
        }
        let one_by_one = CONNECTORS.map(|(_, connector)| connector(&records));
        prop_assert!(one_by_one.windows(2).all(|pair| pair[0].result_times() == pair[1].result_times()));
        prop_assert!(one_by_one.windows(2).all(|pair| pair[0].datastreams() == pair[1].datastreams()));
    }
}
