//! Tests of the SensorThings readers.

use proptest::prelude::*;

use super::*;
use crate::record::{Parsed, Row};

fn shown(row: Row<'_>) -> String {
    match row {
        Ok(record) => format!(
            "{} {} {} {} {}",
            record.place,
            record.datastream,
            record.phenomenon_time,
            record.result_time.map_or("-".to_owned(), |time| time.to_string()),
            record.result.map_or("missing".to_owned(), |result| result.to_string()),
        ),
        Err(problem) => format!("{}: {}", problem.place, problem.reason),
    }
}

fn all(parsed: Parsed<'_>) -> Vec<String> {
    let problems = parsed.problems.first().to_vec();
    parsed.records.into_iter().map(Ok).chain(problems.into_iter().map(Err)).map(shown).collect()
}

fn single(text: &str, address: Option<&str>) -> Vec<String> {
    all(parse_observation(text.as_bytes(), address).unwrap())
}

fn array(text: &str) -> Vec<String> {
    let mut rows = Vec::new();
    visit_data_array(text.as_bytes(), |row| rows.push(shown(row))).unwrap();
    rows
}

#[test]
fn an_observation_is_read_with_a_text_id_or_a_number() {
    let text = r#"{"phenomenonTime":"2019-10-02T18:50:00+08:00","resultTime":"2019-10-02T18:51:05+08:00","result":17,"Datastream":{"@iot.id":"a/in"},"parameters":{"n":1}}"#;
    assert_eq!(single(text, None), ["the observation a/in 2019-10-02T10:50:00Z 2019-10-02T10:51:05Z 17"]);
    let text =
        r#"{"phenomenonTime":"2019-10-02T10:50:00Z","result":null,"resultTime":null,"Datastream":{"@iot.id":42}}"#;
    assert_eq!(single(text, None), ["the observation 42 2019-10-02T10:50:00Z - missing"]);
}

#[test]
fn an_interval_counts_from_its_start() {
    let text =
        r#"{"phenomenonTime":"2019-10-02T10:50:00Z/2019-10-02T10:51:00Z","result":1,"Datastream":{"@iot.id":"a"}}"#;
    assert_eq!(single(text, None), ["the observation a 2019-10-02T10:50:00Z - 1"]);
}

#[test]
fn the_address_stands_for_the_datastream_and_may_not_be_contradicted() {
    let bare = r#"{"phenomenonTime":"2019-10-02T10:50:00Z","result":1}"#;
    assert_eq!(single(bare, Some("a")), ["the observation a 2019-10-02T10:50:00Z - 1"]);
    assert_eq!(single(bare, None), ["the observation: Datastream is absent"]);
    let named = r#"{"phenomenonTime":"2019-10-02T10:50:00Z","result":1,"Datastream":{"@iot.id":"b"}}"#;
    assert_eq!(single(named, Some("a")), ["the observation: datastream 'b' is not 'a', to which it was sent"]);
    assert_eq!(single(named, Some("b")).len(), 1);
}

#[test]
fn results_that_are_no_finite_number_are_problems() {
    let cases = [
        ("\"many\"", "result 'many' is not a number"),
        ("\"\"", "result '' is not a number"),
        ("\"NaN\"", "result 'NaN' is not a finite number"),
        ("1e999", "result '1e999' is not a finite number"),
        ("true", "result is not a number"),
        ("[1]", "result is not a number"),
    ];
    for (result, reason) in cases {
        let text =
            format!(r#"{{"phenomenonTime":"2019-10-02T10:50:00Z","result":{result},"Datastream":{{"@iot.id":1}}}}"#);
        assert_eq!(single(&text, None), [format!("the observation: {reason}")]);
    }
    let text = r#"{"phenomenonTime":"2019-10-02T10:50:00Z","result":"17.5","Datastream":{"@iot.id":1}}"#;
    assert_eq!(single(text, None), ["the observation 1 2019-10-02T10:50:00Z - 17.5"]);
    let text = r#"{"phenomenonTime":"2019-10-02T10:50:00Z","Datastream":{"@iot.id":1}}"#;
    assert_eq!(single(text, None), ["the observation: result is absent"]);
}

#[test]
fn times_that_are_none_are_problems() {
    let cases = [
        ("\"2019-10-02T10:50:00\"", "phenomenonTime '2019-10-02T10:50:00' has no UTC offset"),
        ("17", "phenomenonTime is not a text"),
        ("null", "phenomenonTime is absent"),
        ("\"/\"", "phenomenonTime is absent"),
        ("\"now\"", "phenomenonTime 'now' is not an ISO 8601 time"),
    ];
    for (time, reason) in cases {
        let text = format!(r#"{{"phenomenonTime":{time},"result":1,"Datastream":{{"@iot.id":1}}}}"#);
        assert_eq!(single(&text, None), [format!("the observation: {reason}")]);
    }
}

#[test]
fn broken_json_is_refused_as_a_whole_with_its_position() {
    let error = parse_observation(b"{\"result\":\n 1,", None).unwrap_err();
    assert_eq!((error.line, error.column), (2, 3));
    assert!(error.to_string().starts_with("not the JSON expected, at line 2 column 3: EOF"), "{error}");
    assert!(parse_observation(b"", None).is_err());
    assert!(parse_observation(b"\xff", None).is_err());
    let members = br#"["2019-10-02T10:50:00Z",null,1,{"@iot.id":1}]"#;
    assert!(parse_observation(members, None).unwrap_err().message.contains("an object"));
    assert!(parse_data_array(b"[{\"dataArray\":[[1,2]").is_err());
    assert!(parse_data_array(b"[] []").is_err());
    assert!(parse_data_array(b"{}").is_err());
}

const GROUPS: &str = r#"[
  {"Datastream":{"@iot.id":"a"},"components":["phenomenonTime","resultTime","result","FeatureOfInterest/id"],
   "dataArray@iot.count":3,
   "dataArray":[["2019-10-02T10:50:00Z","2019-10-02T10:51:00Z",1,7],["2019-10-02T10:51:00Z",null,null,7],
                ["2019-10-02T10:52:00Z",null,"many",7],["2019-10-02T10:53:00Z",null,4],null,
                {"result":5},17,"x",["2019-10-02T10:54:00Z",null,6.5,7]]},
  {"Datastream":{"@iot.id":2},"components":["result","phenomenonTime"],"dataArray":[[9,"2019-10-02T10:50:00Z"]]}
]"#;

#[test]
fn a_data_array_gives_its_rows_and_a_bad_row_loses_itself_only() {
    assert_eq!(
        array(GROUPS),
        [
            "/0/dataArray/0 a 2019-10-02T10:50:00Z 2019-10-02T10:51:00Z 1",
            "/0/dataArray/1 a 2019-10-02T10:51:00Z - missing",
            "/0/dataArray/2: result 'many' is not a number",
            "/0/dataArray/3: the row has 3 fields where the header has 4",
            "/0/dataArray/4: the row is not an array",
            "/0/dataArray/5: the row is not an array",
            "/0/dataArray/6: the row is not an array",
            "/0/dataArray/7: the row is not an array",
            "/0/dataArray/8 a 2019-10-02T10:54:00Z - 6.5",
            "/1/dataArray/0 2 2019-10-02T10:50:00Z - 9",
        ]
    );
}

#[test]
fn the_order_of_a_groups_members_does_not_matter() {
    let before = r#"[{"Datastream":{"@iot.id":"a"},"components":["phenomenonTime","result"],"dataArray":[["2019-10-02T10:50:00Z",1]]}]"#;
    let after = r#"[{"dataArray":[["2019-10-02T10:50:00Z",1]],"components":["phenomenonTime","result"],"Datastream":{"@iot.id":"a"}}]"#;
    assert_eq!(array(before), array(after));
}

#[test]
fn a_bad_group_loses_itself_only() {
    let good = r#"{"Datastream":{"@iot.id":"a"},"components":["phenomenonTime","result"],"dataArray":[["2019-10-02T10:50:00Z",1]]}"#;
    let cases = [
        (
            r#"{"Datastream":{"@iot.id":"a"},"components":["result"],"dataArray":[[1],[2]]}"#,
            "/0: component phenomenonTime is absent",
        ),
        (
            r#"{"Datastream":{"@iot.id":"a"},"components":"result","dataArray":[[1],[2]]}"#,
            "/0: components is not an array of names",
        ),
        (r#"{"Datastream":{"@iot.id":"a"},"components":["phenomenonTime","result"]}"#, "/0: dataArray is absent"),
        (
            r#"{"Datastream":7,"components":["phenomenonTime","result"],"dataArray":[[1,2]]}"#,
            "/0/dataArray/0: Datastream is not an object with @iot.id",
        ),
        (
            r#"{"components":["phenomenonTime","result"],"dataArray":[["2019-10-02T10:50:00Z",2]]}"#,
            "/0/dataArray/0: Datastream is absent",
        ),
        (
            r#"{"Datastream":{},"components":["phenomenonTime","result"],"dataArray":[["2019-10-02T10:50:00Z",2]]}"#,
            "/0/dataArray/0: datastream is absent",
        ),
    ];
    for (bad, reason) in cases {
        let rows = array(&format!("[{bad},{good}]"));
        assert_eq!(rows, [reason, "/1/dataArray/0 a 2019-10-02T10:50:00Z - 1"]);
    }
}

#[test]
fn depth_is_bounded() {
    let deep = "[".repeat(100_000);
    assert!(parse_data_array(deep.as_bytes()).is_err());
    assert!(parse_observation(deep.as_bytes(), None).is_err());
    let cell = format!(
        r#"[{{"Datastream":{{"@iot.id":"a"}},"components":["phenomenonTime","result"],"dataArray":[["2019-10-02T10:50:00Z",{}1{}]]}}]"#,
        "[".repeat(50_000),
        "]".repeat(50_000)
    );
    assert_eq!(array(&cell), ["/0/dataArray/0: result is not a number"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_observation(&bytes, Some("a"));
        let _ = parse_data_array(&bytes);
    }

    #[test]
    fn a_document_with_a_byte_changed_is_read_or_refused_without_panic(at in 0..GROUPS.len(), byte in any::<u8>()) {
        let mut bytes = GROUPS.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = parse_data_array(&bytes);
        let _ = parse_observation(&bytes, None);
    }
}
