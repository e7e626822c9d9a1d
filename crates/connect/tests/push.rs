//! Bodies of requests: limits, packing, and what is kept of a bad one.
//!
//! Not here: that all formats agree (`contract`).
//! Invariant: an error comes without a batch.

#![allow(clippy::unwrap_used, reason = "a case that cannot be set up fails its test")]

mod support;

use city::{Role, ZoneIx};
use connect::Lookup;
use connect::push::{Content, Decoded, Encoding, MAX_BATCH_ROWS, MAX_INFLATED_BYTES, PushBody, PushError, decode};
use proptest::prelude::*;
use support::{gzip, small_site};

const HEADER: &str = "phenomenonTime,datastream,result\n";
const ROW: &str = "2020-01-01T00:00:00Z,a,1\n";

fn push(content: Content, encoding: Encoding, bytes: &[u8]) -> Result<Decoded, PushError> {
    decode(&PushBody { content, encoding, bytes, datastream: None }, &Lookup::new(&small_site()))
}

#[test]
fn an_absent_result_time_is_the_end_of_the_interval_plus_the_delay() {
    let decoded = push(Content::Csv, Encoding::Identity, format!("{HEADER}{ROW}").as_bytes()).unwrap();
    assert_eq!(decoded.batch.get(0).unwrap().result_time.to_string(), "2020-01-01T00:01:05Z");
}

#[test]
fn unknown_datastreams_are_problems_and_the_other_rows_are_kept() {
    let body = br#"[{"Datastream":{"@iot.id":"nobody"},"components":["phenomenonTime","result"],"dataArray":[["2020-01-01T00:00:00Z",1]]},
        {"Datastream":{"@iot.id":"a"},"components":["phenomenonTime","result"],"dataArray":[["2020-01-01T00:00:00Z",1]]}]"#;
    let decoded = push(Content::DataArray, Encoding::Identity, body).unwrap();
    assert_eq!(decoded.batch.len(), 1);
    assert_eq!(decoded.problems.first()[0].place.to_string(), "/0/dataArray/0");
}

#[test]
fn rows_that_their_datastream_refuses_are_named_and_kept_for_the_log() {
    let mut site = small_site();
    site.datastreams[0].role = Role::AreaCount { zone: ZoneIx(0) };
    (site.datastreams[1].min, site.datastreams[1].max) = (Some(-5.0), Some(40.0));
    let rows = "2020-01-01T00:00:00Z,a,-2\n2020-01-01T00:00:00Z,b/in,-2\n2020-01-01T01:00:00Z,b/in,41\n\
                2020-01-01T02:00:00Z,b/in,-6\n2020-01-01T03:00:00Z,b/in,\n2020-01-01T00:01:00Z,a,3\n";
    let text = format!("{HEADER}{rows}");
    let body =
        PushBody { content: Content::Csv, encoding: Encoding::Identity, bytes: text.as_bytes(), datastream: None };
    let decoded = decode(&body, &Lookup::new(&site)).unwrap();
    assert_eq!((decoded.batch.len(), decoded.barred.total(), decoded.problems.total()), (6, 3, 0));
    let named: Vec<_> = decoded.barred.first().iter().map(|row| format!("{}: {row}", row.place)).collect();
    let against = "it is counted against the sensor";
    assert_eq!(
        named,
        [
            format!("line 2: datastream 'a': -2 is negative, and it counts people; {against}"),
            format!("line 4: datastream 'b/in': 41 is above its largest plausible result; {against}"),
            format!("line 5: datastream 'b/in': -6 is below its smallest plausible result; {against}"),
        ]
    );
}

#[test]
fn the_address_names_the_datastream_of_a_single_observation() {
    let bytes = br#"{"phenomenonTime":"2020-01-01T00:00:00Z","result":1}"#;
    let body =
        PushBody { content: Content::Observation, encoding: Encoding::Identity, bytes, datastream: Some("b/in") };
    assert_eq!(decode(&body, &Lookup::new(&small_site())).unwrap().batch.datastreams()[0].0, 1);
}

#[test]
fn an_empty_body_is_refused() {
    for content in [Content::Csv, Content::Ndjson, Content::Observation, Content::DataArray] {
        assert_eq!(push(content, Encoding::Identity, b" \n"), Err(PushError::Empty));
        assert_eq!(push(content, Encoding::Gzip, &gzip(b"")), Err(PushError::Empty));
    }
}

#[test]
fn a_damaged_or_cut_gzip_is_refused_as_a_whole() {
    let packed = gzip(format!("{HEADER}{ROW}").as_bytes());
    for bytes in [&packed[..packed.len() - 1], b"not gzip at all", b""] {
        assert!(matches!(push(Content::Csv, Encoding::Gzip, bytes), Err(PushError::Gzip { .. })));
    }
}

#[test]
fn a_gzip_bomb_stops_at_the_limit() {
    let bomb = gzip(&vec![b'\n'; 4 * MAX_INFLATED_BYTES]);
    assert!(bomb.len() < 200_000);
    let refused = PushError::TooManyBytes { limit: MAX_INFLATED_BYTES };
    for content in [Content::Csv, Content::Ndjson, Content::Observation, Content::DataArray] {
        assert_eq!(push(content, Encoding::Gzip, &bomb), Err(refused.clone()));
    }
}

#[test]
fn rows_up_to_the_limit_are_taken_and_one_more_is_refused_even_if_all_are_bad() {
    let body = |row: &str, rows: usize| format!("{HEADER}{}", row.repeat(rows));
    let taken = push(Content::Csv, Encoding::Identity, body(ROW, MAX_BATCH_ROWS).as_bytes()).unwrap();
    assert_eq!(taken.batch.len(), MAX_BATCH_ROWS);
    let refused = Err(PushError::TooManyRows { limit: MAX_BATCH_ROWS });
    assert_eq!(push(Content::Csv, Encoding::Identity, body(ROW, MAX_BATCH_ROWS + 1).as_bytes()), refused);
    assert_eq!(push(Content::Csv, Encoding::Identity, body("x\n", MAX_BATCH_ROWS + 1).as_bytes()), refused);
}

#[test]
fn a_body_of_another_format_is_refused_with_what_is_expected() {
    let csv = format!("{HEADER}{ROW}");
    assert!(matches!(push(Content::DataArray, Encoding::Identity, csv.as_bytes()), Err(PushError::SensorThings(_))));
    assert!(matches!(push(Content::Observation, Encoding::Identity, csv.as_bytes()), Err(PushError::SensorThings(_))));
    assert!(matches!(push(Content::Csv, Encoding::Identity, b"{\"result\":1}"), Err(PushError::Csv(_))));
    assert_eq!(push(Content::Ndjson, Encoding::Identity, csv.as_bytes()).unwrap().problems.total(), 2);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), packed in any::<bool>()) {
        for content in [Content::Csv, Content::Ndjson, Content::Observation, Content::DataArray] {
            let _ = push(content, Encoding::Identity, &bytes);
            let _ = push(content, Encoding::Gzip, &if packed { gzip(&bytes) } else { bytes.clone() });
        }
    }
}
