//! Tests of the CSV reader: good texts, every kind of bad one, and the same outcome however the text is cut.

use proptest::prelude::*;

use super::*;
use crate::MAX_ROW_BYTES;

const HEADER: &str = "phenomenonTime,datastream,result\n";
const AT: &str = "2019-10-02T18:50:00+08:00";

/// The rows below a header, as `line datastream result` or `line: reason`.
fn rows(text: impl AsRef<[u8]>) -> Vec<String> {
    let mut rows = Vec::new();
    visit(text.as_ref(), |row| rows.push(shown(row))).unwrap();
    rows
}

fn shown(row: Row<'_>) -> String {
    match row {
        Ok(record) => {
            let result = record.result.map_or("missing".to_owned(), |result| result.to_string());
            format!("{} {} {result}", record.place.row(), record.datastream)
        }
        Err(problem) => format!("{}: {}", problem.place.row(), problem.reason),
    }
}

fn body(rows: &str) -> String {
    format!("{HEADER}{}", rows.replace("AT", AT))
}

fn refused(text: impl AsRef<[u8]>) -> String {
    parse(text.as_ref()).unwrap_err().to_string()
}

#[test]
fn rows_are_read_with_their_lines() {
    assert_eq!(rows(body("AT,a,17\nAT,b,\nAT,c,0.5")), ["2 a 17", "3 b missing", "4 c 0.5"]);
}

#[test]
fn columns_come_in_any_order_and_further_ones_are_ignored() {
    let text = format!(
        "quality,result,resultTime,datastream,phenomenonTime\ngood,3,2019-10-02T11:00:00Z,a,{AT}\n,4,,a,{AT}\n"
    );
    let parsed = parse(text.as_bytes()).unwrap();
    assert_eq!(parsed.records[0].result_time.unwrap().to_string(), "2019-10-02T11:00:00Z");
    assert_eq!(parsed.records[0].phenomenon_time.to_string(), "2019-10-02T10:50:00Z");
    assert_eq!(parsed.records[0].offset_s, 28_800);
    assert_eq!(parsed.records[1].result_time, None);
}

#[test]
fn a_byte_order_mark_line_feeds_with_returns_quotes_and_blank_lines_are_fine() {
    let text = format!(
        "\u{feff}\"phenomenonTime\",datastream,\"result\"\r\n\"{AT}\",\"a \"\"x\"\", y\",\"1\"\r\n\r\n{AT},b,\"\"\r\n"
    );
    assert_eq!(rows(text), ["2 a \"x\", y 1", "4 b missing"]);
}

#[test]
fn a_line_break_in_quotes_belongs_to_its_field() {
    assert_eq!(rows(body("AT,\"a\nb\",1\nAT,c,2\n")), ["2 a\nb 1", "4 c 2"]);
}

#[test]
fn a_bad_row_loses_itself_only() {
    let text = body(
        "AT,a,many\nAT,b,NaN\n2019-10-02T18:50:00,c,1\nAT,d\nAT,e,1,2\nAT,,1\n,f,1\nyesterday,g,1\nAT,\"h\"x,1\nAT,i\"i,1\n\
         2500-01-01T00:00:00Z,j,1\nAT,k,inf\nAT,z,26\n",
    );
    assert_eq!(
        rows(text),
        [
            "2: result 'many' is not a number",
            "3: result 'NaN' is not a finite number",
            "4: phenomenonTime '2019-10-02T18:50:00' has no UTC offset",
            "5: the row has 2 fields where the header has 3",
            "6: the row has 4 fields where the header has 3",
            "7: datastream is absent",
            "8: phenomenonTime is absent",
            "9: phenomenonTime 'yesterday' is not an ISO 8601 time",
            "10: a quotation mark is out of place",
            "11: a quotation mark is out of place",
            "12: phenomenonTime '2500-01-01T00:00:00Z' lies outside 1900 to 2199",
            "13: result 'inf' is not a finite number",
            "14 z 26",
        ]
    );
}

#[test]
fn an_open_quotation_mark_does_not_swallow_the_rest() {
    assert_eq!(rows(body("AT,\"a,1\nAT,b,2\n")), ["2: a quotation mark is out of place", "3 b 2"]);
    let long = "AT,b,2\n".repeat(10_000);
    let read = rows(body(&format!("AT,\"a,1\n{long}")));
    assert_eq!(read[0], "2: a quotation mark is out of place");
    assert_eq!(read.len(), 10_001);
}

#[test]
fn bytes_that_are_no_text_and_overlong_fields_and_rows_are_refused_by_themselves() {
    let mut text = body("AT,a,1\n").into_bytes();
    text.extend_from_slice(format!("{AT},\u{e9}").as_bytes());
    text.pop();
    text.extend_from_slice(b",1\n");
    text.extend_from_slice(format!("{AT},{},1\n", "x".repeat(MAX_FIELD_BYTES + 1)).as_bytes());
    text.extend_from_slice(format!("{AT},{},1\n", "x".repeat(MAX_ROW_BYTES)).as_bytes());
    text.extend_from_slice(format!("{AT},{},1\n", "x".repeat(3 * MAX_ROW_BYTES)).as_bytes());
    text.extend_from_slice(format!("{AT},\"{}\",1\n", "x".repeat(MAX_ROW_BYTES)).as_bytes());
    text.extend_from_slice(format!("{AT},z,26\n").as_bytes());
    let expected = [
        "2 a 1",
        "3: datastream is not UTF-8 text",
        "4: datastream is longer than 512 bytes",
        "5: the row is longer than 65536 bytes",
        "6: the row is longer than 65536 bytes",
        "7: the row is longer than 65536 bytes",
        "8 z 26",
    ];
    assert_eq!(rows(&text), expected);
    assert_eq!(in_chunks(&text, 1000).unwrap(), expected);
}

#[test]
fn an_empty_text_says_what_is_expected() {
    for text in ["", "\n\n", "\u{feff}", "\r\n"] {
        assert_eq!(parse(text.as_bytes()).unwrap_err(), CsvError::Empty, "{text:?}");
    }
    assert!(refused("").contains("phenomenonTime,datastream,result"));
}

#[test]
fn a_header_alone_is_a_text_without_rows() {
    assert!(rows(HEADER).is_empty());
    assert!(rows(HEADER.trim_end()).is_empty());
}

#[test]
fn a_wrong_header_says_what_is_missing_and_what_was_found() {
    assert_eq!(
        refused("time,sensor,result\n"),
        "wrong header: no column phenomenonTime, datastream; found: time,sensor,result. The first line must be \
         phenomenonTime,datastream,result, with commas, and may add resultTime"
    );
    assert!(refused("phenomenonTime;datastream;result\n").contains("with commas"));
    assert!(refused(format!("{AT},a,1\n")).contains("no column phenomenonTime, datastream, result"));
    assert!(refused("phenomenonTime,datastream,result,result\n").contains("'result' occurs twice"));
    assert!(refused("a\"b\n").contains("quotation mark"));
    assert!(refused(vec![b'x'; 2 * MAX_ROW_BYTES]).contains("longer than"));
    assert_eq!(refused(b"\xff\xfep\0h\0"), CsvError::Utf16.to_string());
}

#[test]
fn a_misspelt_column_is_named_rather_than_ignored() {
    assert_eq!(
        refused("phenomenonTime,datastream,result,result_time\n"),
        "wrong header: column 'result_time' looks like 'resultTime'; write it exactly so, or rename it if it is something else"
    );
    assert!(refused("PhenomenonTime,datastream,result\n").contains("looks like 'phenomenonTime'"));
    assert!(rows("phenomenonTime,datastream,result,remark,unit\n").is_empty());
}

fn in_chunks(text: &[u8], size: usize) -> Result<Vec<String>, CsvError> {
    let mut reader = CsvReader::default();
    let mut rows = Vec::new();
    for chunk in text.chunks(size) {
        reader.feed(chunk, |row| rows.push(shown(row)))?;
    }
    reader.finish(|row| rows.push(shown(row)))?;
    Ok(rows)
}

/// Pieces of CSV, good and bad, that meet in every order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "2019-10-02T18:50:00+08:00",
        "a",
        "17",
        ",",
        ",",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "\"\"",
        "\u{feff}",
        "é",
        " ",
        "NaN",
        "phenomenonTime,datastream,result\n",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #[test]
    fn a_text_reads_the_same_however_it_is_cut(text in pieces(), size in 1..40_usize) {
        let text = [HEADER.as_bytes(), &text].concat();
        prop_assert_eq!(in_chunks(&text, size).unwrap(), rows(&text));
    }

    #[test]
    fn rows_after_any_bytes_are_found_once_a_line_has_no_open_quote(text in pieces()) {
        let text = [HEADER.as_bytes(), &text, b"\n2019-10-02T18:50:00+08:00,\"last\",1"].concat();
        prop_assert!(rows(&text).last().unwrap().ends_with(" last 1"));
    }

    #[test]
    fn any_bytes_are_read_without_panic(text in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&text);
        let _ = parse(&[HEADER.as_bytes(), &text].concat());
    }
}
